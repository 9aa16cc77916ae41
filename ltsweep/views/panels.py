"""Groups curves for comparison.

A cell pools the seeds of one configuration. A panel holds the cells that may be compared: they
differ in their arm, which is the method with its rescaling, and agree in every other factor.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import fsum
from typing import Any

from ltsweep.store.records import DIVERGED
from ltsweep.views.palette import arm_order
from ltsweep.views.records import Curve
from ltsweep.views.varying import (
    by_shortness,
    echoes,
    factors_of,
    sortable,
    varying,
    without_arms,
)
from ltsweep.views.wording import SOURCE_OF


@dataclass(frozen=True)
class Cell:
    """Curves that differ in their seed only, sorted by seed."""

    id: str
    method: str
    curves: list[Curve]

    @property
    def arm(self) -> str:
        """What it is called beside the others of its panel."""
        return self.curves[0].arm

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

    def dense_by_seed(self, metric: str) -> dict[int, float]:
        """A metric of the dense training of each seed that has it, whatever level 0 is."""
        values = ((curve.seed, curve.dense.metric(metric)) for curve in self.curves if curve.dense)
        return {seed: value for seed, value in values if value is not None}

    @property
    def starts_dense(self) -> bool:
        """Whether level 0 is the dense training, and no other training of the whole net."""
        return all(curve.dense_apart is None for curve in self.curves)

    def diverged(self, number: int) -> int:
        """How many seeds turned non-finite at this level."""
        at_level = [c.levels[number] for c in self.curves if number < len(c.levels)]
        return sum(level.state == DIVERGED for level in at_level)


@dataclass(frozen=True)
class Panel:
    """Cells that may be compared: they differ in their arm and in nothing else.

    `setting` has, by name, the panel's values of the factors that vary between panels.
    """

    setting: dict[str, Any]
    cells: list[Cell]


def make_panels(curves: Iterable[Curve]) -> list[Panel]:
    """All panels, sorted by setting, with cells sorted by arm. Each curve is in one panel."""
    cells = _cells(curves)
    factors = {cell.id: _factors(cell) for cell in cells}
    _tell_apart(cells, factors)
    names = _with_both_sides(varying(list(factors.values())))
    grouped: dict[tuple[tuple[int, Any], ...], list[Cell]] = defaultdict(list)
    for cell in cells:
        grouped[tuple(sortable(factors[cell.id].get(name)) for name in names)].append(cell)
    return [
        Panel({name: factors[group[0].id].get(name) for name in names}, group)
        for _, group in sorted(grouped.items())
    ]


def _with_both_sides(names: Iterable[str]) -> list[str]:
    """The names, with source and target where one of them varies: words tell one if both agree."""
    pairs = {name: pair[::-1] for pair in SOURCE_OF.items() for name in pair}
    return list(dict.fromkeys(told for name in names for told in pairs.get(name, (name,))))


def _cells(curves: Iterable[Curve]) -> list[Cell]:
    grouped: dict[str, list[Curve]] = defaultdict(list)
    for curve in curves:
        grouped[curve.cell].append(curve)
    cells = [
        Cell(cell, members[0].method, sorted(members, key=lambda curve: (curve.seed, curve.id)))
        for cell, members in grouped.items()
    ]
    return sorted(cells, key=lambda cell: (arm_order(cell.arm), cell.id))


def _factors(cell: Cell) -> dict[str, Any]:
    """The columns of the CSV but for what the arm tells."""
    return {name: value for name, value in cell.curves[0].columns.items() if name != "rescale"}


def _tell_apart(cells: list[Cell], factors: dict[str, dict[str, Any]]) -> None:
    """Adds further settings to `factors`, so that no two cells of an arm look alike.

    The columns of the CSV do not have every setting: a learning rate is none of them, yet two
    learning rates must not share a panel. If no setting tells two cells apart, their ids do.
    """
    configs = {cell.id: without_arms(factors_of(cell.curves[0].config)) for cell in cells}
    hidden: set[str] = set()
    for alike in _alike(cells, factors):
        hidden |= varying([configs[cell.id] for cell in alike]).keys()
    # Of settings that vary together, the one with the shortest name is kept.
    ordered = sorted(hidden, key=by_shortness)
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
        grouped[cell.arm, values].append(cell)
    return [group for group in grouped.values() if len(group) > 1]


def _mean_density(values: list[float]) -> float:
    """The mean. If all values agree, as they almost always do, it is exactly that value."""
    return values[0] if len(set(values)) == 1 else fsum(values) / len(values)
