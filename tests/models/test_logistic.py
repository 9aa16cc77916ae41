"""Tests that model=linear is logistic regression, and where it cannot be used."""

import torch
from torch.nn import functional as F

from ltsweep.foundations.tensor_files import load_tensors
from ltsweep.models.logistic import linear

from ..sweeps_here import train, wanted


def test_a_logit_is_a_weighted_sum_of_pixels():
    module = linear((2, 3, 4), 5)
    images = torch.rand(7, 2, 3, 4)
    expected = images.flatten(1) @ module.fc.weight.T + module.fc.bias
    torch.testing.assert_close(module(images), expected)


def test_it_is_trained_and_pruned_as_any_net(tmp_path):
    made, _ = train(tmp_path, "model=linear", "method=imp", "keep=all")
    ends = [made.store.stage(key).end() for key in made.plan.points[0].stages]
    assert [end.strategy for end in ends] == ["stacked"] * 3
    assert [end.kept for end in ends] == [640, 512, 410]
    state, _ = load_tensors(made.store.stage(made.plan.points[0].stages[-1]).final)
    assert F.linear(torch.ones(1, 64), state["fc.weight"], state["fc.bias"]).shape == (1, 10)


def test_nothing_of_it_is_left_without_its_head():
    (told,) = wanted("model=linear", "method=imp", "target.split_seed=1").problems
    assert "nothing but its head is prunable" in told
