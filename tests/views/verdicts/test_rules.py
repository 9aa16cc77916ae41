"""The rules, against literal tables."""

import numpy as np
import pytest
from scipy import stats

from ltsweep.views.verdicts import rules
from ltsweep.views.verdicts.rules import LowestMatching, Paired

FIVE = [-0.4, 0.1, 0.3, -0.2, 0.6]  # mean 0.08, SD 0.396232...


@pytest.mark.parametrize(
    ("differences", "delta", "verdict"),
    [
        # lower bound 0.08 - 2.1318 * 0.3962 / sqrt(5) = -0.2978, upper 0.4578
        (FIVE, 0.3, "matches"),
        (FIVE, 0.29, "underpowered"),  # the half-width is 0.3778
        # shifted by -1: lower -1.2978, upper -0.5422
        ([d - 1 for d in FIVE], 0.54, "below"),
        ([d - 1 for d in FIVE], 0.55, "undecided"),
        ([d - 1 for d in FIVE], 1.3, "matches"),
        # better than dense by any margin matches
        ([d + 9 for d in FIVE], 0.2, "matches"),
        (FIVE[:4], 5.0, "n < 5"),
        ([], 5.0, "n < 5"),
    ],
)
def test_matching_rule(differences, delta, verdict):
    assert rules.matching(differences, delta).verdict == verdict


def test_matching_bounds_are_one_sided():
    found = rules.matching(FIVE, 0.3)
    half = stats.t.ppf(0.95, 4) * stats.sem(FIVE)
    assert (found.lower, found.upper) == pytest.approx((0.08 - half, 0.08 + half))
    assert found.n == 5


def test_where_seeds_are_lost_no_bound_holds():
    assert rules.matching(FIVE, 0.3, lost=1).verdict == "collapsed"
    assert rules.matching([d - 9 for d in FIVE], 0.5, lost=1).verdict == "collapsed"


def test_what_matches_within_the_tolerance_may_be_below_all_the_same():
    steady = [-0.6, -0.5, -0.7, -0.6, -0.4]
    assert rules.matching(steady, 1.0).verdict == "matches"
    assert rules.matching(steady, 1.0).is_below_all_the_same
    assert not rules.matching(FIVE, 1.0).is_below_all_the_same
    assert not rules.matching([-d for d in steady], 1.0).is_below_all_the_same


M, U, B, C = "matches", "undecided", "below", "collapsed"


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([M, M, B, M], LowestMatching(2, 3, B, 0)),
        # a level that cannot be told does not hide what is known below it
        ([M, U, M, U, B], LowestMatching(3, 5, B, 2)),
        ([M, U, M], LowestMatching(3, None, "last level", 1)),
        ([M, U, U], LowestMatching(1, None, U, 2)),
        ([B, M], LowestMatching(None, 1, B, 0)),
        ([U, C], LowestMatching(None, 2, C, 1)),
        ([M, M], LowestMatching(2, None, "last level", 0)),
        (["n < 5"], LowestMatching(None, None, "n < 5", 1)),
        ([], LowestMatching(None, None, "last level", 0)),
    ],
)
def test_the_bracket_of_the_lowest_matching_level(verdicts, expected):
    assert rules.lowest_matching(verdicts) == expected


CLEAR = [2.0, 2.1, 1.9, 2.2, 1.8]
BORDERLINE = [0.1, 0.5, 0.9, 0.2, 0.4]  # p = 0.043 alone


def test_contrasts_name_a_winner_only_with_five_seeds_and_after_holm():
    family = [CLEAR, [-d for d in CLEAR], FIVE, CLEAR[:4]]
    found = rules.compare([Paired(differences, 1.0) for differences in family])
    assert [d.verdict for d in found] == ["beats", "loses to", "ties with", "n < 5"]
    assert found[0].p_holm == pytest.approx(3 * stats.ttest_1samp(CLEAR, 0).pvalue)
    assert found[3].p is None
    assert found[3].lower == pytest.approx(2.05 - 3.18245 * 0.129099 / 2, abs=1e-4)
    assert (found[2].wins, found[2].ties, found[2].losses) == (3, 0, 2)


@pytest.mark.parametrize(
    ("differences", "delta", "words"),
    [
        (CLEAR, 1.0, "beats"),
        (CLEAR, 2.5, "beats, within delta"),  # its 95 % interval ends at 2.2
        ([-d for d in CLEAR], 2.5, "loses to, within delta"),
        ([0.0] * 5, 0.1, "ties with"),
        ([1, -1, 1, -1, 0], 1.0, "ties with"),  # the 90 % interval is 0 ± 0.95
        ([1, -1, 1, -1, 0], 0.953, "underpowered"),  # and more exactly 0.9534
        ([1, 1, 1, -0.6, 0], 1.0, "undecided"),  # -0.23 … 1.19
        (CLEAR[:4], 9.0, "n < 5"),
    ],
)
def test_the_words_of_a_contrast(differences, delta, words):
    (found,) = rules.compare([Paired(differences, delta)])
    assert found.in_words == words
    assert rules.judge_alone(Paired(differences, delta)).in_words == words


def test_ties_are_told_by_a_90_percent_interval():
    (found,) = rules.compare([Paired(FIVE, 1.0)])
    low, high = stats.t.interval(0.9, 4, np.mean(FIVE), stats.sem(FIVE))
    assert (found.tie_lower, found.tie_upper) == (pytest.approx(low), pytest.approx(high))
    assert rules.compare([Paired(FIVE, high * 1.001)])[0].verdict == "ties with"
    assert rules.compare([Paired(FIVE, high * 0.999)])[0].verdict != "ties with"


def test_a_family_can_hide_what_one_contrast_would_show():
    one = Paired(BORDERLINE, 0.1)
    assert rules.compare([one])[0].verdict == "beats"
    assert rules.compare([one, one])[0].verdict == "underpowered"
    assert rules.judge_alone(one).verdict == "beats"


def test_a_contrast_that_lost_seeds_is_in_no_family():
    found = rules.compare([Paired(BORDERLINE, 1.0), Paired(BORDERLINE, 1.0, lost=1)])
    assert [d.verdict for d in found] == ["beats", "collapsed"]
    assert (found[1].p, found[1].p_holm) == (None, None)
    assert found[1].p_flip == 2 / 32
