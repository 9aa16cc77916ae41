"""Groups curves for comparison.

A cell pools the seeds of one configuration, in which a split may be that of the seed. A panel holds
the cells that may be compared: they differ in their arm, which is their method if nothing else is
declared, or in the setting whose values are compared, and agree in all the rest.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from itertools import groupby
from math import fsum
from operator import itemgetter
from typing import Any

from ltsweep.store.declared import Declared
from ltsweep.store.records import DIVERGED
from ltsweep.views.arms import RESCALE, agreed, arm_labels, arm_order, beside_arms
from ltsweep.views.palette import method_order
from ltsweep.views.records import Curve, FinishedLevel
from ltsweep.views.sides import columns_by_side
from ltsweep.views.split_by_seed import pooled_over_splits
from ltsweep.views.varying import by_shortness, by_size, echoes, sortable, varying
from ltsweep.views.verdicts.statistics import is_at_chance
from ltsweep.views.wording import SOURCE_OF

BY_ARM = "by arm"  # of a panel whose arms differ in what other panels have in common


@dataclass(frozen=True)
class Cell:
    """Curves that differ in their seed only, sorted by seed."""

    id: str
    method: str
    curves: list[Curve]
    arm: str = ""  # the method, and what else is part of the arm, in words
    variant: int = 0  # of arms with one method, the number of this one

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

    @cached_property
    def live_densities(self) -> dict[int, float]:
        """The mean live density of each finished level over the seeds that recorded one."""
        found: dict[int, list[float]] = defaultdict(list)
        for level in (level for curve in self.curves for level in curve.finished):
            if level.live_density is not None:
                found[level.number].append(level.live_density)
        return {number: _mean_density(found[number]) for number in sorted(found)}

    def by_seed(self, number: int, metric: str) -> dict[int, float]:
        """A metric of level `number` for each seed that has it."""
        levels = ((curve.seed, curve.level(number)) for curve in self.curves)
        values = ((seed, level.metric(metric)) for seed, level in levels if level)
        return {seed: value for seed, value in values if value is not None}

    @property
    def declared(self) -> Declared:
        """What its curves declare, which they do alike."""
        return self.curves[0].point.report

    def percent(self, number: int) -> dict[int, float]:
        """Accuracy of level `number` on the declared split, in percent, for each seed with one."""
        return {seed: 100 * v for seed, v in self.by_seed(number, self.declared.accuracy).items()}

    def dense_percent(self) -> dict[int, float]:
        """The same of the dense training of each seed that has it, whatever level 0 is."""
        accuracies = self.dense_by_seed(self.declared.accuracy)
        return {seed: 100 * value for seed, value in accuracies.items()}

    def images(self, number: int) -> int | None:
        """How many images these accuracies are measured on."""
        levels = [level for curve in self.curves if (level := curve.level(number))]
        counts = (level.end.images_of(self.declared.split) for level in levels)
        return next(filter(None, counts), None)

    def dense_by_seed(self, metric: str) -> dict[int, float]:
        """A metric of the dense training of each seed that has it, whatever level 0 is."""
        values = ((curve.seed, curve.dense.metric(metric)) for curve in self.curves if curve.dense)
        return {seed: value for seed, value in values if value is not None}

    @property
    def dense_stages(self) -> dict[int, str]:
        """The key of the dense training of each seed."""
        return {curve.seed: curve.dense_level.key for curve in self.curves}

    @property
    def trainings(self) -> str:
        """A digest of the keys of all stages: the same for cells that are the same trainings."""
        keys = [(curve.seed, *curve.point.stages) for curve in self.curves]
        return sha256(repr(keys).encode()).hexdigest()[:20]

    @property
    def starts_dense(self) -> bool:
        """Whether level 0 is the dense training, and no other training of the whole net."""
        return all(curve.dense_apart is None for curve in self.curves)

    def test_correct(self, number: int) -> dict[int, tuple[str, int]]:
        """Which test images a level names rightly, as recorded, and how many there are, by seed."""
        ends = {c.seed: level.end for c in self.curves if (level := c.level(number))}
        return {
            seed: (end.test_correct, end.test_examples)
            for seed, end in ends.items()
            if end.test_correct is not None and end.test_examples
        }

    def collapsed(self, number: int) -> set[int]:
        """The seeds whose level does not classify better than by naming one class always."""
        levels = {curve.seed: curve.level(number) for curve in self.curves}
        report = self.declared
        return {seed for seed, level in levels.items() if level and _is_at_chance(level, report)}

    @cached_property
    def dense_collapsed(self) -> set[int]:
        """The seeds whose dense training does not."""
        return {c.seed for c in self.curves if c.dense and _is_at_chance(c.dense, c.point.report)}

    def diverged(self, number: int) -> int:
        """How many seeds turned non-finite at this level."""
        at_level = [c.levels[number] for c in self.curves if number < len(c.levels)]
        return sum(level.state == DIVERGED for level in at_level)


@dataclass(frozen=True)
class Panel:
    """Cells that may be compared: they differ in their arm, or what is compared, and nothing else.

    `setting` has, by name, the panel's values of the factors that vary between panels. `declared`
    is what the curves of the panel agree to compare, with the arms and the compared setting of the
    whole report.
    """

    setting: dict[str, Any]
    cells: list[Cell]
    declared: Declared

    @property
    def arms(self) -> tuple[str, ...]:
        """The settings, or groups of settings, in which cells may differ."""
        return _may_differ(self.declared)


def _may_differ(declared: Declared) -> tuple[str, ...]:
    return (*declared.arms, *([declared.compare] if declared.compare else []))


def _is_at_chance(level: FinishedLevel, declared: Declared) -> bool:
    accuracy, images = level.metric(declared.accuracy), level.end.images_of(declared.split)
    chance = level.end.chance_accuracy  # of the test images, whose classes are those of all others
    if accuracy is None or chance is None or not images:
        return False
    return is_at_chance(accuracy, chance, images)


def make_panels(curves: Iterable[Curve]) -> list[Panel]:
    """All panels, sorted by setting, with cells sorted by arm. Each curve is in one panel."""
    curves = list(curves)
    if not curves:
        return []
    curves = pooled_over_splits(curves)
    declared = agreed(curves)
    arms = _may_differ(declared)
    cells = _cells(curves, arms, declared.compare)
    told = columns_by_side([cell.curves[0].point for cell in cells])
    columns = {cell.id: row for cell, row in zip(cells, told, strict=True)}
    groups = _comparable(cells, arms)
    settings = [_in_common([columns[cell.id] for cell in group]) for group in groups]
    # where arms tell the source, no panel has one
    names = [n for n in _with_both_sides(varying(settings)) if any(n in s for s in settings)]
    chosen = [{name: setting.get(name, BY_ARM) for name in names} for setting in settings]
    _tell_apart(groups, chosen, arms)
    panels = [
        Panel(setting, group, _declared(group, declared))
        for setting, group in zip(chosen, groups, strict=True)
    ]
    return sorted(panels, key=lambda panel: [by_size(v) for v in panel.setting.values()])


def _declared(cells: Iterable[Cell], of_report: Declared) -> Declared:
    """What these cells agree to compare; what makes an arm is the same in all panels."""
    own = agreed([curve for cell in cells for curve in cell.curves])
    shared = {name: getattr(of_report, name) for name in ("arms", "compare", "reference")}
    return own.model_copy(update=shared)


def _with_both_sides(names: Iterable[str]) -> list[str]:
    """The names, with source and target where one of them varies: words tell one if both agree."""
    pairs = {name: pair[::-1] for pair in SOURCE_OF.items() for name in pair}
    return list(dict.fromkeys(told for name in names for told in pairs.get(name, (name,))))


def _cells(curves: Iterable[Curve], arms: Sequence[str], compare: str | None) -> list[Cell]:
    grouped: dict[str, list[Curve]] = defaultdict(list)
    for curve in curves:
        grouped[curve.cell].append(curve)
    found = [sorted(members, key=lambda c: (c.seed, c.id)) for members in grouped.values()]
    first = [members[0] for members in found]
    orders = [(curve.method, arm_order(curve, arms)) for curve in first]
    variants = {
        (method, order): number
        for method, alike in groupby(sorted(set(orders)), key=itemgetter(0))
        for number, (_, order) in enumerate(alike)
    }
    cells = [
        Cell(curve.cell, curve.method, members, arm, variants[order])
        for curve, members, arm, order in zip(
            first, found, arm_labels(first, arms, compare), orders, strict=True
        )
    ]
    return sorted(cells, key=lambda cell: (method_order(cell.method), cell.variant, cell.id))


def _comparable(cells: Iterable[Cell], arms: Sequence[str]) -> list[list[Cell]]:
    """Cells that agree in all settings beside their arm; of equal arms each is alone."""
    grouped: dict[Any, dict[str, list[Cell]]] = {}
    for cell in cells:
        setting = beside_arms(cell.curves[0].config, arms)
        key = tuple((name, sortable(value)) for name, value in sorted(setting.items()))
        by_arm = grouped.setdefault(key, {})
        by_arm.setdefault(cell.arm, []).append(cell)
    groups = []
    for by_arm in grouped.values():
        together = [alike[0] for alike in by_arm.values() if len(alike) == 1]
        groups += [together] if together else []
        groups += [[cell] for alike in by_arm.values() if len(alike) > 1 for cell in alike]
    return groups


def _in_common(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The columns in which all of these rows agree, but for that of arms."""
    names = [name for name in rows[0] if name != RESCALE]
    return {n: rows[0][n] for n in names if all(row[n] == rows[0][n] for row in rows)}


def _tell_apart(
    groups: Sequence[list[Cell]], settings: Sequence[dict[str, Any]], arms: Sequence[str]
) -> None:
    """Adds further settings, so that no two groups look alike.

    The columns of the CSV do not have every setting: a learning rate is none of them, yet two
    learning rates must not share a panel. If no setting tells two groups apart, their ids do.
    """
    configs = [beside_arms(group[0].curves[0].config, arms) for group in groups]
    hidden: set[str] = set()
    for alike in _alike(settings):
        hidden |= varying([configs[number] for number in alike]).keys()
    # Of settings that vary together, the one with the shortest name is kept.
    ordered = sorted(hidden, key=by_shortness)
    echoed = echoes({name: [config.get(name) for config in configs] for name in ordered})
    for setting, config in zip(settings, configs, strict=True):
        setting |= {name: config.get(name) for name in sorted(hidden - echoed.keys())}
    for alike in _alike(settings):
        for number in alike:
            settings[number]["cell"] = groups[number][0].id


def _alike(settings: Sequence[Mapping[str, Any]]) -> list[list[int]]:
    """Numbers of the settings that are equal to another one."""
    grouped: dict[Any, list[int]] = defaultdict(list)
    for number, setting in enumerate(settings):
        grouped[tuple(sortable(value) for value in setting.values())].append(number)
    return [numbers for numbers in grouped.values() if len(numbers) > 1]


def _mean_density(values: list[float]) -> float:
    """The mean. If all values agree, as they almost always do, it is exactly that value."""
    return values[0] if len(set(values)) == 1 else fsum(values) / len(values)
