"""Tests that frozen weights stay bit for bit what they were, in every strategy."""

from dataclasses import replace

import pytest
import torch

from ltsweep.train.one_by_one import OneByOne
from ltsweep.train.sparse import Sparse
from ltsweep.train.stacked import Stacked

from .conftest import adam, sgd

OPTIMIZERS = [sgd(weight_decay=0.1), sgd(nesterov=True), adam(weight_decay=0.1)]


def trained(ground, strategy, optimizer, **how):
    """Two replicates, one of them masked, before and after ten steps."""
    pack = [
        ground.replicate(0, density=1, optimizer=optimizer),
        ground.replicate(1, density=0.3, optimizer=optimizer),
    ]
    pack = [replace(replicate, frozen=ground.net.below_head) for replicate in pack]
    before = [{n: t.clone() for n, t in replicate.state.items()} for replicate in pack]
    results = ground.train(pack, strategy=strategy, **how)
    return before, [results[replicate.key] for replicate in pack]


def check(ground, before, results):
    frozen = ground.net.below_head
    names = {name for name, p in ground.module.named_parameters()}
    assert frozen and names - frozen
    for start, result in zip(before, results, strict=True):
        assert all(torch.equal(start[name], result.state[name]) for name in frozen)
        moved = {name for name in names if not torch.equal(start[name], result.state[name])}
        assert moved == names - frozen
        assert not any(entry.rpartition("/")[0] in frozen for entry in result.optimizer_state)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("strategy", [Stacked, Sparse, OneByOne])
def test_of_a_perceptron_only_biases_and_the_output_layer_are_trained(small, strategy, optimizer):
    check(small, *trained(small, strategy, optimizer))
    assert small.net.below_head == {"fc1.weight", "fc2.weight"}


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_of_a_residual_net_norms_are_trained_too(resnet, optimizer):
    check(resnet, *trained(resnet, OneByOne, optimizer))


@pytest.mark.parametrize("strategy", [Stacked, OneByOne])
def test_frozen_weights_are_not_rounded_with_bf16(small, strategy):
    check(small, *trained(small, strategy, sgd(), precision="bf16"))


@pytest.mark.parametrize("strategy", [Stacked, Sparse, OneByOne])
def test_what_an_optimizer_remembers_of_frozen_weights_is_left(small, strategy):
    """Of a snapshot in which they were trained."""
    remembered = small.train([small.replicate(0, stop=4)], strategy=strategy)["seed 0"]
    replicate = small.replicate(0)
    replicate.optimizer_state, replicate.frozen = remembered.optimizer_state, small.net.below_head
    start = {name: tensor.clone() for name, tensor in replicate.state.items()}
    result = small.train([replicate], strategy=strategy)["seed 0"]
    assert all(torch.equal(start[name], result.state[name]) for name in replicate.frozen)
