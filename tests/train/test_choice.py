"""Tests the rule that says how a pack of nets of a kind executes."""

import pytest
import torch
from torch import nn

from ltsweep.models.conv import conv2
from ltsweep.models.lenet import lenet_300_100
from ltsweep.train.choice import strategy_for
from ltsweep.train.one_by_one import OneByOne
from ltsweep.train.recipe import Recipe
from ltsweep.train.sparse import Sparse
from ltsweep.train.stacked import Stacked

CPU, GPU = torch.device("cpu"), torch.device("cuda")
MLP = [nn.Flatten(), nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2)]


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        (lenet_300_100((1, 28, 28), 10), Stacked),
        (lenet_300_100((1, 28, 28), 10, hidden=()), Stacked),
        (conv2((3, 32, 32), 10), OneByOne),
        (nn.Sequential(*MLP), Stacked),
        (nn.Sequential(*MLP[1:]), OneByOne),
        (nn.Sequential(nn.Flatten()), OneByOne),
        (nn.Sequential(*MLP[:3]), OneByOne),
        (nn.Sequential(*MLP, nn.Softmax(1)), OneByOne),
        (nn.Sequential(nn.Flatten(), nn.Linear(4, 3, bias=False)), OneByOne),
        (nn.Sequential(nn.Flatten(), nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 2)), OneByOne),
        (nn.Sequential(nn.Flatten(), nn.Linear(4, 3), nn.BatchNorm1d(3)), OneByOne),
        (nn.Linear(4, 3), OneByOne),
    ],
)
def test_plain_multilayer_perceptrons_are_stacked_and_nothing_else(module, expected):
    assert strategy_for(module, {}, CPU, Recipe("fp32")) is expected


def mask(*shape, kept):
    flat = torch.zeros(shape[0] * shape[1], dtype=torch.bool)
    flat[:kept] = True
    return {"fc1.weight": flat.view(shape)}


@pytest.mark.parametrize(
    ("kept", "precision", "expected"),
    [
        (20_000, "fp32", Sparse),
        (20_001, "fp32", Stacked),
        (10_000, "bf16", Sparse),
        (10_001, "bf16", Stacked),
        (0, "fp32", Sparse),
        (100_000, "fp32", Stacked),
    ],
)
def test_few_weights_left_of_many_are_sparse_on_a_cpu(kept, precision, expected):
    net = nn.Sequential(*MLP)
    assert strategy_for(net, mask(100, 1000, kept=kept), CPU, Recipe(precision)) is expected
    assert strategy_for(net, mask(100, 1000, kept=kept), GPU, Recipe(precision)) is Stacked
    assert (
        strategy_for(conv2((3, 32, 32), 10), mask(9, 9, kept=1), CPU, Recipe(precision)) is OneByOne
    )


def test_small_nets_are_stacked_at_any_density():
    assert strategy_for(nn.Sequential(*MLP), mask(100, 999, kept=1), CPU, Recipe("fp32")) is Stacked


@pytest.mark.parametrize(
    ("kept", "precision", "expected"),
    [
        (25, "fp32", Sparse),
        (26, "fp32", Stacked),
        (10, "bf16", Sparse),
        (11, "bf16", Stacked),
        (0, "fp32", Sparse),
    ],
)
def test_by_density_small_nets_are_sparse_too(kept, precision, expected):
    net, few, recipe = nn.Sequential(*MLP), mask(10, 10, kept=kept), Recipe(precision)
    assert strategy_for(net, few, CPU, recipe, forced="by_density") is expected
    assert strategy_for(net, few, GPU, recipe, forced="by_density") is Stacked
    assert strategy_for(net, {}, CPU, recipe, forced="by_density") is Stacked


def test_by_density_takes_no_other_nets():
    reason = "strategy=by_density cannot train this: it takes only flattened images"
    with pytest.raises(ValueError, match=reason):
        strategy_for(conv2((3, 32, 32), 10), {}, CPU, Recipe("fp32"), forced="by_density")


def test_names_that_records_use():
    assert (Stacked.name, Sparse.name, OneByOne.name) == ("stacked", "sparse", "loop")
