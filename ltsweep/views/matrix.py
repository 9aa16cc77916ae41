"""Sources against targets: what the tickets of each source reach on each target, against dense."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ltsweep.views.kinship import are_kin
from ltsweep.views.panels import BY_ARM, Cell, Panel
from ltsweep.views.varying import by_numbers, one_each, sortable
from ltsweep.views.verdicts import rules, statistics
from ltsweep.views.verdicts.judge import minus_dense
from ltsweep.views.verdicts.verdict import levels_at

SIDES = ("source", "target")
Pair = tuple[str, str]
Placed = tuple[Pair, Cell]


@dataclass(frozen=True)
class Entry:
    """Tickets of one source on one target: accuracy minus fresh dense, paired by seed.

    Attributes:
        density: of the level that is nearest to the declared density, a fraction.
        n: seeds that have both numbers; `diverged` further ones turned non-finite.
        mean: of the differences, in points; None without seeds.
        lower, upper: two-sided 95 % t-interval of the mean; None below two seeds.
        verdict: as for curves (`verdicts.rules.Matching`).
        is_kin: whether source and target are two datasets with images from one source.

    """

    source: str
    target: str
    density: float
    n: int
    diverged: int
    mean: float | None
    lower: float | None
    upper: float | None
    verdict: str
    is_kin: bool


@dataclass(frozen=True)
class Matrix:
    """An arm at one declared density; `declared` is None where a method prunes nothing.

    `setting` is what the panels that it is made from have in common, where they vary in more than
    source and target. `has_one_dense_each` says that a target has one dense training a seed; it has
    several where its images or its settings follow those of the source. `split` is what accuracies
    are measured on, test or validation images.
    """

    setting: dict[str, Any]
    arm: str
    declared: float | None
    delta: float
    sources: list[str]
    targets: list[str]
    entries: list[Entry]
    has_one_dense_each: bool
    split: str

    def at(self, source: str, target: str) -> Entry | None:
        """The entry of a source and a target; None where no such tickets were trained."""
        found = (e for e in self.entries if (e.source, e.target) == (source, target))
        return next(found, None)

    @property
    def densities(self) -> tuple[float, float]:
        """The lowest and the highest density of its entries."""
        found = [entry.density for entry in self.entries]
        return min(found), max(found)


def matrices(panels: Sequence[Panel]) -> list[Matrix]:
    """A matrix per arm and declared density, for each setting beside source and target.

    None where nothing is moved, or where there are neither two sources nor two targets; nor for
    settings that have one pair alone, which curves show as well.
    """
    if not are_compared([_pair(panel) for panel in panels]):
        return []
    found: list[Matrix] = []
    for setting, alike in _by_other_settings(panels):
        if len({_pair(panel) for panel in alike}) == 1:
            continue
        by_arm: dict[str, list[Placed]] = {}
        for panel in alike:
            for cell in panel.cells:
                by_arm.setdefault(cell.arm, []).append((_pair(panel), cell))
        for arm, placed in by_arm.items():
            by_density: dict[float | None, list[Entry]] = {}
            for pair, cell in placed:
                for level, declared in _levels(cell).items():
                    by_density.setdefault(declared, []).append(_entry(pair, cell, level))
            found += [
                _matrix(setting, arm, declared, placed, entries)
                for declared, entries in sorted(by_density.items(), key=_by_density)
            ]
    return found


def _pair(panel: Panel) -> Pair:
    """Source and target, as panels name them where several are there."""
    return panel.setting.get("source", ""), panel.setting.get("target", "")


def are_compared(pairs: Collection[Pair]) -> bool:
    """Whether something is moved, and there are two sources or two targets.

    Nothing is paired where the arms of a panel tell the source, or the target.
    """
    if any(BY_ARM in pair for pair in pairs):
        return False
    sides = [{pair[side] for pair in pairs} for side in range(2)]
    return any(source != target for source, target in pairs) and max(map(len, sides)) > 1


def _by_other_settings(panels: Iterable[Panel]) -> Iterable[tuple[dict[str, Any], list[Panel]]]:
    grouped: dict[Any, tuple[dict[str, Any], list[Panel]]] = {}
    for panel in panels:
        others = {name: v for name, v in panel.setting.items() if name not in SIDES}
        key = tuple(sortable(value) for value in others.values())
        grouped.setdefault(key, (others, []))[1].append(panel)
    return grouped.values()


def _levels(cell: Cell) -> Mapping[int, float | None]:
    """The levels to show, with the densities that they stand for; never the dense training."""
    if not cell.starts_dense and cell.depth == 0:
        return {0: None}
    return dict(levels_at(cell.densities, cell.curves[0].point.report.densities))


def _entry(pair: Pair, cell: Cell, level: int) -> Entry:
    differences = minus_dense(cell, level)  # one number of each seed
    lower, upper = statistics.paired_interval(differences) or (None, None)
    diverged = cell.diverged(level)
    lost = diverged + len(cell.collapsed(level) | cell.dense_collapsed)
    verdict = rules.matching(differences, cell.curves[0].point.report.delta, lost).verdict
    return Entry(
        *pair,
        density=cell.densities[level],
        n=len(differences),
        diverged=diverged,
        mean=statistics.mean(differences),
        lower=lower,
        upper=upper,
        verdict=verdict,
        is_kin=are_kin(cell.curves[0].point),
    )


def _matrix(
    setting: dict[str, Any],
    arm: str,
    declared: float | None,
    placed: Sequence[Placed],
    entries: list[Entry],
) -> Matrix:
    sources, targets = ({pair[side] for pair, _ in placed} for side in range(2))
    delta = placed[0][1].curves[0].point.report.delta
    return Matrix(
        setting,
        arm,
        declared,
        delta,
        sorted(sources, key=by_numbers),
        sorted(targets, key=by_numbers),
        entries,
        _have_one_dense_each(placed),
        placed[0][1].declared.split,
    )


def _have_one_dense_each(placed: Iterable[Placed]) -> bool:
    """Whether a target has the same dense training of a seed, whatever the source."""
    return one_each(
        ((target, seed), key)
        for (_, target), cell in placed
        for seed, key in cell.dense_stages.items()
    )


def _by_density(found: tuple[float | None, list[Entry]]) -> float:
    declared, _ = found
    return -1.0 if declared is None else -declared
