"""Tests how masks that change are planned: when rules are asked, what they are given."""

import pytest

from ltsweep.plan.specs import pruning_spec
from ltsweep.pruning.counts import kept_by_level

from ..points import FACTS, plan, stages


def dynamics(*lines):
    """The dynamics of the only point's deepest stage."""
    made = plan(*lines)
    return made.stages[made.points[0].stages[-1]].spec.train.dynamics


@pytest.mark.parametrize(
    ("lines", "begin", "every", "until"),
    [
        # every 100 steps, at most a fiftieth of the training, before three quarters of it
        (("method=rigl", "schedule.length=10000it"), 0, 100, 7500),
        (("method=rigl", "schedule.length=5000it"), 0, 100, 3750),
        (("method=rigl", "schedule.length=4000it"), 0, 80, 3000),
        (("method=rigl", "schedule.length=2000it"), 0, 40, 1500),
        (("method=rigl", "schedule.length=99it"), 0, 1, 74),
        (("method=set", "schedule.length=500ep"), 0, 100, 3750),  # 10 steps an epoch
        (("method=set", "method.every=2ep", "schedule.length=5000it"), 0, 20, 3750),
        (("method=set", "method.every=90it", "method.every_at_most=1"), 0, 90, 300),
        (("method=rigl", "method.until=1", "schedule.length=1000it"), 0, 20, 1000),
        # from a tenth of the training; the last step is one at which the rule may be asked
        (("method=gradual", "schedule.length=10000it"), 1000, 100, 7501),
        (("method=gradual", "schedule.length=1000it"), 100, 20, 751),
        (
            ("method=gradual", "schedule.length=1000it", "method.begin=0", "method.end=1"),
            0,
            20,
            1000,
        ),
    ],
)
def test_when_rules_are_asked(lines, begin, every, until):
    found = dynamics("levels=1", *lines)
    assert (found.begin, found.every, found.until) == (begin, every, until)


def test_rigl_is_asked_as_in_its_paper_and_gradual_pruning_at_the_end_of_its_time():
    assert dynamics("method=rigl", "schedule.length=10000it").steps() == range(100, 7500, 100)
    assert dynamics("method=gradual", "schedule.length=10000it").steps() == range(1100, 7501, 100)


@pytest.mark.parametrize("method", ["gradual", "set", "rigl"])
def test_each_level_is_one_training_from_scratch(method):
    made = plan(f"method={method}")
    dense, *levels = (made.stages[key].spec for key in made.points[0].stages)
    assert len(made.stages) == 4  # no ladder
    assert dense.train.dynamics is None
    assert [spec.parents for spec in levels] == [()] * 3
    assert [spec.start for spec in levels] == [0] * 3
    assert {spec.train.digest for spec in levels} == {levels[0].train.digest}
    assert stages(f"method={method}", "levels=5")[:4] == stages(f"method={method}")


@pytest.mark.parametrize(
    "pruning", ["magnitude_global", "magnitude_layerwise"], ids=lambda p: p.rpartition("_")[2]
)
def test_gradual_pruning_is_given_the_counts_of_iterative_pruning(pruning):
    made = plan("method=gradual", f"pruning={pruning}")
    specs = [made.stages[key].spec for key in made.points[0].stages[1:]]
    counts = kept_by_level(pruning_spec(made.points[0].config), FACTS.layers, 3)
    given = [
        {kept.layers: kept.count for kept in spec.dynamics_given["kept_by_group"]} for spec in specs
    ]
    assert given == counts[1:]


def test_random_starts_have_the_count_of_iterative_pruning():
    made = plan("method=rigl")
    specs = [made.stages[key].spec for key in made.points[0].stages[1:]]
    assert [spec.mask.given["kept"] for spec in specs] == [800, 640, 512]
    assert all(spec.dynamics_given == {} for spec in specs)


@pytest.mark.parametrize(
    ("method", "line", "is_another"),
    [
        ("rigl", "method.drop=0.5", True),
        ("rigl", "method.start=uniform", True),
        ("rigl", "method.until=0.5", True),
        ("rigl", "method.every=3it", True),
        ("rigl", "method.every=200it", False),  # at most a fiftieth of the training anyway
        ("rigl", "pruning=magnitude_layerwise", True),
        ("set", "method.drop=0.5", True),
        ("gradual", "method.begin=0.2", True),
        ("gradual", "method.end=0.5", True),
        ("gradual", "pruning=magnitude_layerwise", True),
    ],
)
def test_what_settings_of_rules_change(method, line, is_another):
    (dense, *levels), (same, *others) = stages(f"method={method}"), stages(f"method={method}", line)
    assert dense == same
    assert set(levels).isdisjoint(others) is is_another


def test_the_settings_of_a_rule_are_an_axis_of_cells():
    made = plan("method=rigl", "method.drop=0.3,0.5")
    assert len({point.cell for point in made.points}) == 2
    assert len(made.stages) == 1 + 2 * 3
