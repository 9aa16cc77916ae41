"""The floor, end to end: the draw of the dense training, of which only the rest is trained."""

import pytest
import torch

from ltsweep.foundations.tensor_files import load_tensors

from ..sweeps_here import train, wanted


def end_of(made, key):
    return load_tensors(made.store.stage(key).final)[0]


@pytest.mark.parametrize("strategy", ["stacked", "sparse", "loop"])
@pytest.mark.parametrize("target", [(), ("target.split_seed=1",)], ids=["source", "target"])
def test_prunable_weights_are_those_that_the_dense_training_was_drawn_with(
    tmp_path, strategy, target
):
    how = (f"strategy={strategy}", "keep=all", "optimizer.weight_decay=0.1", *target)
    made, _ = train(tmp_path / "trained", "method=floor", *how)
    still, _ = train(tmp_path / "still", "method=dense", *how, "optimizer.lr=1e-30")
    (point,), (drawn,) = made.plan.points, still.plan.points
    end, draw = end_of(made, point.stages[0]), end_of(still, drawn.stages[0])
    assert torch.equal(end["fc1.weight"], draw["fc1.weight"])
    assert torch.equal(end["fc2.weight"], draw["fc2.weight"])
    for name in ("fc1.bias", "fc2.bias", "fc3.bias", "fc3.weight"):
        assert not torch.equal(end[name], draw[name])


def test_it_is_a_whole_net_that_is_held_against_the_dense_training(tmp_path):
    made, _ = train(tmp_path, "method=floor,dense")
    floor, dense = made.store.points()
    if floor.method == "dense":
        floor, dense = dense, floor
    assert floor.levels == 0 and floor.dense == dense.stages[0] != floor.stages[0]
    end = made.store.stage(floor.stages[0]).end()
    assert end.kept == end.prunable


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (("method=rigl", "+method.frozen=prunable"), "method: masks that change need weights that"),
        (("method=dense", "+method.frozen=prunable"), "method: frozen weights are those that a me"),
        (("method=floor", "method.frozen=all"), "method.frozen=all must be none or prunable"),
    ],
)
def test_what_cannot_be_frozen_is_refused(lines, sentence):
    (told,) = wanted(*lines).problems
    assert told.startswith(sentence)


def test_a_ticket_with_frozen_weights_is_another_training_than_the_ticket(tmp_path):
    made, _ = train(tmp_path, "method=imp", "+method.frozen=none,prunable", "keep=all")
    plain, frozen = sorted(made.plan.points, key=lambda p: p.config.method.frozen)
    assert plain.cell != frozen.cell and plain.stages[0] == frozen.stages[0]
    assert set(plain.stages[1:]).isdisjoint(frozen.stages[1:])
