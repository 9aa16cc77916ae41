"""Plans of tickets that are taken elsewhere: counts and keys derived by hand, and refusals."""

from collections import Counter

import pytest

from ltsweep.plan.points import make_plan

from ..points import FACTS
from ..sweeps_here import selection, wanted

# three data sets of one shape, as sources and as targets
MATRIX = ("dataset.split_seed=0,1,2", "target.split_seed=0,1,2")


def plan(tmp_path, *lines):
    """The plan of a sweep with two levels."""
    return selection(tmp_path, *lines).plan


def by_level(made):
    return dict(Counter(stage.spec.level for stage in made.stages.values()))


@pytest.mark.parametrize(
    ("lines", "points", "stages"),
    [
        # 3 dense nets; levels 1 of 3 ladders, and of each method on 3 x 3; levels 2 of the methods
        (("method=imp",), 9, {0: 3, 1: 3 + 9, 2: 9}),
        (("method=random_reinit",), 9, {0: 3, 1: 3 + 9, 2: 9}),
        # masks that depend on counts alone know nothing of the source
        (("method=random_mask",), 9, {0: 3, 1: 3, 2: 3}),
        # the end of each level is that of the ladder's own
        (("method=trained",), 9, {0: 3, 1: 3 + 9, 2: 3 + 9}),
        (("method=dense",), 9, {0: 3}),
        (("method=dense_at_k",), 9, {0: 3 + 9}),
        (("method=dense_transfer",), 9, {0: 3 + 9}),
        (
            ("method=imp,random_reinit,layerwise_permuted,random_mask,trained",),
            45,
            {0: 3, 1: 3 + 4 * 9 + 3, 2: 3 + 4 * 9 + 3},
        ),
        (("method=imp", "seed=0,1"), 18, {0: 6, 1: 2 * 12, 2: 18}),
    ],
)
def test_one_ladder_serves_all_targets(tmp_path, lines, points, stages):
    made = plan(tmp_path, *MATRIX, *lines)
    assert (len(made.points), by_level(made)) == (points, stages)


def test_controls_that_need_no_source_have_none(tmp_path):
    """The source's dense net is trained for nobody."""
    made = plan(tmp_path, "method=random_mask", "target.split_seed=1")
    assert by_level(made) == {0: 1, 1: 1, 2: 1}


def test_a_target_like_its_source_has_the_keys_of_the_plain_sweep(tmp_path):
    methods = "method=imp,random_reinit,random_mask"
    plain = plan(tmp_path, methods, "reset.schedule=restart")
    there = plan(
        tmp_path, methods, "reset.schedule=restart", "dataset@target=digits",
        "transfer.head=source", "transfer.norm=keep",
    )  # fmt: skip
    assert there.stages.keys() == plain.stages.keys()


@pytest.mark.parametrize(
    ("line", "head"),
    [
        ("dataset@target=digits", "apart"),
        ("target.examples=500", "apart"),
        ("optimizer@target_optimizer=adam", "pruned"),
        ("target_schedule.length=7it", "pruned"),
        ("target_batch_size=32", "pruned"),
        ("transfer.head=fresh", "apart"),
    ],
)
def test_a_head_is_drawn_anew_wherever_a_dataset_is_named(tmp_path, line, head):
    made = plan(tmp_path, "method=imp", line)
    assert {stage.spec.train.head for stage in made.stages.values()} == {head}
    (point,) = made.points
    for key in point.stages[1:]:
        spec = made.stages[key].spec
        assert spec.start == 0  # on a target every arm has the whole schedule
        assert (spec.moved is not None) == (head == "apart")


def test_a_target_is_the_resolved_source_but_for_what_it_sets(tmp_path):
    lines = ("optimizer=adam", "optimizer.lr=0.002", "dataset.examples=900", "batch_size=50")
    made = plan(tmp_path, "method=dense", *lines, "target_schedule.length=7it", "target.crop=1")
    (stage,) = made.stages.values()
    train = stage.spec.train
    assert (train.optimizer.target, train.optimizer.params["lr"]) == ("ltsweep.train.adam", 0.002)
    assert (train.data.split.examples, train.data.augment.crop) == (900, 1)
    assert (train.batch_size, train.schedule.total) == (50, 7)


def test_points_of_other_targets_are_told_apart(tmp_path):
    made = plan(tmp_path, *MATRIX, "method=random_mask")
    assert len({point.cell for point in made.points}) == 9  # though sources share their stages


@pytest.mark.parametrize(
    ("lines", "source", "target"),
    [
        ((), "digits", "digits"),
        (("dataset@target=mnist",), "digits", "mnist"),
        (("dataset.classes=[0,1,2,3,4]", "target.classes=[0,2,7]"), "digits[0-4]", "digits[0,2,7]"),
        (("dataset.half=a", "target.half=b"), "digits/a", "digits/b"),
        (
            ("dataset.classes=[5,6,7,8,9]", "dataset.half=a", "target.half=b"),
            "digits[5-9]/a", "digits[5-9]/b",
        ),
        (("target.split_seed=1",), "digits (split_seed=0)", "digits (split_seed=1)"),
        (("target.examples=500",), "digits (examples=null)", "digits (examples=500)"),
        (("target.split_seed=0",), "digits", "digits"),
    ],
)  # fmt: skip
def test_labels_differ_wherever_the_data_differ(lines, source, target):
    request = wanted("method=imp", *lines)
    (point,) = make_plan(request.points, lambda _: FACTS).points
    columns = point.record(None).columns
    assert (columns.source, columns.target) == (source, target)


@pytest.mark.parametrize("method", ["imp", "trained", "dense", "random_mask"])
def test_level_0_is_the_dense_training_of_the_target(tmp_path, method):
    (point,) = plan(tmp_path, f"method={method}", "target.split_seed=1").points
    assert point.record(None).dense is None


@pytest.mark.parametrize("method", ["dense_at_k", "dense_transfer"])
def test_methods_without_a_mask_name_the_dense_training_of_the_target(tmp_path, method):
    target = "target.split_seed=1"
    (point,) = plan(tmp_path, f"method={method}", target).points
    (dense,) = plan(tmp_path, "method=dense", target).points
    assert point.record(None).dense == dense.stages[0] != point.stages[0]


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (("target.hlf=a",), "target.hlf is not a setting (did you mean target.half?); "),
        (("transfer.head=foo",), "transfer.head=foo must be auto, fresh or source"),
        (("target_batch_size=0",), "target_batch_size=0 must be "),
        (("target.examples=9999",), "target.examples=9999 must be at most"),
        (("target_schedule.warmup=999it",), "target_schedule.warmup=999it is 999 steps; it must"),
    ],
)
def test_wrong_targets_are_refused(lines, problem):
    (told,) = wanted("method=imp", *lines).problems
    assert told.startswith(problem)


@pytest.mark.parametrize("method", ["imp", "random_mask", "trained", "dense_at_k", "dense"])
def test_no_levels_leave_the_dense_net(tmp_path, method):
    made = plan(tmp_path, "levels=0", "target.split_seed=1", f"method={method}")
    assert set(by_level(made)) == {0}


def test_weights_of_an_end_have_the_whole_schedule(tmp_path):
    made = plan(tmp_path, "method=trained")
    (point,) = made.points
    assert {made.stages[key].spec.start for key in point.stages} == {0}
