"""Masks that are made at once: the best of the dense end at each level's count, and they nest."""

import torch

from ltsweep.foundations.tensor_files import load_tensors
from ltsweep.pruning.mask import unpack_like

from ..sweeps_here import curves, train

ONESHOT = ("pruning.schedule=oneshot", "pruning.fraction=0.6", "levels=3", "method=imp")


def test_masks_are_the_best_of_the_dense_end(tmp_path):
    made, _ = train(tmp_path, *ONESHOT)
    (point,) = made.plan.points
    end, _ = load_tensors(made.store.stage(point.stages[0]).final)
    names = [name for name in end if name.endswith("weight")]
    sizes = torch.cat([end[name].abs().flatten() for name in names])
    total, counts = len(sizes), []
    for key in point.stages[1:]:
        packed, _ = load_tensors(made.store.stage(key).ticket)
        kept = torch.cat([unpack_like(packed[name], end[name]).flatten() for name in names])
        assert sizes[kept].min() >= sizes[~kept].max()
        counts.append(int(kept.sum()))
    assert counts == [round(total * 0.4**level) for level in (1, 2, 3)]


def test_deeper_levels_join_a_finished_curve(tmp_path):
    """The dense end outlives all levels that were made from it."""
    train(tmp_path / "a", *ONESHOT, "levels=1")
    train(tmp_path / "a", *ONESHOT)
    train(tmp_path / "b", *ONESHOT)
    assert curves(tmp_path / "a") == curves(tmp_path / "b")
