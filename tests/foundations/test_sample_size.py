"""Sample sizes against tables of Student's t: half-width t(0.95, n - 1) * SD / sqrt(n)."""

import pytest

from ltsweep.foundations.sample_size import half_width, largest_sd, seeds_needed


@pytest.mark.parametrize(
    ("n", "t"), [(2, 6.3138), (5, 2.1318), (10, 1.8331), (12, 1.7959), (31, 1.6973)]
)
def test_the_half_width_is_by_the_table(n, t):
    assert half_width(1.9, n) == pytest.approx(t * 1.9 / n**0.5, rel=5e-5)


@pytest.mark.parametrize(
    ("sd", "tolerance", "n"),
    [(0.0, 1.0, 5), (0.8, 1.0, 5), (1.9, 1.0, 12), (1.9, 0.95, 13), (2.0, 1.0, 13), (0.7, 0.5, 8)],
)
def test_the_fewest_seeds_that_are_enough(sd, tolerance, n):
    assert seeds_needed(sd, tolerance) == n
    assert half_width(sd, n) <= tolerance
    assert n == 5 or half_width(sd, n - 1) > tolerance


@pytest.mark.parametrize("sd", [3.0, 30.0, 1e4])
def test_no_fewer_are_enough_however_many_they_are(sd):
    n = seeds_needed(sd, 1.0)
    assert half_width(sd, n) <= 1.0 < half_width(sd, n - 1)


def test_the_largest_standard_deviation_for_ten_seeds():
    assert largest_sd(10, 1.0) == pytest.approx(1.7251, abs=1e-4)
