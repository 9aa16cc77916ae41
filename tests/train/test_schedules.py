"""Tests learning-rate schedules against literal tables."""

import pytest

from ltsweep.foundations.components import ValidationError, bind
from ltsweep.spec import ScheduleSpec
from ltsweep.train.schedules import (
    Factors,
    constant,
    cosine,
    learning_rate_factor,
    linear,
    milestones,
)


def schedule(name, total, warmup=0, **settings):
    factor = bind(f"ltsweep.train.schedules.{name}", settings)
    return ScheduleSpec(total=total, warmup=warmup, factor=factor, validate_every=1)


def rates(spec):
    return [learning_rate_factor(spec, step) for step in range(spec.total)]


def test_constant():
    assert [constant(step, 5) for step in range(5)] == [1, 1, 1, 1, 1]


def test_milestones_fall_at_fractions_of_the_length():
    table = [milestones(step, 8) for step in range(8)]
    assert table == pytest.approx([1, 1, 1, 1, 0.1, 0.1, 0.01, 0.01])
    table = [milestones(step, 10, at=(0.1, 0.3, 0.9), gamma=0.5) for step in range(10)]
    assert table == pytest.approx([1, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.125])


def test_milestones_of_a_length_that_does_not_divide_fall_at_the_nearest_step():
    table = [milestones(step, 7, at=(0.5, 0.8)) for step in range(7)]
    assert table == pytest.approx([1, 1, 1, 1, 0.1, 0.1, 0.01])


def test_cosine():
    expected = [1, 0.9330127, 0.75, 0.5, 0.25, 0.0669873]
    assert [cosine(step, 6) for step in range(6)] == pytest.approx(expected)
    assert cosine(6, 6) == pytest.approx(0)
    assert [cosine(step, 4, final=0.2) for step in (0, 2, 4)] == pytest.approx([1, 0.6, 0.2])


def test_linear_is_constant_and_then_a_line_to_its_end():
    table = [linear(step, 10) for step in range(11)]
    assert table == pytest.approx([1, 1, 1, 1, 1, 1, 1, 1, 2 / 3, 1 / 3, 0])
    assert [linear(step, 4, decay=1) for step in range(5)] == [1, 0.75, 0.5, 0.25, 0]
    assert [linear(step, 4, decay=0.5, final=0.2) for step in (0, 2, 3, 4)] == pytest.approx(
        [1, 1, 0.6, 0.2]
    )


def test_warmup_is_linear_from_one_nth_and_multiplies_the_schedule():
    assert rates(schedule("constant", 6, warmup=4)) == pytest.approx([0.25, 0.5, 0.75, 1, 1, 1])
    assert rates(schedule("constant", 3, warmup=1)) == [1, 1, 1]
    assert rates(schedule("constant", 3)) == [1, 1, 1]
    assert rates(schedule("milestones", 4, warmup=3)) == pytest.approx([1 / 3, 2 / 3, 0.1, 0.01])


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("milestones", {"at": [0.5, 1.5]}),
        ("milestones", {"at": [0]}),
        ("milestones", {"gamma": 0}),
        ("milestones", {"gamma": 2}),
        ("cosine", {"final": -0.1}),
        ("constant", {"final": 0.1}),
        ("linear", {"decay": 0}),
        ("linear", {"decay": 1.5}),
        ("linear", {"final": 2}),
    ],
)
def test_settings_that_make_no_sense_are_refused(name, settings):
    with pytest.raises(ValidationError):
        bind(f"ltsweep.train.schedules.{name}", settings)


def test_replicates_of_a_pack_step_at_the_rates_of_their_own_schedules():
    schedules = [schedule("cosine", 10), schedule("cosine", 10, warmup=4), schedule("cosine", 10)]
    factors = Factors(schedules)
    for step in range(10):
        expected = [learning_rate_factor(each, step) for each in schedules]
        assert factors.at(step, 3) == expected
        assert factors.at(step, 2) == expected[:2]
