"""Tests modules that hold a replicate's own tensors, against a module whose tensors are exchanged.

And a small conv net against plain PyTorch, bit by bit.
"""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from benchmarks.small_nets import conv_gap
from ltsweep.foundations.components import bind
from ltsweep.train.bound import bound_forward
from ltsweep.train.compiled import forward_function
from ltsweep.train.one_by_one import OneByOne
from ltsweep.train.recipe import Recipe
from ltsweep.train.replicate import Batches

from ..own import nets
from .conftest import Ground

CPU = torch.device("cpu")
SHAPE = (1, 8, 8)


class Centred(nn.Module):
    """Puts another tensor in the place of a buffer, and has one weight in two layers."""

    def __init__(self, input_shape, classes):
        super().__init__()
        self.register_buffer("mean", torch.zeros(64))
        self.enter = nn.Linear(64, 16)
        self.first, self.second = nn.Linear(16, 16), nn.Linear(16, 16)
        self.second.weight = self.first.weight
        self.leave = nn.Linear(16, classes)

    def forward(self, x):
        x = x.flatten(1)
        self.mean = 0.9 * self.mean + 0.1 * x.mean(0)
        y = self.first(self.enter(x - self.mean).relu()).relu()
        return self.leave(self.second(y).relu())


MODELS = {
    "tied, with a buffer put in place": Centred,
    "recurrent": nets.gru,
    "attention": nets.attentive,
    "batch norm": bind("ltsweep.models.conv_gap", {}),
    "without buffers": bind("ltsweep.models.conv_gap", {"norm": "none"}),
}


@pytest.fixture(params=MODELS)
def ground(request):
    return Ground(MODELS[request.param], SHAPE)


def tensors_of(ground, seed):
    """A replicate's parameters and buffers, as a strategy holds them."""
    state = ground.replicate(seed).state
    named = ground.module.named_parameters()
    parameters = {name: nn.Parameter(state[name].clone()) for name, _ in named}
    return parameters, {name: state[name].clone() for name, _ in ground.module.named_buffers()}


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_logits_gradients_and_buffers_are_those_of_exchanged_tensors(ground, precision):
    recipe, module = Recipe(precision), ground.module.train()
    exchanged = forward_function(module, CPU, recipe)
    for seed in range(2):
        found, expected = tensors_of(ground, seed), tensors_of(ground, seed)
        bound = bound_forward(module, *found, CPU, recipe)
        for step in range(2):
            x = torch.randn(5, *SHAPE, generator=torch.Generator().manual_seed(step))
            logits = bound(x), exchanged(expected[0] | expected[1], x)
            assert torch.equal(*logits)
            assert logits[0].dtype == torch.float32
            for part in logits:
                part.square().mean().backward()
        for name, parameter in expected[0].items():
            assert torch.equal(found[0][name].grad, parameter.grad), name
        for name, buffer in expected[1].items():
            assert torch.equal(found[1][name], buffer), name


def test_the_module_that_it_is_made_from_is_left_alone(ground):
    before = {id(p) for p in (*ground.module.parameters(), *ground.module.buffers())}
    bound_forward(ground.module, *tensors_of(ground, 0), CPU, Recipe("fp32"))
    assert {id(p) for p in (*ground.module.parameters(), *ground.module.buffers())} == before


def test_a_step_exchanges_no_tensors(ground, monkeypatch):
    pack = [ground.replicate(seed) for seed in range(2)]
    strategy = OneByOne(ground.module, pack, ground.data, Recipe("bf16"))
    before = strategy.state(1)
    monkeypatch.delattr(torch.func, "functional_call")
    strategy.step(Batches(pack).at(0, 2), [1.0, 1.0])
    assert any(not torch.equal(value, before[name]) for name, value in strategy.state(1).items())


def test_weights_that_are_represented_are_exchanged(monkeypatch):
    """Products see others than the optimizer updates, so no module can hold them."""
    ground = Ground(MODELS["batch norm"], SHAPE)
    recipe = Recipe("fp32", numbers=bind("tests.seams.parts.scaled_signs", {}))
    pack = [ground.replicate()]
    strategy = OneByOne(ground.module, pack, ground.data, recipe)
    monkeypatch.delattr(torch.func, "functional_call")
    with pytest.raises(AttributeError, match="functional_call"):
        strategy.step(Batches(pack).at(0, 1), [1.0])


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("others", [0, 2])
def test_a_small_conv_net_is_as_in_plain_pytorch_bit_by_bit(precision, others):
    ground = Ground(MODELS["batch norm"], (1, 14, 14))
    replicate = ground.replicate(stop=6)
    module = conv_gap()
    names = dict(zip(module.state_dict(), ground.module.state_dict(), strict=True))
    module.load_state_dict({name: replicate.state[of_ours] for name, of_ours in names.items()})
    module = module.to(memory_format=torch.channels_last).train()
    optimizer = replicate.optimizer(list(module.parameters()))
    batches = Batches([replicate])
    for step in range(replicate.stop):
        batch = batches.at(step, 1)
        x = ground.data.training_batch(batch)[0].to(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
            logits = module(x)
        optimizer.zero_grad()
        F.cross_entropy(logits.float(), ground.data.labels("train", batch.indices[0])).backward()
        for name, parameter in module.named_parameters():
            parameter.grad.mul_(replicate.mask.get(names[name], torch.ones(())))
        optimizer.step()
    found = ground.train([*ground.company(others, stop=6), replicate], precision)["seed 0"]
    for name, value in module.state_dict().items():
        assert torch.equal(found.state[names[name]], value), name
