"""Patterns of layers: names with wildcards, and words for the first layer and the output layer."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import NamedTuple

FIRST, OUTPUT = "@first", "@output"


class Place(NamedTuple):
    """A prunable layer, by the name of its weights and by where it lies in the net."""

    name: str
    is_first: bool
    is_output: bool


def first_match(patterns: Iterable[str], layer: Place) -> str | None:
    """The first of some patterns that a layer matches, if there is one."""
    return next((pattern for pattern in patterns if matches(pattern, layer)), None)


def matches(pattern: str, layer: Place) -> bool:
    """Whether a layer is what a pattern says: '@first', '@output' or a name with wildcards."""
    if pattern == FIRST:
        return layer.is_first
    if pattern == OUTPUT:
        return layer.is_output
    return fnmatchcase(layer.name, pattern)
