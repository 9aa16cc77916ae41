"""How often verdicts are wrong over simulated sweeps whose truth is known.

Differences of accuracies over seeds are drawn; the rules that reports use judge them. Counts of
errors are held against the binomial distribution of as many sweeps. `make soak` has many
more of them than the usual tests.
"""

import numpy as np
import pytest
from scipy.stats import binom

from ltsweep.views.verdicts import rules
from ltsweep.views.verdicts.statistics import is_at_chance, paired_differences, paired_interval

DELTA = 0.5  # points
SEEDS = (5, 10)
IMAGES = 5000


@pytest.fixture(params=[300, pytest.param(2000, marks=pytest.mark.soak)])
def sweeps(request):
    """How many sweeps are simulated."""
    return request.param


def at_most(rate, sweeps):
    """As many errors as are seen by accident once in a thousand times at this rate."""
    return binom.ppf(0.999, sweeps, rate)


def about(rate, sweeps):
    return binom.ppf(0.0005, sweeps, rate), binom.ppf(0.9995, sweeps, rate)


def differences(sweeps, seeds, shift=0.0, spread=0.7, key=0):
    draw = np.random.default_rng((seeds, key))
    return (shift + spread * draw.standard_normal((sweeps, seeds))).tolist()


def sweeps_of(sweeps, seeds, contrasts, spread=0.7, key=0):
    """The differences of a ticket to controls: all contrasts of a sweep share the ticket."""
    draw = np.random.default_rng((seeds, contrasts, key))
    ticket = draw.standard_normal((sweeps, 1, seeds))
    control = draw.standard_normal((sweeps, contrasts, seeds))
    return (spread * (ticket - control) / np.sqrt(2)).tolist()


@pytest.mark.parametrize("seeds", SEEDS)
@pytest.mark.parametrize("spread", [0.2, 0.7, 4.0])  # as of a dense arm that is narrow, or wide
def test_an_arm_just_below_the_tolerance_matches_in_one_of_twenty_sweeps(sweeps, seeds, spread):
    found = [rules.matching(d, DELTA).verdict for d in differences(sweeps, seeds, -DELTA, spread)]
    low, high = about(0.05, sweeps)
    assert low <= found.count(rules.MATCHES) <= high
    assert low <= found.count(rules.BELOW) <= high


@pytest.mark.parametrize("seeds", SEEDS)
def test_an_arm_that_is_worse_than_that_matches_less_often(sweeps, seeds):
    found = [rules.matching(d, DELTA).verdict for d in differences(sweeps, seeds, -2 * DELTA)]
    assert found.count(rules.MATCHES) < about(0.05, sweeps)[0]


@pytest.mark.parametrize("seeds", SEEDS)
def test_a_report_without_any_difference_tells_of_one_in_one_of_twenty_sweeps(sweeps, seeds):
    wrong = 0
    for sweep in sweeps_of(sweeps, seeds, contrasts=6):
        found = rules.compare([rules.Paired(d, DELTA) for d in sweep])
        wrong += any(one.verdict in (rules.BEATS, rules.LOSES) for one in found)
    assert 0 < wrong <= at_most(0.05, sweeps)


@pytest.mark.parametrize("seeds", SEEDS)
def test_where_some_contrasts_are_real_the_others_are_told_apart_as_seldom(sweeps, seeds):
    """The first three of six are won by five points."""
    wrong, right = 0, 0
    for sweep in sweeps_of(sweeps, seeds, contrasts=6, key=1):
        shifted = [[d + 5 * (i < 3) for d in one] for i, one in enumerate(sweep)]
        found = rules.compare([rules.Paired(d, DELTA) for d in shifted])
        wrong += any(one.verdict in (rules.BEATS, rules.LOSES) for one in found[3:])
        right += all(one.verdict == rules.BEATS for one in found[:3])
    assert wrong <= at_most(0.05, sweeps)
    assert right > 0.9 * sweeps


@pytest.mark.parametrize("seeds", SEEDS)
def test_the_primary_contrast_is_wrong_in_one_of_twenty_sweeps(sweeps, seeds):
    found = [
        rules.judge_alone(rules.Paired(d, DELTA)).verdict for d in differences(sweeps, seeds, key=2)
    ]
    low, high = about(0.05, sweeps)
    assert low <= found.count(rules.BEATS) + found.count(rules.LOSES) <= high


@pytest.mark.parametrize("seeds", SEEDS)
@pytest.mark.parametrize("shift", [-DELTA, DELTA])
def test_arms_that_differ_by_the_tolerance_tie_in_at_most_one_of_twenty_sweeps(
    sweeps, seeds, shift
):
    drawn = differences(sweeps, seeds, shift, spread=0.2, key=3)
    found = [rules.judge_alone(rules.Paired(d, DELTA)).verdict for d in drawn]
    assert found.count(rules.TIES) <= at_most(0.05, sweeps)


def test_where_seeds_collapse_no_t_verdict_is_given(sweeps):
    """One seed in five falls to chance: of an interval that covers two of three such sweeps."""
    draw = np.random.default_rng(4)
    dense, arm = 90 + draw.standard_normal((2, sweeps, 5))
    arm = np.where(draw.random((sweeps, 5)) < 0.2, 10 + draw.uniform(-1, 1, arm.shape), arm)
    told = set()
    for one, other in zip(arm.tolist(), dense.tolist(), strict=True):
        lost = sum(is_at_chance(accuracy / 100, 0.1, IMAGES) for accuracy in one)
        pairs = paired_differences(dict(enumerate(one)), dict(enumerate(other)))
        matched = rules.matching(pairs, DELTA, lost).verdict
        (compared,) = rules.compare([rules.Paired(pairs, DELTA, lost)])
        alone = rules.judge_alone(rules.Paired(pairs, DELTA, lost))
        assert lost == sum(accuracy < 50 for accuracy in one)
        if lost:
            told |= {matched, compared.verdict, alone.verdict}
            assert (compared.p, compared.p_holm, alone.p) == (None, None, None)
            assert compared.n == 5 and compared.p_flip is not None  # nothing is dropped
        else:
            assert compared.p is not None
    assert told == {rules.COLLAPSED}


@pytest.mark.parametrize("seeds", [2, 5, 10])
def test_intervals_of_matrices_and_contrasts_hold_the_truth_in_19_of_20_sweeps(sweeps, seeds):
    truth = 1.3
    found = [paired_interval(d) for d in differences(sweeps, seeds, truth, key=5)]
    low, high = about(0.95, sweeps)
    assert low <= sum(lower <= truth <= upper for lower, upper in found) <= high


@pytest.mark.parametrize("seeds", SEEDS)
def test_going_down_a_level_that_does_not_match_is_passed_in_one_of_twenty_sweeps(sweeps, seeds):
    """Levels 1 to 3 are as dense, all further ones lie at the tolerance.

    The fixed order needs no correction up to the first level that does not match; what the bracket
    leaves open is told by `open`.
    """
    draw = np.random.default_rng((seeds, 6))
    means = np.array([0.0] * 3 + [-DELTA] * 5)[:, None]
    passed = 0
    for sweep in (means + 0.2 * draw.standard_normal((sweeps, 8, seeds))).tolist():
        found = rules.lowest_matching([rules.matching(d, DELTA).verdict for d in sweep])
        passed += found.level is not None and found.level > 3 and not found.open
    assert passed <= at_most(0.05, sweeps)
