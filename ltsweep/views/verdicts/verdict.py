"""The verdicts of one panel: levels against the dense net, and arms against each other."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ltsweep.views.published import Published
from ltsweep.views.verdicts.rules import (
    LAST_LEVEL,
    TOO_FEW,
    Difference,
    LowestMatching,
    Matching,
)
from ltsweep.views.wording import equals, p_value, percent
from ltsweep.views.yardsticks import Linear

# A declared density is compared at the nearest finished level, if one is within this factor. (The
# factor is half a level where every pruning takes half of the weights.)
NEAREST_WITHIN = math.sqrt(2)


@dataclass(frozen=True)
class LevelVerdict:
    """One level of one cell: accuracies in percent over seeds, and the matching rule.

    `n` seeds were trained; `diverged` further seeds turned non-finite. Of the `n`, `collapsed` ones
    are not told apart from chance. `sd` is the standard deviation over seeds. `sampling_sd` is the
    one that the finite test set alone would cause. Both
    are in points.
    """

    level: int
    density: float
    n: int
    diverged: int
    collapsed: int
    mean: float | None
    sd: float | None
    median: float | None
    sampling_sd: float | None
    against_dense: Matching


@dataclass(frozen=True)
class MethodVerdict:
    """One cell over its levels; `delta` is the tolerance in points.

    `arm` is its method and whatever else is part of the arm, in words; of arms with one method
    `variant` is the number. Where it does not start dense, its level 0 is a training of the whole
    net from other weights.

    `area_mean` and `area_sd` are the mean and the standard deviation over seeds of the curve's mean
    height (percent) over the densities of `PanelVerdict.area_range`. `trainings` is a digest of the
    keys of all its stages: cells with the same one are the same trainings.
    """

    method: str
    arm: str
    variant: int
    cell: str
    seeds: list[int]
    starts_dense: bool
    delta: float
    levels: list[LevelVerdict]
    lowest: LowestMatching | None
    area_mean: float | None
    area_sd: float | None
    trainings: str

    def at(self, density: float) -> LevelVerdict | None:
        """The level nearest to `density`; None if none is within `NEAREST_WITHIN`."""
        nearest = nearest_level({level.level: level.density for level in self.levels}, density)
        return next((level for level in self.levels if level.level == nearest), None)

    @property
    def lowest_density(self) -> float | None:
        """The lowest density that still matches dense, or None."""
        if self.lowest is None or self.lowest.level is None:
            return None
        return self._density(self.lowest.level)

    @property
    def lowest_in_words(self) -> str:
        """The bracket: the lowest matching density, and from where on it is below."""
        found = self.lowest
        if found is None:
            return "–"
        density = self.lowest_density
        if density is None and found.ended is None:
            return TOO_FEW if found.stopped_by == TOO_FEW else f"none ({found.stopped_by})"
        shown = "none" if density is None else percent(density)
        if found.ended is None:
            told = found.stopped_by
            return f"{shown} ({told if told == LAST_LEVEL else f'then {told}'})"
        return f"{shown} ({found.stopped_by} from {percent(self._density(found.ended))})"

    @property
    def yet_in_words(self) -> str | None:
        """What the lowest matching level is below dense all the same, where that is no accident."""
        if self.lowest is None or self.lowest.level is None:
            return None
        level = next(level for level in self.levels if level.level == self.lowest.level)
        against = level.against_dense
        if not against.is_below_all_the_same or against.mean is None:
            return None
        below, p = f"{-against.mean:.2g} pp", p_value(against.p)
        return f"{self.arm} is {below} below dense at {percent(level.density)} (p {equals(p)})"

    def _density(self, number: int) -> float:
        return next(level.density for level in self.levels if level.level == number)


@dataclass(frozen=True)
class Dense:
    """A dense training over the seeds; `stages` has its key by seed.

    Of several in one panel `name` says in what they differ.
    """

    name: str
    level: LevelVerdict
    stages: dict[int, str]


@dataclass(frozen=True)
class ContrastVerdict:
    """One arm minus another at a declared density; `density` is that of the arm's level.

    Both are named by their arms and by their cells. `differences` has one number of each seed that
    both have, in points, as the tolerance `delta`. The standard errors are those of their mean.
    """

    arm: str
    against: str
    arm_cell: str
    against_cell: str
    declared: float
    density: float
    against_density: float
    delta: float
    arm_diverged: int
    against_diverged: int
    arm_collapsed: int
    against_collapsed: int
    differences: dict[int, float]
    difference: Difference
    error_of_seeds: float | None
    error_of_images: float | None


@dataclass(frozen=True)
class PanelVerdict:
    """Everything said about one panel.

    `dense` has the dense trainings on the target over all seeds: one, but where arms differ in what
    a dense training depends on. `densities` are the declared ones. `area_range` holds the lowest
    and the highest density that all curves cover. `source_images` counts the training images of the
    source; None where that is not known, or not the same for all curves. `split` is what accuracies
    are measured on, test or validation images. `linear` and `published` stand beside the curves:
    linear classifiers of the same inputs, where they are declared, and published curves.
    """

    setting: dict[str, Any]
    dense: list[Dense]
    densities: list[float]
    methods: list[MethodVerdict]
    contrasts: list[ContrastVerdict]
    area_range: tuple[float, float] | None
    source_images: int | None
    split: str
    linear: list[Linear]
    published: list[Published]


def nearest_level(densities: Mapping[int, float], wanted: float) -> int | None:
    """The level whose density is nearest in log; None when none is within `NEAREST_WITHIN`."""
    positive = {number: density for number, density in densities.items() if density > 0}
    if not positive or wanted <= 0:
        return None
    distance = {number: abs(math.log(density / wanted)) for number, density in positive.items()}
    nearest = min(distance, key=lambda number: distance[number])
    return nearest if distance[nearest] <= math.log(NEAREST_WITHIN) else None


def standing_for(
    declared: Iterable[float], levels: Iterable[LevelVerdict]
) -> Iterator[tuple[float, LevelVerdict]]:
    """The levels of an arm that stand for declared densities, each behind its density."""
    by_number = {level.level: level for level in levels}
    densities = {number: level.density for number, level in by_number.items()}
    for number, density in levels_at(densities, declared).items():
        yield density, by_number[number]


def levels_at(densities: Mapping[int, float], declared: Iterable[float]) -> dict[int, float]:
    """The level nearest to each declared density, pruned levels only.

    While a sweep is under way, two densities may have the same nearest level. The level then
    stands for the nearer density, so that nothing is told twice.
    """
    found: dict[int, float] = {}
    for density in declared:
        level = nearest_level(densities, density)
        if level:
            rivals = [density, found.get(level, density)]
            found[level] = min(rivals, key=lambda d: abs(math.log(densities[level] / d)))
    return found
