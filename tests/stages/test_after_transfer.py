"""Transfer learning and then one pruning, end to end: the best of the target's own end stay."""

import torch

from ltsweep.foundations.tensor_files import load_tensors
from ltsweep.pruning.mask import unpack_like

from ..sweeps_here import curves, train

LINES = ("method=transfer_oneshot", "target.split_seed=1", "pruning.fraction=0.6")


def test_masks_are_the_best_of_the_end_on_the_target_and_weights_go_on_from_it(tmp_path):
    made, _ = train(tmp_path, *LINES, "method.lr=1e-30", "keep=all")
    (point,) = made.plan.points
    (through,) = made.plan.stages[point.stages[1]].spec.parents
    end, _ = load_tensors(made.store.stage(through).final)
    names = ["fc1.weight", "fc2.weight"]
    sizes = torch.cat([end[name].abs().flatten() for name in names])
    for level, key in enumerate(point.stages[1:], 1):
        packed, _ = load_tensors(made.store.stage(key).ticket)
        mask = {name: unpack_like(packed[name], end[name]) for name in names}
        kept = torch.cat([mask[name].flatten() for name in names])
        assert int(kept.sum()) == round(len(sizes) * 0.4**level)
        assert sizes[kept].min() >= sizes[~kept].max()
        state, _ = load_tensors(made.store.stage(key).final)
        for name in names:
            assert torch.equal(state[name], end[name] * mask[name])
        assert torch.equal(state["fc3.weight"], end["fc3.weight"])  # the head that was trained


def test_the_target_sees_what_scores_read(tmp_path):
    made, _ = train(tmp_path, *LINES, "pruning=snip", "dataset.classes=[0,1]")
    (point,) = made.plan.points
    read = made.store.stage(point.stages[1]).end().data
    (scored,) = [entry for entry in read if entry.purpose == "scored on"]
    assert scored.split["split_seed"] == 1


def test_deeper_levels_join_a_finished_curve(tmp_path):
    train(tmp_path / "a", *LINES, "levels=1")
    train(tmp_path / "a", *LINES)
    train(tmp_path / "b", *LINES)
    assert curves(tmp_path / "a") == curves(tmp_path / "b")
