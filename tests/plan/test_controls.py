"""Plans of controls and of ladders other than rewinding: what they share, start from and refuse."""

from collections import Counter

import pytest

from ..points import plan
from ..sweeps_here import selection, wanted

COUNTED = "method=random_mask,random_pruning,erk,balanced"

LADDERS = "method=imp,lr_rewind,finetune"


def endless(step, total):
    """A schedule that has a rate for each step, and none for its end."""
    return total[step] if step == total else 1.0


def by_level(made):
    return dict(Counter(stage.spec.level for stage in made.stages.values()))


def own(made):
    """The specifications of the only point's own levels."""
    (point,) = made.points
    return [made.stages[key].spec for key in point.stages[1:]]


@pytest.mark.parametrize(
    ("lines", "stages"),
    [
        # what depends on counts alone needs no ladder
        ([COUNTED], {0: 1, 1: 4, 2: 4, 3: 4}),
        ([COUNTED, "reset.step=0it,20it"], {0: 1, 1: 4, 2: 4, 3: 4}),
        # with the source's weights it needs the dense training
        ([COUNTED, "method.weights=source"], {0: 1, 1: 4, 2: 4, 3: 4}),
        ([COUNTED, "method.weights=end"], {0: 1, 1: 4, 2: 4, 3: 4}),
        # one ladder of two levels serves the controls of all three
        (["method=reinit_signs,shuffled_values"], {0: 1, 1: 1 + 2, 2: 1 + 2, 3: 2}),
        # the control draw is trained to the reset step once
        (["method=fresh_at_k"], {0: 1 + 1, 1: 1 + 1, 2: 1 + 1, 3: 1}),
        (["method=fresh_at_k", "reset.step=5it,20it"], {0: 1 + 2, 1: 4, 2: 4, 3: 2}),
        (["method=fresh_at_k", "pruning.fraction=0.2,0.3"], {0: 1 + 1, 1: 4, 2: 4, 3: 2}),
        # ladders of their own, with nothing beside them but the dense training
        ([LADDERS, "schedule=milestones"], {0: 1, 1: 3, 2: 3, 3: 3}),
        ([LADDERS, "schedule=milestones", "pruning.schedule=oneshot"], {0: 1, 1: 3, 2: 3, 3: 3}),
        # where the rate never changes, rewinding it and the last one are the same
        ([LADDERS, "schedule=constant"], {0: 1, 1: 2, 2: 2, 3: 2}),
    ],
)  # fmt: skip
def test_what_controls_and_ladders_share(lines, stages):
    assert by_level(plan(*lines)) == stages


def test_controls_that_need_counts_alone_are_shared_by_all_sources(tmp_path):
    lines = ("dataset.split_seed=0,1", "target.split_seed=0,1")
    assert by_level(selection(tmp_path, *lines, COUNTED).plan) == {0: 2, 1: 2 * 4, 2: 2 * 4}


def test_the_control_draw_is_trained_on_the_source_to_the_reset_step_and_no_further():
    made = plan("method=fresh_at_k", "reset.step=20it", "init@control_init=xavier_normal")
    (control,) = [s for s in made.stages.values() if s.spec.level == 0 and s.spec.is_prefix]
    assert (control.spec.start, control.spec.stop, control.snapshots) == (0, 20, (20,))
    assert control.spec.weights.rule.target == "ltsweep.methods.fresh"
    assert "xavier" in control.spec.weights.given["fresh"].distribution.target
    assert {spec.weights.given["fresh_at_reset"].stage for spec in own(made)} == {control.key}


def test_sources_share_the_control_draw_of_their_targets(tmp_path):
    made = selection(tmp_path, "method=fresh_at_k", "target.split_seed=1,2").plan
    prefixes = [s.spec for s in made.stages.values() if s.spec.is_prefix]
    assert [spec.train.data.split.split_seed for spec in prefixes] == [0]


@pytest.mark.parametrize(
    ("method", "start"),
    [
        ("imp", 20),
        ("lr_rewind", 20),
        ("finetune", 20),
        ("random_reinit", 0),
        ("reinit_signs", 0),
        ("shuffled_values", 0),
        ("fresh_at_k", 0),
        ("layerwise_permuted method.weights=source", 0),
        ("random_mask method.weights=source", 0),
        ("layerwise_permuted method.weights=end", 0),
    ],
)
def test_a_ladder_goes_on_at_the_reset_step_and_every_control_has_the_whole_schedule(method, start):
    lines = ("reset.step=20it", *f"method={method}".split())
    assert {spec.start for spec in own(plan(*lines))} == {start}
    assert {spec.start for spec in own(plan(*lines, "reset.schedule=restart"))} == {0}


@pytest.mark.parametrize("method", ["lr_rewind", "finetune"])
def test_each_level_goes_on_from_the_end_of_the_one_before(method):
    made = plan(f"method={method}")
    (point,) = made.points
    for level, spec in enumerate(own(made), 1):
        before = point.stages[level - 1]
        assert spec.mask.given["ladder"].stage == spec.weights.given["previous"].stage == before
        assert spec.weights.given["previous"].step is None


@pytest.mark.parametrize("method", ["lr_rewind", "finetune"])
def test_in_one_shot_each_level_goes_on_from_the_dense_end(method):
    made = plan(f"method={method}", "pruning.schedule=oneshot")
    (point,) = made.points
    for spec in own(made):
        assert spec.mask.given["ladder"].stage == point.stages[0]
        assert spec.weights.given["previous"].stage == point.stages[0]


@pytest.mark.parametrize("method", ["lr_rewind", "finetune"])
def test_on_a_target_their_ladder_is_the_sources_and_each_level_has_the_whole_schedule(
    tmp_path, method
):
    lines = (f"method={method}", "target.split_seed=1", "target_optimizer.lr=0.3")
    made = selection(tmp_path, *lines).plan
    assert by_level(made) == {0: 2, 1: 2, 2: 1}
    for spec in own(made):
        source = made.stages[spec.weights.given["previous"].stage].spec
        assert source.train.data.split.split_seed == 0 and source.level == spec.level - 1
        assert (spec.start, spec.train.optimizer.params["lr"]) == (0, 0.3)
        assert spec.moved.head is not None


@pytest.mark.parametrize(
    ("lines", "rate"),
    [
        ((), 0.1),  # of a constant schedule
        (("schedule=milestones",), 0.001),  # two milestones
        (("schedule=milestones", "schedule.gamma=0.5", "schedule.at=[0.5]"), 0.05),
        (("schedule=cosine", "schedule.final=0.2"), 0.02),
        (("schedule=cosine",), 0.01),  # ends at 0
        (("schedule=milestones", "schedule.warmup=9it", "method.lr=0.03"), 0.03),
    ],
)
def test_fine_tuning_has_one_rate_the_last_of_the_schedule_if_none_is_set(lines, rate):
    made = plan("method=finetune", "optimizer.lr=0.1", "reset.step=20it", *lines)
    (point,) = made.points
    dense = made.stages[point.stages[0]].spec.train
    for spec in own(made):
        schedule = spec.train.schedule
        assert spec.train.optimizer.params["lr"] == pytest.approx(rate)
        assert {schedule.factor(step, schedule.total) for step in range(20, schedule.total)} == {1}
        assert (schedule.warmup, spec.start, spec.stop) == (0, 20, dense.schedule.total)
        optimizer = spec.train.optimizer.model_copy(update={"params": dense.optimizer.params})
        assert optimizer == dense.optimizer


def test_points_of_other_rates_are_told_apart_and_of_equal_ones_are_one():
    rates = plan("method=finetune", "method.lr=last,0.01,0.02", "optimizer.lr=0.02").points
    assert len({point.cell for point in rates}) == len(rates) == 2


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (("method=finetune", "method.lr=0"), "method.lr=0 must be last, or a number greater than"),
        (("method=finetune", "method.lr=first"), "method.lr=first must be last, or a number"),
        (("method=imp", "+method.lr=0.1"), "method: lr is the rate of a method's own ladder"),
        (
            ("method=erk", "method.weights=sorce"),
            "method.weights: 'sorce' must be fresh, end or source, or the dotted name of a rule",
        ),
        (
            ("method=finetune", "schedule._target_=tests.plan.test_controls.endless"),
            "method.lr=last is the rate that the schedule ends with, but tests.plan.test_controls.",
        ),
        (
            ("method=imp", "reset.step=13it", "reset.schedule=restart", "schedule.length=12it"),
            "reset.step=13it is step 13 of a training of 12 steps; it must be at most 12it, the",
        ),
        (
            ("method=imp", "reset.step=12it", "schedule.length=12it"),
            "reset.step=12it is step 12 of a training of 12 steps; it must be at most 11it, so",
        ),
    ],
)
def test_wrong_methods_are_refused(lines, sentence):
    (told,) = wanted(*lines).problems
    assert told.startswith(sentence)


def snapshot(*lines):
    return plan("reset.optimizer=snapshot", "reset.step=20it", *lines)


@pytest.mark.parametrize(
    "lines", [("method=imp",), ("method=layerwise_permuted", "method.weights=source")]
)
def test_the_optimizer_of_the_reset_step_goes_on_with_the_weights_of_then(lines):
    made = snapshot(*lines)
    (point,) = made.points
    for spec in own(made):
        source = spec.optimizer_state
        assert (source.stage, source.what, source.step) == (point.stages[0], "optimizer", 20)
    assert made.stages[point.stages[0]].optimizer_snapshots == (20,)
    ladder = [s.spec for s in made.stages.values() if s.spec.level == 1]
    assert all(spec.optimizer_state is not None for spec in ladder)


def test_optimizers_that_go_on_make_other_points_and_stages():
    fresh, goes_on = plan("reset.step=20it"), snapshot()
    assert fresh.points[0].stages[0] == goes_on.points[0].stages[0]
    assert not {*fresh.points[0].stages[1:]} & {*goes_on.points[0].stages[1:]}
    assert fresh.points[0].cell != goes_on.points[0].cell


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (
            (f"method={method}",),
            "reset.optimizer=snapshot goes on with the optimizer of the source at the reset step, "
            f"so it takes the source's weights of then; method={method} starts from others: write "
            "reset.optimizer=fresh",
        )
        for method in ("random_reinit", "reinit_signs", "fresh_at_k", "lr_rewind", "trained")
    ]
    + [
        (
            ("method=imp", "optimizer@target_optimizer=adam"),
            "reset.optimizer=snapshot goes on with the optimizer of the source at the reset step, "
            "so the target needs the same one, whatever its rate; target_optimizer=adam is "
            "another, or set otherwise: write reset.optimizer=fresh",
        )
    ],
)
def test_an_optimizer_that_cannot_go_on_is_refused(lines, sentence):
    assert wanted("reset.optimizer=snapshot", *lines).problems == [sentence]


@pytest.mark.parametrize(
    "lines", [("method=dense",), ("method=imp", "target_optimizer.lr=0.3", "target.half=a")]
)
def test_an_optimizer_that_can_is_not(lines):
    assert wanted("reset.optimizer=snapshot", *lines).problems == []
