"""The dense trainings that tuned arms of a panel choose among: one choice for all of them."""

from collections.abc import Iterable, Mapping
from typing import Any

from ltsweep.views.arms import beside_arms
from ltsweep.views.records import Curve, Level
from ltsweep.views.varying import sortable

Names = tuple[str, ...]  # of tuned settings
Values = tuple[Any, ...]  # one of each of them
Grid = dict[Values, dict[int, Curve]]  # the curves of an arm by values and seed
Pool = dict[Values, dict[int, Level]]  # the dense trainings of a panel, likewise


def dense_pool(names: Names, grid: Grid, grids: Iterable[Grid]) -> Pool:
    """The dense trainings that the arms of a panel have, the first that is found of each value.

    Arms share those of a value and a seed. One that has others, since it is made of what changes
    the dense training, has a pool of its own.
    """
    found = {values: _dense_of(by_seed) for values, by_seed in grid.items()}
    panel = _of_panel(names, grid)
    for other in grids:
        theirs = {values: _dense_of(by_seed) for values, by_seed in other.items()}
        if _of_panel(names, other) == panel and _agree(found, theirs):
            found |= theirs
    return dict(sorted(found.items(), key=by_values))


def _dense_of(by_seed: Mapping[int, Curve]) -> dict[int, Level]:
    return {seed: curve.dense_level for seed, curve in by_seed.items()}


def _of_panel(names: Names, grid: Grid) -> list[tuple[str, tuple[int, Any]]]:
    """What the cells of a panel share beside the tuned settings."""
    curve = curves_of(grid)[0]
    of_report = curve.point.report
    arms = [*of_report.arms, *filter(None, [of_report.compare])]
    beside = beside_arms(curve.config, arms)
    return sorted((name, sortable(value)) for name, value in beside.items() if name not in names)


def _agree(one: Pool, other: Pool) -> bool:
    """Whether values and seeds that both have are the same trainings, and some are."""
    both = [
        (one[values][seed].key, other[values][seed].key)
        for values in one.keys() & other.keys()
        for seed in one[values].keys() & other[values].keys()
    ]
    return bool(both) and all(key == same for key, same in both)


def by_values(item: tuple[Values, Any]) -> list[tuple[int, Any]]:
    """Sorts the entries of a grid or a pool by their values."""
    return [sortable(value) for value in item[0]]


def curves_of(grid: Grid) -> list[Curve]:
    """All curves of a grid."""
    return [curve for by_seed in grid.values() for curve in by_seed.values()]
