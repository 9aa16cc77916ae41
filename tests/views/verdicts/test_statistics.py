"""The statistics, against literal tables and scipy."""

import math

import pytest
from scipy import stats

from ltsweep.views.verdicts import statistics
from ltsweep.views.verdicts.statistics import LowestMatching

FIVE = [-0.4, 0.1, 0.3, -0.2, 0.6]  # mean 0.08, SD 0.396232...


def test_mean_and_sample_standard_deviation():
    assert statistics.mean(FIVE) == pytest.approx(0.08)
    assert statistics.standard_deviation(FIVE) == pytest.approx(math.sqrt(0.628 / 4))
    assert statistics.mean([]) is None
    assert statistics.standard_deviation([1.0]) is None


def test_pairs_are_seeds_that_both_have():
    assert statistics.paired_differences({3: 5.0, 1: 2.0, 0: 9.0}, {1: 1.5, 3: 6.0, 7: 0.0}) == [
        0.5,
        -1.0,
    ]


@pytest.mark.parametrize(
    ("n", "half_width_over_sd"),
    [(3, 2.48), (5, 1.24), (6, 1.05)],
)
def test_interval_half_widths_known_from_the_t_table(n, half_width_over_sd):
    values = [float(i) for i in range(n)]
    low, high = statistics.t_interval(values, 0.025)
    sd = statistics.standard_deviation(values)
    assert (high - low) / 2 / sd == pytest.approx(half_width_over_sd, abs=0.005)


def test_interval_equals_scipys():
    expected = stats.t.interval(0.95, 4, loc=0.08, scale=stats.sem(FIVE))
    assert statistics.t_interval(FIVE, 0.025) == pytest.approx(expected)
    assert statistics.t_interval([1.0], 0.025) is None


def test_paired_t_test_equals_scipys():
    assert statistics.paired_t_test(FIVE) == pytest.approx(stats.ttest_1samp(FIVE, 0).pvalue)
    assert statistics.paired_t_test([0.0, 0.0]) == 1.0
    assert statistics.paired_t_test([0.5, 0.5]) == 0.0
    assert statistics.paired_t_test([0.5]) is None


@pytest.mark.parametrize(
    ("differences", "delta", "verdict"),
    [
        # lower bound 0.08 - 2.1318 * 0.3962 / sqrt(5) = -0.2978, upper 0.4578
        (FIVE, 0.3, "matches"),
        (FIVE, 0.29, "undecided"),
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
    assert statistics.matching(differences, delta).verdict == verdict


def test_matching_bounds_are_one_sided():
    found = statistics.matching(FIVE, 0.3)
    half = stats.t.ppf(0.95, 4) * stats.sem(FIVE)
    assert (found.lower, found.upper) == pytest.approx((0.08 - half, 0.08 + half))
    assert found.n == 5


def test_survivors_of_diverged_seeds_cannot_show_a_match():
    assert statistics.matching(FIVE, 0.3, diverged=1).verdict == "undecided"
    assert statistics.matching([d - 1 for d in FIVE], 0.5, diverged=1).verdict == "below"


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        (["matches", "matches", "below", "matches"], LowestMatching(2, "below")),
        (["matches", "undecided", "matches"], LowestMatching(1, "undecided")),
        (["below"], LowestMatching(None, "below")),
        (["matches", "matches"], LowestMatching(2, "last level")),
        (["n < 5"], LowestMatching(None, "n < 5")),
        ([], LowestMatching(None, "last level")),
    ],
)
def test_lowest_matching_stops_at_the_first_that_does_not(verdicts, expected):
    assert statistics.lowest_matching(verdicts) == expected


def test_holm_on_the_textbook_table():
    # sorted: 0.005 * 4, 0.01 * 3, 0.03 * 2, then 0.04 * 1 raised to its predecessor
    assert statistics.holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert statistics.holm([0.9, 0.6]) == [1.0, 1.0]
    assert statistics.holm([]) == []


def test_comparisons_name_a_winner_only_with_five_seeds_and_after_holm():
    clear = [2.0, 2.1, 1.9, 2.2, 1.8]
    found = statistics.compare([clear, [-d for d in clear], FIVE, clear[:4]])
    assert [d.verdict for d in found] == [
        "ticket better",
        "control better",
        "not told apart",
        "n < 5",
    ]
    assert found[0].p_holm == pytest.approx(3 * stats.ttest_1samp(clear, 0).pvalue)
    assert found[3].p is None
    assert found[3].lower == pytest.approx(2.05 - 3.18245 * 0.129099 / 2, abs=1e-4)
    assert (found[2].wins, found[2].ties, found[2].losses) == (3, 0, 2)


def test_a_family_can_hide_what_one_comparison_would_show():
    borderline = [0.1, 0.5, 0.9, 0.2, 0.4]  # p = 0.043 alone
    assert statistics.compare([borderline])[0].verdict == "ticket better"
    assert statistics.compare([borderline, borderline])[0].verdict == "not told apart"


def test_area_is_the_mean_height_over_log_density():
    # a step of two equal log intervals: heights 10, 20, 40 -> (15 + 30) / 2
    assert statistics.area_under_curve(
        [1.0, 0.1, 0.01], [10.0, 20.0, 40.0], [0.01, 0.1, 1.0]
    ) == pytest.approx(22.5)
    assert statistics.area_under_curve([1.0, 0.01], [5.0, 5.0], [0.02, 0.5]) == pytest.approx(5.0)
    assert statistics.area_under_curve([1.0], [5.0], [1.0]) is None


def test_area_interpolates_in_log_density():
    assert statistics.area_under_curve([1.0, 0.01], [0.0, 20.0], [0.1, 1.0]) == pytest.approx(5.0)


def test_common_grid_is_the_union_within_what_all_cover():
    assert statistics.common_grid([[1.0, 0.5, 0.25], [1.0, 0.4, 0.1]]) == [0.25, 0.4, 0.5, 1.0]
    assert statistics.common_grid([[1.0, 0.0]]) == [1.0]
    assert statistics.common_grid([]) == []


def test_sampling_error_of_the_digits_test_set():
    assert 100 * statistics.sampling_sd(0.98, 497) == pytest.approx(0.628, abs=0.001)
