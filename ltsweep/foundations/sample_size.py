"""How many seeds it takes to bound a mean difference: exact, from Student's t-distribution.

Standard deviations and tolerances are in one unit, percentage points.
"""

import math

CONFIDENCE = 0.95
FEWEST = 5  # below there is no verdict, however little seeds spread


def half_width(sd: float, n: int) -> float:
    """From the mean of `n` >= 2 differences to its one-sided 95 % bound: t * SD / sqrt(n)."""
    from scipy.special import stdtrit

    return float(stdtrit(n - 1, CONFIDENCE)) * sd / math.sqrt(n)


def seeds_needed(sd: float, tolerance: float) -> int:
    """The fewest seeds, `FEWEST` at least, with which the half-width is at most `tolerance`."""
    from scipy.special import ndtri

    # a t-distribution has wider tails than the normal one, so fewer than that are never enough
    n = max(FEWEST, math.floor((float(ndtri(CONFIDENCE)) * sd / tolerance) ** 2))
    while half_width(sd, n) > tolerance:
        n += 1
    return n


def largest_sd(n: int, tolerance: float) -> float:
    """The standard deviation at which `n` >= 2 seeds are just enough."""
    return tolerance / half_width(1.0, n)
