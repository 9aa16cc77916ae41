"""The rules by which an arm matches dense, is better than another, or is not judged.

Pure functions on paired differences in percentage points. A verdict needs five seeds; with fewer
there are intervals and no words.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ltsweep.views.verdicts.statistics import (
    CONFIDENCE,
    holm,
    mean,
    paired_interval,
    paired_t_test,
    sign_flip_test,
    t_interval,
)

SEEDS_FOR_A_VERDICT = 5

MATCHES = "matches"
BELOW = "below"
UNDECIDED = "undecided"
UNDERPOWERED = "underpowered"
COLLAPSED = "collapsed"
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
        p: two-sided p of the paired t-test against no difference; None below two seeds.
        verdict: "matches", "below", "undecided", "underpowered", "collapsed" or "n < 5".

    """

    n: int
    mean: float | None
    lower: float | None
    upper: float | None
    p: float | None
    verdict: str

    @property
    def is_below_all_the_same(self) -> bool:
        """Whether it matches within the tolerance, and yet is told apart from dense, below it."""
        if self.verdict != MATCHES or self.p is None or self.mean is None:
            return False
        return self.p < 1 - CONFIDENCE and self.mean < 0


@dataclass(frozen=True)
class LowestMatching:
    """The lowest matching level as a bracket.

    `level` is the deepest one that matches above the first that is below dense or has collapsed;
    None if there is none. `ended` is that first one, None if there is none. `stopped_by` is what it
    is, or the verdict of the level behind `level`; "last level" if there is no deeper one.
    `open` counts the levels in between, and above, that neither match nor are below.
    """

    level: int | None
    ended: int | None
    stopped_by: str
    open: int


@dataclass(frozen=True)
class Difference:
    """Ticket minus control at one density, paired by seed: points and a two-sided 95 % interval.

    `p` is the p-value of the two-sided paired t-test, `p_flip` that of all sign flips; `p_holm` is
    the first after Holm's correction over the family. `wins`, `ties` and `losses` count seeds.
    Where seeds collapsed or diverged there is no p of a t-test, and the verdict says so.
    """

    n: int
    mean: float | None
    lower: float | None
    upper: float | None
    p: float | None
    p_flip: float | None
    p_holm: float | None
    wins: int
    ties: int
    losses: int
    verdict: str


def matching(differences: Sequence[float], delta: float, lost: int = 0) -> Matching:
    """Judges method - dense (points, paired by seed) against the tolerance `delta` (points).

    A method matches if the one-sided 95 % lower bound is > -delta. It is below if the upper bound
    is < -delta. Otherwise the level is undecided, or underpowered where the bounds lie further than
    delta from the mean. Where seeds are `lost`, collapsed or diverged, no t-bound holds.
    """
    bounds = t_interval(differences, 1 - CONFIDENCE)
    lower, upper = bounds if bounds else (None, None)
    if lost:
        verdict = COLLAPSED
    elif lower is None or upper is None or len(differences) < SEEDS_FOR_A_VERDICT:
        verdict = TOO_FEW
    elif lower > -delta:
        verdict = MATCHES
    elif upper < -delta:
        verdict = BELOW
    else:
        verdict = UNDERPOWERED if (upper - lower) / 2 > delta else UNDECIDED
    p = paired_t_test(differences)
    return Matching(len(differences), mean(differences), lower, upper, p, verdict)


def lowest_matching(verdicts: Sequence[str], first: int = 1) -> LowestMatching:
    """The bracket of the verdicts of levels `first`, ..., going down."""
    ended = next((i for i, verdict in enumerate(verdicts) if verdict in (BELOW, COLLAPSED)), None)
    above = verdicts[:ended]
    matching_levels = [i for i, verdict in enumerate(above) if verdict == MATCHES]
    deepest = matching_levels[-1] if matching_levels else None
    behind = 0 if deepest is None else deepest + 1
    if ended is not None:
        stopped_by = verdicts[ended]
    else:
        stopped_by = verdicts[behind] if behind < len(verdicts) else LAST_LEVEL
    return LowestMatching(
        level=None if deepest is None else first + deepest,
        ended=None if ended is None else first + ended,
        stopped_by=stopped_by,
        open=len(above) - len(matching_levels),
    )


def compare(family: Sequence[Sequence[float]], lost: Sequence[int] = ()) -> list[Difference]:
    """Compares tickets with controls: one list of paired differences (points) per comparison.

    `lost` has the seeds that collapsed or diverged on either side of each. Holm's correction covers
    the comparisons that have at least five seeds and lost none. The others get an interval, but no
    p-value of a t-test, and their verdict tells why.
    """
    missing = list(lost) or [0] * len(family)
    judged = [i for i, d in enumerate(family) if len(d) >= SEEDS_FOR_A_VERDICT and not missing[i]]
    raw = {i: paired_t_test(family[i]) or 0.0 for i in judged}
    adjusted = dict(zip(judged, holm([raw[i] for i in judged]), strict=True))
    return [
        _difference(differences, raw.get(i), adjusted.get(i), missing[i])
        for i, differences in enumerate(family)
    ]


def _difference(
    differences: Sequence[float], p: float | None, p_holm: float | None, lost: int
) -> Difference:
    lower, upper = paired_interval(differences) or (None, None)
    centre = mean(differences)
    if p_holm is None or centre is None:
        verdict = COLLAPSED if lost else TOO_FEW
    elif p_holm >= 1 - CONFIDENCE:
        verdict = NOT_TOLD_APART
    else:
        verdict = TICKET_BETTER if centre > 0 else CONTROL_BETTER
    wins, losses = sum(d > 0 for d in differences), sum(d < 0 for d in differences)
    return Difference(
        n=len(differences),
        mean=centre,
        lower=lower,
        upper=upper,
        p=p,
        p_flip=sign_flip_test(differences),
        p_holm=p_holm,
        wins=wins,
        ties=len(differences) - wins - losses,
        losses=losses,
        verdict=verdict,
    )
