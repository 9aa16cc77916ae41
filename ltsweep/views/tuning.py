"""Tuned arms: settings that are chosen for each arm and level by validation accuracy.

Cells that differ in tuned settings alone are the grid of one arm. Level k of the tuned arm is level
k of the cell whose mean validation accuracy over seeds is highest there. The dense training is
chosen once for all arms of a panel, among the values that any of them tried. No choice is made for
a single seed, and none reads test accuracy.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ltsweep.spec import digest
from ltsweep.views.arms import TUNED
from ltsweep.views.dense_pool import Grid, Names, Pool, Values, by_values, curves_of, dense_pool
from ltsweep.views.records import UNFINISHED, Curve, FinishedLevel, Level
from ltsweep.views.split_by_seed import pooled_over_splits
from ltsweep.views.varying import factors_of, sortable
from ltsweep.views.verdicts.statistics import mean


@dataclass(frozen=True)
class Tried:
    """Values that were tried: mean validation accuracy in percent, and how many seeds diverged."""

    values: dict[str, Any]
    accuracy: float | None
    diverged: int


@dataclass(frozen=True)
class Choice:
    """What was chosen for a level; `at_edge` names settings with no value tried beyond it."""

    level: int
    density: float
    values: dict[str, Any]
    at_edge: tuple[str, ...]
    tried: tuple[Tried, ...]


@dataclass(frozen=True)
class TunedArm:
    """How an arm was tuned.

    Attributes:
        cell: id of the tuned arm's cell.
        shared_cell: id of its cell at the values that all arms share; None where there is none.
        seeds: that all values were tried with, and that the choice is made over.
        partial_seeds: that some values lack; they are left out.
        dense: the choice for its dense training; None while some value has none.
        levels: the choices for its own levels that all values have finished.

    """

    cell: str
    shared_cell: str | None
    seeds: list[int]
    partial_seeds: list[int]
    dense: Choice | None
    levels: list[Choice]


@dataclass(frozen=True)
class Tuning:
    """What is judged: tuned arms, and beside them each arm at shared values.

    Of the `trainings` of all grids `not_chosen` ones are no part of a tuned arm.
    """

    curves: list[Curve]
    arms: list[TunedArm]
    trainings: int = 0
    not_chosen: int = 0


def tune(curves: Sequence[Curve]) -> Tuning:
    """The curves with tuned arms in place of their grids; as they are where nothing is tuned.

    A setting is tuned if all curves declare so. Arms are told beside at shared values: the middle
    ones, in order, of those that all arms tried which had a choice. Curves without a tuned setting
    stay as they are.
    """
    grids, others = _grids(pooled_over_splits(curves))
    if not any(len(grid) > 1 for _, grid in grids):
        return Tuning([*curves], [])
    columns = _columns_told(grid for _, grid in grids)
    arms: list[TunedArm] = []
    made: list[Curve] = []
    at_shared: list[Curve] = []
    for names, grid in grids:
        alike = [other for those, other in grids if those == names]
        shared = _shared_values(alike)
        arm, tuned = _Tuner(names, grid, shared, dense_pool(names, grid, alike)).tuned(columns)
        arms.append(arm)
        made += tuned
        at_shared += grid.get(shared or (), {}).values()
    tried = _trainings(curve for _, grid in grids for curve in curves_of(grid))
    return Tuning([*others, *made, *at_shared], arms, len(tried), len(tried - _trainings(made)))


def _grids(curves: Sequence[Curve]) -> tuple[list[tuple[Names, Grid]], list[Curve]]:
    """The grid of each arm with its tuned settings, and the curves that have none."""
    told = [curve.point.report.tuned for curve in curves]
    tuned = [name for name in told[0] if all(name in names for names in told)] if told else []
    grids: dict[Any, Grid] = defaultdict(lambda: defaultdict(dict))
    others = []
    for curve in curves:
        settings = factors_of(curve.config)
        if names := tuple(name for name in tuned if name in settings):
            values = tuple(settings.pop(name) for name in names)
            fixed = tuple((name, sortable(value)) for name, value in sorted(settings.items()))
            grids[names, fixed][values][curve.seed] = curve
        else:
            others.append(curve)
    found = [(names, dict(sorted(g.items(), key=by_values))) for (names, _), g in grids.items()]
    return found, others


def _shared_values(grids: Sequence[Grid]) -> Values | None:
    """The middle one of the values that all of these arms tried which had a choice.

    Of two the first; None where they have no value in common.
    """
    choosing = [grid for grid in grids if len(grid) > 1] or grids
    common = [values for values in choosing[0] if all(values in grid for grid in choosing)]
    return common[(len(common) - 1) // 2] if common else None


def _columns_told(grids: Iterable[Grid]) -> set[str]:
    """The columns of the CSV that tell a tuned setting: those that differ within a grid."""
    found: set[str] = set()
    for grid in grids:
        rows = [curve.columns for curve in curves_of(grid)]
        found |= {name for name in rows[0] if any(row[name] != rows[0][name] for row in rows)}
    return found


class _Tuner:
    """Makes one tuned arm of a grid."""

    def __init__(self, names: Names, grid: Grid, shared: Values | None, pool: Pool) -> None:
        self.names, self.grid, self.shared, self.pool = names, grid, shared, pool
        self.all_seeds = {curve.seed for curve in curves_of(grid)}
        self.seeds = sorted(self.all_seeds.intersection(*grid.values()))

    def tuned(self, columns: Iterable[str]) -> tuple[TunedArm, list[Curve]]:
        """How the arm was tuned, and its curves; these columns say that it was."""
        all_curves = curves_of(self.grid)
        depth = min(len(curve.levels) for curve in all_curves)
        dense = self._choice(self._dense())
        of_level_0 = [dense] if all_curves[0].dense_apart is None else []
        own = [self._choice(self._at(number)) for number in range(len(of_level_0), depth)]
        cell = digest([TUNED, sorted({curve.cell for curve in all_curves})])
        curves = [self._curve(seed, cell, own, dense, columns) for seed in self.seeds]
        at_shared = self.grid.get(self.shared or (), {})
        arm = TunedArm(
            cell=cell,
            shared_cell=next((curve.cell for curve in at_shared.values()), None),
            seeds=self.seeds,
            partial_seeds=sorted(self.all_seeds - {*self.seeds}),
            dense=dense,
            levels=[choice for choice in [*of_level_0, *own] if choice is not None],
        )
        return arm, curves

    def _dense(self) -> dict[Values, list[Level]]:
        return {
            values: [by_seed[seed] for seed in self.seeds]
            for values, by_seed in self.pool.items()
            if by_seed.keys() >= {*self.seeds}
        }

    def _at(self, number: int) -> dict[Values, list[Level]]:
        return {
            values: [by_seed[seed].levels[number] for seed in self.seeds]
            for values, by_seed in self.grid.items()
        }

    def _choice(self, levels: Mapping[Values, Sequence[Level]]) -> Choice | None:
        """The best values: fewest diverged seeds, then the highest accuracy, then those shared.

        None until all values have been trained for all seeds, and without validation images.
        """
        finished = {
            values: [level for level in some if isinstance(level, FinishedLevel)]
            for values, some in levels.items()
        }
        if not self.seeds or any(len(some) < len(self.seeds) for some in finished.values()):
            return None
        tried = {values: self._tried(values, some) for values, some in finished.items()}
        if any(t.accuracy is None and t.diverged < len(self.seeds) for t in tried.values()):
            return None
        best = min(
            tried,
            key=lambda v: (tried[v].diverged, -(tried[v].accuracy or 0.0), v != self.shared),
        )
        level = finished[best][0]
        named = dict(zip(self.names, best, strict=True))
        edges = tuple(name for i, name in enumerate(self.names) if _is_edge(tried, i, best[i]))
        return Choice(level.number, level.density, named, edges, tuple(tried.values()))

    def _tried(self, values: Values, levels: Sequence[FinishedLevel]) -> Tried:
        trained = [level for level in levels if not level.is_diverged]
        found = [level.metric("val_accuracy") for level in trained]
        known = [100 * accuracy for accuracy in found if accuracy is not None]
        is_known = known and len(known) == len(trained)
        accuracy = mean(known) if is_known else None
        named = dict(zip(self.names, values, strict=True))
        return Tried(named, accuracy, len(levels) - len(trained))

    def _curve(
        self,
        seed: int,
        cell: str,
        own: Sequence[Choice | None],
        dense: Choice | None,
        columns: Iterable[str],
    ) -> Curve:
        """The tuned arm of one seed; a level without a choice is unfinished."""
        like = next(iter(self.grid.values()))[seed]
        chosen = None if dense is None else self.pool[_values(dense)][seed]
        trained = chosen or Level(0, like.dense_level.key, UNFINISHED)
        apart = None if like.dense_apart is None else trained
        levels = [] if apart else [trained]
        for choice in own:
            number = len(levels)
            there = like if choice is None else self.grid[_values(choice)][seed]
            level = there.levels[number]
            levels.append(level if choice else Level(number, level.key, UNFINISHED))
        point = like.point.model_copy(
            update={
                "id": digest([cell, seed]),
                "cell": cell,
                "config": _with_tuned(like.config, self.names),
                "columns": like.point.columns.model_copy(update=dict.fromkeys(columns, TUNED)),
                "levels": len(levels) - 1,
                "stages": tuple(level.key for level in levels),
                "dense": None if apart is None else apart.key,
            }
        )
        return replace(like, point=point, levels=levels, dense_apart=apart)


def _values(choice: Choice) -> Values:
    return tuple(choice.values.values())


def _is_edge(tried: Iterable[Values], place: int, value: Any) -> bool:
    """Whether a number is the least or the largest of several that were tried."""
    found = {values[place] for values in tried}
    numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in found)
    return numbers and len(found) > 1 and value in (min(found), max(found))


def _trainings(curves: Iterable[Curve]) -> set[str]:
    """The keys of the trainings that curves have finished, those of dense included."""
    levels = [level for c in curves for level in (*c.levels, *filter(None, [c.dense_apart]))]
    return {level.key for level in levels if isinstance(level, FinishedLevel)}


def _with_tuned(config: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """A configuration in which these settings say that they are tuned."""
    found = dict(config)
    for name in names:
        head, _, rest = name.partition(".")
        found[head] = _with_tuned(found[head], [rest]) if rest else TUNED
    return found
