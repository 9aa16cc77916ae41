"""Which settings vary between curves, and which of these only repeat what another one tells."""

import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

# Settings in which the curves of one cell may differ.
_NOT_A_FACTOR = frozenset({"seed", "levels"})
# Settings of how weights are rescaled: a column tells whether, and how, those of a curve are.
OF_RESCALING = frozenset(
    f"{init}.{name}" for init in ("init", "control_init") for name in ("rescale", "rescale_where")
)
_PLAIN = frozenset((str, int, float, bool, type(None)))
_NUMBER = re.compile(r"(\d+(?:\.\d+)?(?:e[-+]\d+)?)")


def varying(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """The settings whose values differ between rows, in the order in which rows have them.

    A row holds the settings of one curve by name. Each setting comes with its values, one per row;
    None stands for a setting that a row does not have.
    """
    names = dict.fromkeys(name for row in rows for name in row)
    columns = {name: [row.get(name) for row in rows] for name in names}
    return {name: values for name, values in columns.items() if _differ(values)}


def settings_that_vary(configs: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """The settings, by dotted name, whose values differ between these configurations.

    Each comes with its values, one per configuration. The seed and the number of levels are left
    out, and so is what the name of its group only spells out: functions (`_target_`), the kin of a
    dataset and the rules of a method, as long as the name determines them.
    """
    names = {name for config in configs for name in config}
    # sections that are one object in all configurations need no look inside
    apart = {name for name in names if len({id(config.get(name)) for config in configs}) > 1}
    own = [{name: config[name] for name in config if name in apart} for config in configs]
    columns = varying([factors_of(config) for config in own])
    parts = {name: partition(values) for name, values in columns.items()}
    return {
        name: values
        for name, values in columns.items()
        if not (_spells_out_a_choice(name) and _is_told_by_group(name, parts))
    }


def factors_of(config: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration, flattened, without the settings in which curves of one cell may differ."""
    flat = flatten(config)
    return {n: value for n, value in flat.items() if n.split(".")[0] not in _NOT_A_FACTOR}


def flatten(config: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """A nested config as {"optimizer.lr": 0.1, ...}; lists and empty mappings stay values."""
    flat: dict[str, Any] = {}
    for name, value in config.items():
        if type(value) not in _PLAIN and isinstance(value, Mapping) and value:
            flat |= flatten(value, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = value
    return flat


def partition(values: Iterable[Any]) -> tuple[int, ...]:
    """Numbers the distinct values in order of appearance: [a, b, a] gives (0, 1, 0).

    Two columns with equal results group the curves in the same way.
    """
    numbers: dict[Any, int] = {}
    return tuple(numbers.setdefault(sortable(value), len(numbers)) for value in values)


def _differ(values: Sequence[Any]) -> bool:
    """Whether `partition` has more than one number; most columns are told at a glance."""
    kinds = set(map(type, values))
    if len(kinds) == 1 and kinds <= _PLAIN:
        return values.count(values[0]) < len(values)
    return any(partition(values))


def echoes(columns: Mapping[str, Sequence[Any]]) -> dict[str, str]:
    """Finds redundant settings. Maps each of them to the setting that already tells its value.

    `columns` has the values of each setting, one per curve. A setting is redundant if the name of
    its group determines it, as `dataset.name` determines `dataset.mean`, or if it groups the curves
    exactly as an earlier setting does.
    """
    parts = {name: partition(values) for name, values in columns.items()}
    found: dict[str, str] = {}
    first: dict[tuple[int, ...], str] = {}
    for name, part in parts.items():
        if name != _group_of(name) and _is_told_by_group(name, parts):
            found[name] = _group_of(name)
        elif first.setdefault(part, name) != name:
            found[name] = first[part]
    return {name: found.get(leader, leader) for name, leader in found.items()}


def sortable(value: Any) -> tuple[int, Any]:
    """A key by which values of any type sort: None first, then numbers by size, then text."""
    if value is None:
        return (0, 0)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return (1, value) if is_number else (2, str(value))


def one_each(pairs: Iterable[tuple[Hashable, Hashable]]) -> bool:
    """Whether equal first values come with equal second ones."""
    found = set(pairs)
    return len(found) == len({first for first, _ in found})


def by_numbers(text: str) -> list[Any]:
    """Sorts labels with the numbers in them by size: "batch 64" before "batch 128"."""
    parts = _NUMBER.split(text)
    return [part if place % 2 == 0 else float(part) for place, part in enumerate(parts)]


def by_size(value: Any) -> tuple[int, Any]:
    """As `sortable`, with the numbers in words by size: 20it before 100it."""
    kind, key = sortable(value)
    return kind, tuple(by_numbers(key)) if isinstance(key, str) else key


def by_shortness(name: str) -> tuple[int, int, str]:
    """Sorts the names of settings: first those with few parts, then the short ones."""
    return name.count("."), len(name), name


def _group_of(name: str) -> str:
    """The setting that names what is chosen of the group: `optimizer.name` for `optimizer.lr`."""
    return f"{name.partition('.')[0]}.name"


def _spells_out_a_choice(name: str) -> bool:
    return name.endswith(("._target_", ".kin")) or name.startswith("method.")


def _is_told_by_group(name: str, parts: Mapping[str, tuple[int, ...]]) -> bool:
    """Whether the name of its group determines a setting: equal names come with equal values."""
    if "." not in name or _group_of(name) not in parts:
        return False
    leader = parts[_group_of(name)]
    return one_each(zip(leader, parts[name], strict=True))
