"""Paired comparisons over seeds, and the rules by which a method is said to match dense.

Pure functions on plain numbers: accuracies and differences in percentage points, densities as
fractions. A verdict needs five seeds; with fewer there are intervals and no words.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SEEDS_FOR_A_VERDICT = 5
CONFIDENCE = 0.95

MATCHES = "matches"
BELOW = "below"
UNDECIDED = "undecided"
TOO_FEW = f"n < {SEEDS_FOR_A_VERDICT}"
LAST_LEVEL = "last level"

TICKET_BETTER = "ticket better"
CONTROL_BETTER = "control better"
NOT_TOLD_APART = "not told apart"


@dataclass(frozen=True)
class Matching:
    """Whether a method matches dense at one level, from paired differences in points.

    Attributes:
        n: number of seeds with both values.
        mean: mean of method - dense; None without seeds.
        lower: one-sided 95 % lower t-bound of the mean; None below two seeds.
        upper: one-sided 95 % upper t-bound of the mean; None below two seeds.
        verdict: "matches", "below", "undecided" or "n < 5".

    """

    n: int
    mean: float | None
    lower: float | None
    upper: float | None
    verdict: str


@dataclass(frozen=True)
class LowestMatching:
    """The deepest level of the unbroken run of matching levels, and what ended the run.

    `level` is None if the first level that is judged does not match. `stopped_by` is "below",
    "undecided", "n < 5", or "last level" if there was no deeper level to judge.
    """

    level: int | None
    stopped_by: str


@dataclass(frozen=True)
class Difference:
    """Ticket minus control at one density, paired by seed: points and a two-sided 95 % interval.

    `p` is the p-value of the two-sided paired t-test; `p_holm` is the same after Holm's correction
    over the family. `wins`, `ties` and `losses` count seeds.
    """

    n: int
    mean: float | None
    lower: float | None
    upper: float | None
    p: float | None
    p_holm: float | None
    wins: int
    ties: int
    losses: int
    verdict: str


def mean(values: Sequence[float]) -> float | None:
    """Arithmetic mean; None of nothing."""
    return math.fsum(values) / len(values) if values else None


def standard_deviation(values: Sequence[float]) -> float | None:
    """Sample standard deviation (n - 1); None below two values."""
    centre = mean(values)
    if centre is None or len(values) < 2:
        return None
    return math.sqrt(math.fsum((v - centre) ** 2 for v in values) / (len(values) - 1))


def sampling_sd(accuracy: float, examples: int) -> float:
    """Binomial standard deviation of an accuracy (a fraction) measured on so many examples."""
    return math.sqrt(accuracy * (1 - accuracy) / examples)


def paired_differences(a: Mapping[int, float], b: Mapping[int, float]) -> list[float]:
    """The differences a - b of the seeds that both have, sorted by seed."""
    return [a[seed] - b[seed] for seed in sorted(a.keys() & b.keys())]


def t_interval(differences: Sequence[float], tail: float) -> tuple[float, float] | None:
    """Mean -+ t(1 - tail, n - 1) * SD / sqrt(n); None below two values."""
    from scipy.special import stdtrit

    centre, sd, n = mean(differences), standard_deviation(differences), len(differences)
    if centre is None or sd is None:
        return None
    half = float(stdtrit(n - 1, 1 - tail)) * sd / math.sqrt(n)
    return centre - half, centre + half


def paired_interval(differences: Sequence[float]) -> tuple[float, float] | None:
    """The two-sided 95 % t-interval of the mean; None below two values."""
    return t_interval(differences, (1 - CONFIDENCE) / 2)


def paired_t_test(differences: Sequence[float]) -> float | None:
    """Two-sided p-value of mean = 0; None below two values, 0 or 1 where all are equal."""
    from scipy.special import stdtr

    centre, sd, n = mean(differences), standard_deviation(differences), len(differences)
    if centre is None or sd is None:
        return None
    if sd == 0:
        return 1.0 if centre == 0 else 0.0
    return float(2 * stdtr(n - 1, -abs(centre) / (sd / math.sqrt(n))))


def matching(differences: Sequence[float], delta: float, diverged: int = 0) -> Matching:
    """Judges method - dense (points, paired by seed) against the tolerance `delta` (points).

    A method matches if the one-sided 95 % lower bound is > -delta. It is below if the upper bound
    is < -delta. Otherwise the level is undecided. If seeds diverged, the remaining seeds are the
    lucky ones, and they cannot show that the method matches.
    """
    bounds = t_interval(differences, 1 - CONFIDENCE)
    lower, upper = bounds if bounds else (None, None)
    if lower is None or upper is None or len(differences) < SEEDS_FOR_A_VERDICT:
        verdict = TOO_FEW
    elif lower > -delta:
        verdict = MATCHES if diverged == 0 else UNDECIDED
    else:
        verdict = BELOW if upper < -delta else UNDECIDED
    return Matching(len(differences), mean(differences), lower, upper, verdict)


def lowest_matching(verdicts: Sequence[str], first: int = 1) -> LowestMatching:
    """Follows the verdicts of levels `first`, ... to the first level that does not match."""
    for number, verdict in enumerate(verdicts, start=first):
        if verdict != MATCHES:
            return LowestMatching(number - 1 if number > first else None, verdict)
    return LowestMatching(first + len(verdicts) - 1 if verdicts else None, LAST_LEVEL)


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down adjusted p-values, in the order given (Holm 1979)."""
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    adjusted = [1.0] * len(p_values)
    largest = 0.0
    for rank, i in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[i]))
        adjusted[i] = largest
    return adjusted


def compare(family: Sequence[Sequence[float]]) -> list[Difference]:
    """Compares tickets with controls: one list of paired differences (points) per comparison.

    Holm's correction covers the comparisons that have at least five seeds. The others get an
    interval, but no p-value, and their verdict is "n < 5".
    """
    large = [i for i, d in enumerate(family) if len(d) >= SEEDS_FOR_A_VERDICT]
    raw = {i: paired_t_test(family[i]) or 0.0 for i in large}
    adjusted = dict(zip(large, holm([raw[i] for i in large]), strict=True))
    return [
        _difference(differences, raw.get(i), adjusted.get(i))
        for i, differences in enumerate(family)
    ]


def common_grid(densities: Sequence[Sequence[float]]) -> list[float]:
    """The union of all densities > 0 within the range that every curve covers, ascending."""
    positive = [[d for d in curve if d > 0] for curve in densities]
    if not positive or not all(positive):
        return []
    low, high = max(map(min, positive)), min(map(max, positive))
    return sorted({d for curve in positive for d in curve if low <= d <= high})


def area_under_curve(
    densities: Sequence[float], values: Sequence[float], grid: Sequence[float]
) -> float | None:
    """Mean height of a curve: trapezoid in log density over `grid`, divided by the grid's range.

    Between its own densities the curve is taken to be straight in log density. `grid` must lie
    within the curve; None for a grid of fewer than two densities.
    """
    import numpy as np

    if len(grid) < 2:
        return None
    order = np.argsort(densities)
    x = np.log(np.asarray(densities, dtype=float)[order])
    y = np.asarray(values, dtype=float)[order]
    at = np.log(np.asarray(grid, dtype=float))
    return float(np.trapezoid(np.interp(at, x, y), at) / (at[-1] - at[0]))


def _difference(differences: Sequence[float], p: float | None, p_holm: float | None) -> Difference:
    lower, upper = paired_interval(differences) or (None, None)
    centre = mean(differences)
    if p_holm is None or centre is None:
        verdict = TOO_FEW
    elif p_holm >= 1 - CONFIDENCE:
        verdict = NOT_TOLD_APART
    else:
        verdict = TICKET_BETTER if centre > 0 else CONTROL_BETTER
    wins, losses = sum(d > 0 for d in differences), sum(d < 0 for d in differences)
    ties = len(differences) - wins - losses
    n = len(differences)
    return Difference(n, centre, lower, upper, p, p_holm, wins, ties, losses, verdict)
