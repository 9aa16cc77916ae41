"""The verdicts of one panel: levels against the dense net, the ticket against controls."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ltsweep.views.verdicts.statistics import (
    LAST_LEVEL,
    TOO_FEW,
    Difference,
    LowestMatching,
    Matching,
)
from ltsweep.views.wording import percent, setting

# A declared density is compared at the nearest finished level, if one is within this factor. (The
# factor is half a level where every pruning takes half of the weights.)
NEAREST_WITHIN = math.sqrt(2)


@dataclass(frozen=True)
class LevelVerdict:
    """One level of one cell: accuracies in percent over seeds, and the matching rule.

    `n` seeds were trained; `diverged` further seeds turned non-finite. `sd` is the standard
    deviation over seeds. `sampling_sd` is the one that the finite test set alone would cause. Both
    are in points.
    """

    level: int
    density: float
    n: int
    diverged: int
    mean: float | None
    sd: float | None
    sampling_sd: float | None
    against_dense: Matching


@dataclass(frozen=True)
class MethodVerdict:
    """One cell over its levels; `delta` is the tolerance in points.

    `arm` is its method and whatever else is part of the arm, in words; of arms with one method
    `variant` is the number. Where it does not start dense, its level 0 is a training of the whole
    net from other weights.

    `area_mean` and `area_sd` are the mean and the standard deviation over seeds of the curve's mean
    height (percent) over the densities of `PanelVerdict.area_range`.
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

    def at(self, density: float) -> LevelVerdict | None:
        """The level nearest to `density`; None if none is within `NEAREST_WITHIN`."""
        nearest = nearest_level({level.level: level.density for level in self.levels}, density)
        return next((level for level in self.levels if level.level == nearest), None)

    @property
    def lowest_density(self) -> float | None:
        """The lowest density that still matches dense, or None."""
        if self.lowest is None or self.lowest.level is None:
            return None
        return next(lv.density for lv in self.levels if lv.level == self.lowest.level)

    @property
    def lowest_in_words(self) -> str:
        """The lowest matching density and what ended the descent."""
        if self.lowest is None:
            return "–"
        density = self.lowest_density
        if density is None:
            few = self.lowest.stopped_by == TOO_FEW
            return TOO_FEW if few else f"none ({self.lowest.stopped_by} at once)"
        if self.lowest.stopped_by == LAST_LEVEL:
            return f"{percent(density)} (last level)"
        return f"{percent(density)} (then {self.lowest.stopped_by})"


@dataclass(frozen=True)
class Comparison:
    """Ticket minus control at a declared density; `density` is that of the ticket's level.

    Both are named by their arms.
    """

    ticket: str
    control: str
    declared: float
    density: float
    control_density: float
    ticket_diverged: int
    control_diverged: int
    difference: Difference


@dataclass(frozen=True)
class PanelVerdict:
    """Everything said about one panel.

    `dense` is the dense training on the target over all seeds. `densities` are the declared ones.
    `area_range` holds the lowest and the highest density that all curves cover.
    """

    setting: dict[str, Any]
    dense: LevelVerdict | None
    densities: list[float]
    methods: list[MethodVerdict]
    comparisons: list[Comparison]
    area_range: tuple[float, float] | None


def nearest_level(densities: Mapping[int, float], wanted: float) -> int | None:
    """The level whose density is nearest in log; None when none is within `NEAREST_WITHIN`."""
    positive = {number: density for number, density in densities.items() if density > 0}
    if not positive or wanted <= 0:
        return None
    distance = {number: abs(math.log(density / wanted)) for number, density in positive.items()}
    nearest = min(distance, key=lambda number: distance[number])
    return nearest if distance[nearest] <= math.log(NEAREST_WITHIN) else None


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


def as_plain(verdicts: Iterable[PanelVerdict]) -> list[dict[str, Any]]:
    """The verdicts as JSON-ready dicts; settings and lowest matching densities in words, too."""
    plain = []
    for verdict in verdicts:
        entry = asdict(verdict)
        entry["setting_in_words"] = setting(verdict.setting)
        for method, raw in zip(verdict.methods, entry["methods"], strict=True):
            raw["lowest_density"] = method.lowest_density
            raw["lowest_in_words"] = method.lowest_in_words
        plain.append(entry)
    return plain
