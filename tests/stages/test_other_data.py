"""A stage whose parents were trained on other data: planned, run and seen like any other."""

from dataclasses import replace

import pytest

from ltsweep.foundations.tensor_files import load_tensors
from ltsweep.launch.engine import prepare_store, submit
from ltsweep.launch.pending import find_pending
from ltsweep.plan.plan import Plan
from ltsweep.plan.stage import PlannedStage
from ltsweep.steer.selectors import choose_points
from ltsweep.steer.status import status_of

from ..sweeps_here import selection, train


def across(source, target):
    """The target's plan, in which the tickets are those of the source, trained from step 0."""
    plan = Plan(points=list(target.plan.points))
    (point,), (ladder,) = target.plan.points, source.plan.points
    for key in (*ladder.stages, point.stages[0]):
        plan.add({**source.plan.stages, **target.plan.stages}[key])
    keys = [point.stages[0]]
    for own, made in zip(point.stages[1:], ladder.stages[1:], strict=True):
        of_target, of_source = target.plan.stages[own], source.plan.stages[made]
        parts = {"mask": of_source.spec.mask, "weights": of_source.spec.weights, "start": 0}
        spec = of_target.spec.model_copy(update=parts)
        loaders = {**of_source.means.loaders, **of_target.means.loaders}
        means = of_target.means.model_copy(update={"loaders": loaders})
        keys.append(plan.add(PlannedStage(spec=spec, means=means)).key)
    plan.points = [replace(point, stages=tuple(keys))]
    return replace(target, plan=plan)


@pytest.mark.parametrize("pruning", ["magnitude_global", "saliency"])
def test_tickets_of_one_dataset_trained_on_another(tmp_path, pruning):
    lines = ("method=imp", f"pruning={pruning}")
    source = selection(tmp_path, *lines, "dataset.examples=500", "dataset.split_seed=3")
    made = across(source, selection(tmp_path, *lines))
    prepare_store(made)
    outcome = submit(made, find_pending(made.plan, made.store), lambda text: None)
    assert outcome.exit_code == 0
    (point,) = made.plan.points
    for level, key in enumerate(point.stages):
        directory = made.store.stage(key)
        assert directory.end().examples > 0
        if level:
            (ladder,) = source.plan.points
            ticket = made.store.stage(ladder.stages[level]).ticket
            mine, theirs = load_tensors(directory.ticket)[0], load_tensors(ticket)[0]
            assert all((mine[name] == theirs[name]).all() for name in theirs)
    chosen = choose_points(made.store, [point.id], "it")
    assert status_of(chosen).curves[0].state == "done"
    assert find_pending(made.plan, made.store).stages == {}


def test_its_parents_are_made_again_like_any_others(tmp_path):
    lines = ("method=imp", "levels=1")
    source, _ = train(tmp_path, *lines, "dataset.examples=500")
    made = across(source, selection(tmp_path, *lines))
    dense = source.plan.points[0].stages[0]
    made.store.stage(dense).final.write_bytes(b"damaged")
    pending = find_pending(made.plan, made.store)
    assert dense in pending.reopen
    assert list(pending.stages)[0] == dense
