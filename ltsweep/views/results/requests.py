"""What is asked of the experiments, and in which words: `requests.yaml` and `words.yaml`."""

from functools import cache
from importlib.resources import files
from typing import Any

import yaml  # type: ignore[import-untyped]

from ltsweep.store.stored import Stored


class Statement(Stored):
    """A statement that contrasts of an experiment, or its records, make true or not.

    The contrasts are those of `arm` and `against`, which may be dense. 'imp' stands for all arms of
    this method, 'imp (rescale energy)' for one, and 'imp ()' for that with nothing beside. Of
    several that are called `against`, those count that are `having` these words. Outcomes are told
    apart `by` these settings of panels. Instead, `tickets` tells what tickets have seen, and
    `layers` what `arm` keeps of each layer. Those that are `short` are the answer in a sentence.
    """

    tells: str
    experiment: str
    arm: str | None = None
    against: str | None = None
    having: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    tickets: bool = False
    layers: bool = False
    short: bool = False


class Asked(Stored):
    """A question or a claim, and what answers it.

    `statements` answer it. The primary contrasts of `experiments` stand below them. `missing` is
    what ltsweep has not got for an answer, in words.
    """

    asks: str
    statements: tuple[Statement, ...] = ()
    experiments: tuple[str, ...] = ()
    missing: str | None = None

    @property
    def in_short(self) -> list[Statement]:
        """The statements of the short answer: those that are to be, or all where none is."""
        return [one for one in self.statements if one.short] or [*self.statements]

    @property
    def names(self) -> list[str]:
        """Of all experiments that answer it."""
        return [*dict.fromkeys([*(s.experiment for s in self.statements), *self.experiments])]


class Requests(Stored):
    """Questions that come from one place; `about` says from where."""

    title: str
    about: str
    entries: tuple[Asked, ...]


class Words(Stored):
    """What words of the page mean: `methods` by name, and `others` in the order of the page."""

    methods: dict[str, str]
    others: dict[str, str]


@cache
def requests() -> tuple[Requests, ...]:
    """All of them, in the order of the page."""
    return tuple(Requests.read(group) for group in _read("requests.yaml"))


@cache
def words() -> Words:
    """The words that the page explains."""
    return Words.read(_read("words.yaml"))


def _read(name: str) -> Any:
    return yaml.safe_load(files(__package__).joinpath(name).read_text(encoding="utf-8"))
