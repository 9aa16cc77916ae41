"""Tests step numbers: epochs and fractions become steps before anything is hashed."""

import pytest

from ..points import stages


@pytest.mark.parametrize(
    ("length", "fraction", "steps"),
    [
        ("400it", "0.08", "32it"),
        ("40ep", "0.08", "32it"),  # 10 steps an epoch
        ("62it", "0.08", "5it"),  # 4.96
        ("31it", "0.08", "2it"),  # 2.48
        ("400it", "0.0", "0it"),
    ],
)
def test_a_warmup_that_is_a_fraction_follows_the_length(length, fraction, steps):
    training = ("method=imp", "reset.step=0it", f"schedule.length={length}")
    as_fraction = stages(*training, f"schedule.warmup={fraction}")
    assert as_fraction == stages(*training, f"schedule.warmup={steps}")
    assert as_fraction != stages(*training, "schedule.warmup=9it")


def test_a_targets_warmup_is_a_fraction_of_the_targets_training():
    target = ("method=imp", "reset.step=0it", "target_schedule.length=100it")
    as_fraction = stages(*target, "schedule.warmup=0.1")
    assert as_fraction == stages(*target, "schedule.warmup=40it", "target_schedule.warmup=10it")
