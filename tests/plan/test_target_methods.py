"""Plans of methods that go on from transfer: pruned after it at once, or on the way."""

import pytest

from ..points import plan
from ..sweeps_here import selection, wanted

THERE = ("target.split_seed=1", "target_schedule.length=8it")


def made(tmp_path, *lines):
    """The only point of a sweep with the specifications of its levels 1, 2, ..."""
    found = selection(tmp_path, *THERE, *lines).plan
    (point,) = found.points
    return found, [found.stages[key].spec for key in point.stages[1:]]


def test_one_shot_starts_from_the_same_training_as_ordinary_transfer_learning(tmp_path):
    found, levels = made(tmp_path, "method=transfer_oneshot")
    transfer = selection(tmp_path, *THERE, "method=dense_transfer").plan
    (through,) = transfer.points[0].stages
    assert through in found.stages
    for spec in levels:
        mask = spec.mask.given["scored_transferred"]
        assert (mask.stage, mask.what, mask.step) == (through, "next mask", None)
        assert spec.weights.given["transferred"].stage == through
        assert spec.parents == (through,)
        assert spec.moved is None  # the target's own head, which was trained
    assert found.stages[through].keeps_end
    assert len(found.stages) == 3 + len(levels)  # both dense trainings and the transfer


def test_its_counts_are_those_of_iterative_pruning(tmp_path):
    _, levels = made(tmp_path, "method=transfer_oneshot")
    _, tickets = made(tmp_path, "method=random_mask")
    for spec, ticket in zip(levels, tickets, strict=True):
        counts = [kept.count for kept in spec.mask.given["scored_transferred"].kept]
        assert sum(counts) == ticket.mask.given["kept"]


@pytest.mark.parametrize(
    ("lines", "rate"),
    [
        (("target_optimizer.lr=0.3",), 0.3),  # of a constant schedule
        (("target_optimizer.lr=0.3", "schedule@target_schedule=milestones"), 0.003),
        (("target_optimizer.lr=0.3", "schedule@target_schedule=linear"), 0.03),  # ends at 0
        (("method.lr=0.02",), 0.02),
    ],
)
def test_it_is_fine_tuned_at_the_targets_last_rate_for_the_targets_whole_length(
    tmp_path, lines, rate
):
    found, levels = made(tmp_path, "method=transfer_oneshot", *lines, "target_schedule.length=8it")
    for spec in levels:
        schedule = spec.train.schedule
        assert spec.train.optimizer.params["lr"] == pytest.approx(rate)
        assert {schedule.factor(step, 8) for step in range(8)} == {1}
        assert (spec.start, spec.stop) == (0, 8)
    dense = found.stages[found.points[0].stages[0]].spec
    assert dense.train.optimizer.params["lr"] == (0.3 if len(lines[0]) > 15 else 0.05)


def test_without_a_rate_it_has_the_targets_schedule(tmp_path):
    _, levels = made(tmp_path, "method=transfer_oneshot", "method.lr=null", "schedule=linear")
    for spec in levels:
        assert spec.train.schedule.factor.target == "ltsweep.train.linear"


def test_criteria_read_the_targets_examples(tmp_path):
    _, levels = made(tmp_path, "method=transfer_oneshot", "pruning=snip")
    for spec in levels:
        (scored,) = spec.scored
        assert scored == spec.train.data and scored.split.split_seed == 1


def test_gradual_pruning_on_the_target_begins_at_the_end_of_the_sources_training(tmp_path):
    found, levels = made(tmp_path, "method=transfer_gradual")
    for level, spec in enumerate(levels, 1):
        source = found.stages[spec.weights.given["ended"].stage].spec
        assert (source.level, source.train.data.split.split_seed) == (0, 0)
        assert spec.train.data.split.split_seed == 1 and spec.moved.head is not None
        assert spec.train.dynamics.rule.target == "ltsweep.methods.gradual"
        assert spec.level == level


def test_without_a_target_one_shot_goes_on_from_a_second_training():
    found = plan("method=transfer_oneshot")
    (point,) = found.points
    spec = found.stages[point.stages[1]].spec
    (through,) = spec.parents
    assert found.stages[through].spec.parents == (point.stages[0],)


REFUSED = {
    ("method=transfer_oneshot", "+method.step=3it"): (
        "method: its rules ask for scored_transferred and transferred, and a method with a step has"
    ),
    ("method=transfer_oneshot", "method.weights=source"): (
        "method: lr is the rate of a method's own ladder, which this method has not"
    ),
    ("method=transfer_oneshot", "reset.optimizer=snapshot"): (
        "reset.optimizer=snapshot goes on with the optimizer of the source at the reset step"
    ),
    (
        "method=transfer_oneshot",
        *("target.split_seed=1", "schedule._target_=tests.plan.test_controls.endless"),
    ): "method.lr=last is the rate that the schedule ends with, but tests.plan.test_controls",
}


@pytest.mark.parametrize(("lines", "sentence"), REFUSED.items(), ids=map(" ".join, REFUSED))
def test_what_makes_no_sense_is_refused_in_a_sentence(lines, sentence):
    (told,) = wanted(*lines).problems
    assert told.startswith(sentence)
