"""The rules by which an arm matches dense, beats or ties with another, or is not judged.

Pure functions on paired differences in percentage points. A verdict needs five seeds; with fewer
there are intervals and no words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

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

BEATS = "beats"
LOSES = "loses to"
TIES = "ties with"
WITHIN = "within delta"


# what an arm does by a verdict, before the name of the other
AGAINST = {
    BEATS: BEATS,
    f"{BEATS}, {WITHIN}": f"{BEATS}, but {WITHIN},",
    LOSES: LOSES,
    f"{LOSES}, {WITHIN}": f"{LOSES}, but {WITHIN},",
    TIES: TIES,
    UNDECIDED: "is undecided against",
    UNDERPOWERED: "is undecided (underpowered) against",
    COLLAPSED: "has no verdict (seeds collapsed) against",
    TOO_FEW: f"has no verdict ({TOO_FEW}) against",
}


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


class Paired(NamedTuple):
    """Differences of two arms in points, one of each seed that both have, and their tolerance.

    `lost` counts the seeds that collapsed or diverged on either side.
    """

    differences: Sequence[float]
    delta: float
    lost: int = 0

    @property
    def is_judged(self) -> bool:
        """Whether a t-test may be told of them."""
        return len(self.differences) >= SEEDS_FOR_A_VERDICT and not self.lost


@dataclass(frozen=True)
class Difference:
    """One arm minus another at one density, paired by seed, in points.

    `lower` and `upper` bound the mean by a two-sided 95 % t-interval, `tie_lower` and `tie_upper`
    by a 90 % one, within which ties are told. `p` is the p-value of the two-sided paired t-test,
    `p_flip` that of all sign flips; `p_holm` is the first after Holm's correction over the family,
    None where there is no family. `wins`, `ties` and `losses` count seeds. Where seeds collapsed or
    diverged there is no p of a t-test, and the verdict says so.

    `is_within_delta` tells of a win or a loss that its whole 95 % interval lies within the
    tolerance.
    """

    n: int
    mean: float | None
    lower: float | None
    upper: float | None
    tie_lower: float | None
    tie_upper: float | None
    p: float | None
    p_flip: float | None
    p_holm: float | None
    wins: int
    ties: int
    losses: int
    verdict: str
    is_within_delta: bool

    @property
    def in_words(self) -> str:
        """'beats', 'loses to, within delta', 'ties with', 'undecided', ..."""
        return f"{self.verdict}, {WITHIN}" if self.is_within_delta else self.verdict


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


def compare(family: Sequence[Paired]) -> list[Difference]:
    """Judges all contrasts of a family, in order.

    Holm's correction covers those that have at least five seeds and lost none. The others get an
    interval, but no p-value of a t-test, and their verdict tells why.
    """
    judged = [i for i, pairs in enumerate(family) if pairs.is_judged]
    raw = [paired_t_test(family[i].differences) or 0.0 for i in judged]
    adjusted = dict(zip(judged, holm(raw), strict=True))
    return [_difference(pairs, adjusted.get(i), adjusted.get(i)) for i, pairs in enumerate(family)]


def judge_alone(pairs: Paired) -> Difference:
    """Judges a contrast that was named beforehand as the primary one: no correction."""
    return _difference(pairs, paired_t_test(pairs.differences) if pairs.is_judged else None, None)


def _difference(pairs: Paired, p: float | None, p_holm: float | None) -> Difference:
    """What is told of a contrast, decided by `p`."""
    differences = pairs.differences
    lower, upper = paired_interval(differences) or (None, None)
    tie_lower, tie_upper = t_interval(differences, 1 - CONFIDENCE) or (None, None)
    verdict = _word(pairs, p)
    is_told_apart = verdict in (BEATS, LOSES) and lower is not None and upper is not None
    wins, losses = sum(d > 0 for d in differences), sum(d < 0 for d in differences)
    return Difference(
        n=len(differences),
        mean=mean(differences),
        lower=lower,
        upper=upper,
        tie_lower=tie_lower,
        tie_upper=tie_upper,
        p=paired_t_test(differences) if pairs.is_judged else None,
        p_flip=sign_flip_test(differences),
        p_holm=p_holm,
        wins=wins,
        ties=len(differences) - wins - losses,
        losses=losses,
        verdict=verdict,
        is_within_delta=is_told_apart and _lies_within((lower, upper), pairs.delta),
    )


def _word(pairs: Paired, p: float | None) -> str:
    """Told apart by `p`; or else a tie where the 90 % interval lies within the tolerance."""
    centre, interval = mean(pairs.differences), t_interval(pairs.differences, 1 - CONFIDENCE)
    if p is None or centre is None or interval is None:
        return COLLAPSED if pairs.lost else TOO_FEW
    if p < 1 - CONFIDENCE:
        return BEATS if centre > 0 else LOSES
    if _lies_within(interval, pairs.delta):
        return TIES
    lower, upper = interval
    return UNDERPOWERED if (upper - lower) / 2 > pairs.delta else UNDECIDED


def _lies_within(interval: tuple[float | None, float | None], delta: float) -> bool:
    lower, upper = interval
    return lower is not None and upper is not None and -delta < lower and upper < delta
