"""Checks the names in an override: its axis, its group and choices, its setting."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from math import prod
from typing import Any

from hydra.core.override_parser.types import Override, RangeSweep
from hydra.errors import HydraException
from omegaconf import DictConfig

from ltsweep.config.followers import FOLLOWERS
from ltsweep.config.parse import NO_AXES, no_axis
from ltsweep.foundations.errors import listed, not_a_choice, not_a_setting
from ltsweep.hydra.compose import Composer
from ltsweep.hydra.overrides import key_of, texts, values_of

MOST_POINTS = 100_000
UNNAMED = ("hydra", "_target_", "name")  # keys that messages don't offer

Choices = Mapping[str, str | None]


def count(override: Override) -> int:
    """How many values an override has. Counting stops above `MOST_POINTS`."""
    if not override.is_sweep_override():
        return 1
    try:
        values = override.value()  # a shuffled range would be made as a list before it is counted
        axis = values.range() if isinstance(values, RangeSweep) else override.sweep_iterator()
        return sum(1 for _ in islice(axis, MOST_POINTS + 1))
    except (ValueError, ArithmeticError, HydraException):  # range(0,1,0), of nan, by 0.0
        return 0


def count_points(product: Sequence[Override], zips: Sequence[Sequence[str]]) -> int:
    """How many points the axes of one product make."""
    followers = {key for zipped in zips for key in zipped[1:]}
    return prod(count(o) for o in product if key_of(o) not in followers)


def wrong_zips(
    zips: Sequence[Sequence[str]], products: Sequence[Sequence[Override]]
) -> tuple[list[Sequence[str]], list[str]]:
    """The zips that fit every product, and sentences about the other zips."""
    counts = [{key_of(o): count(o) for o in product} for product in products]
    keys = [*dict.fromkeys(key for counted in counts for key in counted)]
    swept = (key_of(o) for product in products for o in product if o.is_sweep_override())
    axes = [*dict.fromkeys(swept)]
    right, problems = [], []
    for number, zipped in enumerate(zips):
        told = [_no_axis(key, axes) for key in zipped if key not in keys]
        others = {key for other in zips[:number] for key in other}
        told += [f"zip: {key} is in two lists" for key in zipped if key in others]
        for counted in counts if not told else []:
            told += _uneven(zipped, counted)
        problems += told
        right += [] if told else [zipped]
    return right, problems


def wrong_levels(product: Sequence[Override]) -> Iterator[str]:
    """A sentence per number of levels that is asked of tickets from files: these have one."""
    asked = {key_of(override): override for override in product}
    if "levels" not in asked or "ticket" not in asked or None in values_of(asked["ticket"]):
        return
    for number in values_of(asked["levels"]):
        if number != 1:
            yield (
                f"levels={number}: a ticket from a file has no levels but 0, the dense training, "
                "and 1, its mask; leave levels out"
            )


def _no_axis(key: str, axes: Sequence[str]) -> str:
    if not axes:
        return f"zip: {key} is no axis; this sweep has none"
    return not_a_choice(f"zip: {key}", key, axes)


def _uneven(zipped: Sequence[str], counted: Mapping[str, int]) -> Iterator[str]:
    there = {key: counted.get(key, 0) for key in zipped}
    if len(set(there.values())) > 1:
        texts = listed(f"{key} has {number}" for key, number in there.items())
        yield f"zip: axes that advance together need equally many values; {texts}"


def wrong_axis(override: Override) -> Iterator[str]:
    """A sentence if an override is written as an axis and cannot be one."""
    if not override.is_sweep_override():
        return
    key, text = override.get_key_element(), override.input_line
    if not override.is_discrete_sweep():
        yield f"{text} names no values; write a list such as {key}=1,2 or a range(...)"
    elif count(override) == 0:
        yield f"{text} is an axis without values"
    elif override.key_or_group.split(".")[0] in NO_AXES:
        yield no_axis(key)
    elif override.key_or_group in ("experiment", "size"):
        yield f"{text}: {key} takes one name, because each has axes of its own"


def wrong_choice(override: Override, choices: Choices, composer: Composer) -> Iterator[str]:
    """Sentences if an override chooses from a group what the group does not have.

    `choices` are those of a composed configuration, by group and package: 'init@control_init'.
    """
    key, element = override.key_or_group, override.get_key_element()
    if not composer.is_group(override):
        return
    options = composer.options(key)
    there = element.lstrip("+~")
    if override.is_add() and there in choices:
        yield f"{override.input_line}: {there} is chosen already; write it without +"
    elif not override.is_add() and there not in choices:
        yield not_a_choice(element, there, [c for c in choices if c.split("@")[0] == key])
    nullable = there in choices and choices[there] is None
    if nullable and override.value() is None and not override.is_delete():
        yield f"{override.input_line} can be left out, or written ~{there}"
        return
    for text in texts(override):
        name = text.partition("=")[2]
        is_none = (nullable and name == "null") or (override.is_delete() and not name)
        folder, _, file = name.rpartition("/")  # a group may have folders, and none leads out of it
        leads_out = not {"", ".", ".."}.isdisjoint(name.split("/"))
        if folder and not leads_out and file in composer.options(f"{key}/{folder}"):
            continue
        if not (name in options or is_none):
            yield not_a_choice(text, name, options)


def wrong_key(override: Override, known: DictConfig, composer: Composer) -> Iterator[str]:
    """A sentence if a composed configuration lacks the setting that an override names."""
    key, choices = override.key_or_group, known.hydra.runtime.choices
    chosen_at = _choice_of(key, choices)
    if chosen_at is not None and "@" in chosen_at and isinstance(override.value(), str):
        options = listed(composer.options(chosen_at.partition("@")[0]), "or")
        yield f"{override.input_line}: choose it as {chosen_at}=NAME, NAME being {options}"
        return
    path = key.split(".")
    group = _choice_of(path[0], choices)
    follows = known.get(path[0]) is None or (group is not None and choices[group] is None)
    if path[0] in FOLLOWERS and len(path) > 1 and follows:
        path[0] = FOLLOWERS[path[0]]  # it is like that one, but for what is set here
    node: Any = known
    for depth, part in enumerate(path):
        parent = ".".join(path[:depth])
        if not isinstance(node, DictConfig) or node._is_none():
            choice = _choice_of(parent, choices)
            hint = f" until it is chosen by {choice}=NAME" if choice else ""
            yield f"{key} is not a setting: {parent} has none{hint}"
            return
        if part not in node:
            if depth == 0 or not (override.is_add() or override.is_force_add()):
                names = [str(name) for name in node if name not in UNNAMED]
                yield not_a_setting(key, _owner(parent, choices), names)
            return
        node = node._get_node(part)


def _choice_of(section: str, choices: Choices) -> str | None:
    """The group that a section's settings come from: 'init@control_init' for 'control_init'."""
    return next((c for c in choices if (c.partition("@")[2] or c) == section), None)


def _owner(section: str, choices: Choices) -> str:
    """The owner of a section's settings: 'optimizer=adam', 'report' or 'the configuration'."""
    choice = _choice_of(section, choices)
    return f"{choice}={choices[choice]}" if choice else section or "the configuration"
