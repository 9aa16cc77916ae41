"""Statistics of paired differences over seeds, and of curves: pure functions on plain numbers.

Accuracies and differences are in percentage points, densities are fractions.
"""

import math
from collections.abc import Mapping, Sequence

CONFIDENCE = 0.95
MOST_FLIPPED = 20  # differences whose signs are all flipped: 2 ** 20 sums


def mean(values: Sequence[float]) -> float | None:
    """Arithmetic mean; None of nothing."""
    return math.fsum(values) / len(values) if values else None


def standard_deviation(values: Sequence[float]) -> float | None:
    """Sample standard deviation (n - 1); None below two values."""
    centre = mean(values)
    if centre is None or len(values) < 2:
        return None
    return math.sqrt(math.fsum((v - centre) ** 2 for v in values) / (len(values) - 1))


def standard_error(values: Sequence[float]) -> float | None:
    """Standard deviation of the mean; None below two values."""
    sd = standard_deviation(values)
    return None if sd is None else sd / math.sqrt(len(values))


def sampling_sd(accuracy: float, examples: int) -> float:
    """Binomial standard deviation of an accuracy (a fraction) measured on so many examples."""
    return math.sqrt(accuracy * (1 - accuracy) / examples)


def differences_by_seed(a: Mapping[int, float], b: Mapping[int, float]) -> dict[int, float]:
    """The difference a - b of each seed that both have, sorted by seed."""
    return {seed: a[seed] - b[seed] for seed in sorted(a.keys() & b.keys())}


def paired_differences(a: Mapping[int, float], b: Mapping[int, float]) -> list[float]:
    """The same without the seeds."""
    return list(differences_by_seed(a, b).values())


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

    centre, error, n = mean(differences), standard_error(differences), len(differences)
    if centre is None or error is None:
        return None
    if error == 0:
        return 1.0 if centre == 0 else 0.0
    return float(2 * stdtr(n - 1, -abs(centre) / error))


def sign_flip_test(differences: Sequence[float]) -> float | None:
    """Two-sided p-value of symmetry about 0: the share of all 2^n sign patterns.

    Exact (Fisher 1935): of patterns whose mean lies at least as far from 0. None without
    differences, and for more than 20.
    """
    import numpy as np

    if not 0 < len(differences) <= MOST_FLIPPED:
        return None
    sums = np.zeros(1)
    for difference in differences:
        sums = np.concatenate([sums + difference, sums - difference])
    observed = abs(math.fsum(differences))
    return float((np.abs(sums) >= observed * (1 - 1e-12)).mean())


def median(values: Sequence[float]) -> float | None:
    """The middle value, or the mean of both; None of nothing."""
    ordered, n = sorted(values), len(values)
    return (ordered[(n - 1) // 2] + ordered[n // 2]) / 2 if n else None


def is_at_chance(accuracy: float, chance: float, examples: int) -> bool:
    """Whether an accuracy (a fraction) is within 3 binomial standard errors of chance, or below."""
    return accuracy <= chance + 3 * sampling_sd(chance, examples)


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down adjusted p-values, in the order given (Holm 1979)."""
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    adjusted = [1.0] * len(p_values)
    largest = 0.0
    for rank, i in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[i]))
        adjusted[i] = largest
    return adjusted


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
