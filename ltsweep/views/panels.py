"""Groups curves for comparison.

A cell pools the seeds of one configuration. A panel holds the cells that may be compared: they
differ in their method and agree in every other factor.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import fsum
from typing import Any

from ltsweep.store.records import DIVERGED
from ltsweep.views.palette import method_order
from ltsweep.views.records import Curve

# Settings in which the curves of one cell may differ.
NOT_A_FACTOR = frozenset({"seed", "levels"})


@dataclass(frozen=True)
class Cell:
    """Curves that differ in their seed only, sorted by seed."""

    id: str
    method: str
    curves: list[Curve]

    @property
    def depth(self) -> int:
        """Number of the deepest level that some curve has finished; -1 if there is none."""
        return max((level.number for c in self.curves for level in c.finished), default=-1)

    @cached_property
    def densities(self) -> dict[int, float]:
        """Density of each finished level; the mean over seeds if their counts differ."""
        found: dict[int, list[float]] = defaultdict(list)
        for curve in self.curves:
            for level in curve.finished:
                found[level.number].append(level.density)
        return {number: _mean_density(found[number]) for number in sorted(found)}

    def by_seed(self, number: int, metric: str) -> dict[int, float]:
        """A metric of level `number` for each seed that has it."""
        levels = ((curve.seed, curve.level(number)) for curve in self.curves)
        values = ((seed, level.metric(metric)) for seed, level in levels if level)
        return {seed: value for seed, value in values if value is not None}

    def diverged(self, number: int) -> int:
        """How many seeds turned non-finite at this level."""
        at_level = [c.levels[number] for c in self.curves if number < len(c.levels)]
        return sum(level.state == DIVERGED for level in at_level)


@dataclass(frozen=True)
class Panel:
    """Cells that may be compared: they differ in their method and in nothing else.

    `setting` has, by name, the panel's values of the factors that vary between panels.
    """

    setting: dict[str, Any]
    cells: list[Cell]


def make_panels(curves: Iterable[Curve]) -> list[Panel]:
    """All panels, sorted by setting, with cells sorted by method. Each curve is in one panel."""
    cells = _cells(curves)
    factors = {cell.id: _factors(cell) for cell in cells}
    _tell_apart(cells, factors)
    names = [name for name in _names(factors.values()) if _varies(factors.values(), name)]
    grouped: dict[tuple[tuple[int, Any], ...], list[Cell]] = defaultdict(list)
    for cell in cells:
        grouped[tuple(sortable(factors[cell.id].get(name)) for name in names)].append(cell)
    return [
        Panel({name: factors[group[0].id].get(name) for name in names}, group)
        for _, group in sorted(grouped.items())
    ]


def flatten(config: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """A nested config as {"optimizer.lr": 0.1, ...}; lists and empty mappings stay values."""
    flat: dict[str, Any] = {}
    for name, value in config.items():
        if isinstance(value, Mapping) and value:
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
        group = f"{name.partition('.')[0]}.name"
        if "." in name and name != group and group in parts and _follows(part, parts[group]):
            found[name] = group
        elif first.setdefault(part, name) != name:
            found[name] = first[part]
    return {name: found.get(leader, leader) for name, leader in found.items()}


def sortable(value: Any) -> tuple[int, Any]:
    """A key by which values of any type sort: None first, then numbers by size, then text."""
    if value is None:
        return (0, 0)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return (1, value) if is_number else (2, str(value))


def _cells(curves: Iterable[Curve]) -> list[Cell]:
    grouped: dict[str, list[Curve]] = defaultdict(list)
    for curve in curves:
        grouped[curve.cell].append(curve)
    cells = [
        Cell(cell, members[0].method, sorted(members, key=lambda curve: (curve.seed, curve.id)))
        for cell, members in grouped.items()
    ]
    return sorted(cells, key=lambda cell: (method_order(cell.method), cell.id))


def _factors(cell: Cell) -> dict[str, Any]:
    return cell.curves[0].columns


def _tell_apart(cells: list[Cell], factors: dict[str, dict[str, Any]]) -> None:
    """Adds further settings to `factors`, so that no two cells of a method look alike.

    The columns of the CSV do not have every setting: a learning rate is none of them, yet two
    learning rates must not share a panel. If no setting tells two cells apart, their ids do.
    """
    configs = {cell.id: _comparable(cell) for cell in cells}
    hidden: set[str] = set()
    for alike in _alike(cells, factors):
        rows = [configs[cell.id] for cell in alike]
        hidden |= {name for name in _names(rows) if _varies(rows, name)}
    # Of settings that vary together, the one with the shortest name is kept.
    ordered = sorted(hidden, key=lambda name: (name.count("."), len(name), name))
    echoed = echoes({name: [config.get(name) for config in configs.values()] for name in ordered})
    names = sorted(hidden - echoed.keys())
    for cell in cells:
        factors[cell.id] |= {name: configs[cell.id].get(name) for name in names}
    for alike in _alike(cells, factors):
        for cell in alike:
            factors[cell.id]["cell"] = cell.id


def _alike(cells: list[Cell], factors: Mapping[str, Mapping[str, Any]]) -> list[list[Cell]]:
    grouped: dict[Any, list[Cell]] = defaultdict(list)
    for cell in cells:
        values = tuple(sortable(value) for value in factors[cell.id].values())
        grouped[cell.method, values].append(cell)
    return [group for group in grouped.values() if len(group) > 1]


def _comparable(cell: Cell) -> dict[str, Any]:
    flat = flatten(cell.curves[0].config)
    return {name: value for name, value in flat.items() if name.split(".")[0] not in NOT_A_FACTOR}


def _follows(part: tuple[int, ...], leader: tuple[int, ...]) -> bool:
    """Whether the leader determines this key: equal leader values come with equal values here."""
    return len(set(zip(leader, part, strict=True))) == len(set(leader))


def _mean_density(values: list[float]) -> float:
    """The mean. If all values agree, as they almost always do, it is exactly that value."""
    return values[0] if len(set(values)) == 1 else fsum(values) / len(values)


def _names(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _varies(rows: Iterable[Mapping[str, Any]], name: str) -> bool:
    return len({sortable(row.get(name)) for row in rows}) > 1
