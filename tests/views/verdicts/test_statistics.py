"""The statistics, against literal tables and scipy."""

import math

import pytest
from scipy import stats

from ltsweep.views.verdicts import statistics

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


def test_holm_on_the_textbook_table():
    # sorted: 0.005 * 4, 0.01 * 3, 0.03 * 2, then 0.04 * 1 raised to its predecessor
    assert statistics.holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert statistics.holm([0.9, 0.6]) == [1.0, 1.0]
    assert statistics.holm([]) == []


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


def test_all_sign_flips_of_a_small_sample():
    # of the 8 sums of +-1, +-2 and +-3 only 6 and -6 lie as far from 0 as 6
    assert statistics.sign_flip_test([1.0, 2.0, 3.0]) == 2 / 8
    # of those of +-1, +-1 and +-2 these lie as far from 0 as 2: 4 and -4 once, 2 and -2 twice each
    assert statistics.sign_flip_test([1.0, -1.0, 2.0]) == 6 / 8
    assert statistics.sign_flip_test([0.0, 0.0]) == 1.0
    assert statistics.sign_flip_test([]) is None
    assert statistics.sign_flip_test([1.0] * 21) is None


def test_sign_flips_equal_scipys_permutation_test():
    def mean(values, axis):
        return values.mean(axis)

    found = stats.permutation_test((FIVE,), mean, permutation_type="samples", n_resamples=10**6)
    assert statistics.sign_flip_test(FIVE) == pytest.approx(found.pvalue)


def test_medians():
    assert statistics.median([3.0, 1.0, 2.0]) == 2.0
    assert statistics.median([4.0, 1.0, 2.0, 3.0]) == 2.5
    assert statistics.median([]) is None


def test_chance_ends_three_standard_errors_above_it():
    # of 497 images in ten classes: 0.1 + 3 * sqrt(0.09 / 497) = 0.14037
    assert statistics.is_at_chance(0.140, 0.1, 497)
    assert not statistics.is_at_chance(0.141, 0.1, 497)
