"""Tests weight distributions against their formulas and torch's own, and whole initial states."""

import copy
from collections import OrderedDict
from functools import partial
from math import sqrt

import numpy as np
import pytest
import torch
from torch import nn

from ltsweep.foundations.components import bind
from ltsweep.foundations.randomness import generator
from ltsweep.init.distributions import kaiming_normal, xavier_normal
from ltsweep.init.state import initial_state, layer_std
from ltsweep.models.layers import Layer
from ltsweep.models.net import Net
from ltsweep.part_spec import InitSpec

KAIMING = bind("ltsweep.init.kaiming_normal", {})
LENET = bind("ltsweep.models.lenet_300_100", {})
SHAPES = [(300, 784), (10, 100), (64, 32, 3, 3)]


def fans(shape):
    layer = Layer("a", shape, 1)
    return layer.fan_in, layer.fan_out


@pytest.mark.parametrize(
    ("distribution", "expected"),
    [
        (kaiming_normal(784, 300), sqrt(2 / 784)),
        (kaiming_normal(784, 300, nonlinearity="linear"), sqrt(1 / 784)),
        (xavier_normal(784, 300), sqrt(2 / 1084)),
        (xavier_normal(784, 300, nonlinearity="relu"), sqrt(4 / 1084)),
    ],
)
def test_analytic_standard_deviations(distribution, expected):
    assert distribution.std == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("nonlinearity", ["relu", "linear"])
def test_draws_are_those_of_torch_nn_init(shape, nonlinearity):
    kaiming = kaiming_normal(*fans(shape), nonlinearity=nonlinearity)
    expected = nn.init.kaiming_normal_(
        torch.empty(shape), nonlinearity=nonlinearity, generator=generator(0, "a")
    )
    torch.testing.assert_close(kaiming.draw(shape, 1.0, generator(0, "a")), expected)
    xavier = xavier_normal(*fans(shape), nonlinearity=nonlinearity)
    gain = nn.init.calculate_gain(nonlinearity)
    expected = nn.init.xavier_normal_(torch.empty(shape), gain, generator=generator(0, "a"))
    torch.testing.assert_close(xavier.draw(shape, 1.0, generator(0, "a")), expected)


def lenet_state(seed=0, purpose="init", scale=1.0):
    net = Net.of(partial(LENET, (1, 8, 8), 10), (1, 8, 8))
    return initial_state(net, InitSpec(distribution=KAIMING, scale=scale), seed, purpose)


def test_a_state_has_every_parameter_drawn_weights_and_zero_biases():
    state = lenet_state()
    assert {name: tuple(value.shape) for name, value in state.items()} == {
        "fc1.weight": (300, 64),
        "fc1.bias": (300,),
        "fc2.weight": (100, 300),
        "fc2.bias": (100,),
        "fc3.weight": (10, 100),
        "fc3.bias": (10,),
    }
    for name, value in state.items():
        assert value.all() if name.endswith("weight") else not value.any()
    assert state["fc1.weight"].std().item() == pytest.approx(sqrt(2 / 64), rel=0.02)
    assert state["fc2.weight"].std().item() == pytest.approx(sqrt(2 / 300), rel=0.02)


def test_seed_and_purpose_give_draws_of_their_own():
    first, again = lenet_state(), lenet_state()
    assert all(torch.equal(first[name], again[name]) for name in first)
    for other in (lenet_state(seed=1), lenet_state(purpose="control init")):
        assert all(not torch.equal(first[n], other[n]) for n in first if n.endswith("weight"))


def test_norms_start_neutral():
    module = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(16, 2))
    net = Net.of(lambda: copy.deepcopy(module), (1, 4, 4))
    state = initial_state(net, InitSpec(distribution=KAIMING, scale=2.0), 0, "init")
    assert state.keys() == module.state_dict().keys()
    assert state["1.weight"].tolist() == state["1.running_var"].tolist() == [1.0] * 4
    assert state["1.bias"].tolist() == state["1.running_mean"].tolist() == [0.0] * 4
    assert state["1.num_batches_tracked"].dtype == torch.int64
    module.load_state_dict(state)


def test_a_layers_draw_depends_on_no_other_layer_nor_on_their_order():
    """The output layer of another class count changes nothing before it, and so on."""
    init = InitSpec(distribution=KAIMING, scale=1.0)

    def state(*layers):
        def build():
            return nn.Sequential(
                OrderedDict({name: nn.Linear(fan_in, out) for name, fan_in, out in layers})
            )

        return initial_state(Net.of(build, (1, layers[0][1])), init, 0, "init")

    full = state(("a", 8, 7), ("b", 7, 6), ("c", 6, 5))
    beside = state(("b", 7, 6), ("c", 6, 5))
    other_output = state(("a", 8, 7), ("b", 7, 6), ("c", 6, 99))
    for name in ("a.weight", "b.weight"):
        assert torch.equal(full[name], other_output[name])
    for name in ("b.weight", "c.weight"):
        assert torch.equal(full[name], beside[name])


def test_layers_of_one_shape_have_draws_of_their_own():
    net = Net.of(partial(bind(LENET.target, {"hidden": (16, 16)}), (1, 4, 4), 16), (1, 4, 4))
    init = InitSpec(distribution=KAIMING, scale=1.0)
    first, second, third = (
        value
        for name, value in initial_state(net, init, 0, "init").items()
        if name.endswith("weight")
    )
    assert not torch.equal(first, second) and not torch.equal(second, third)


class Odd(nn.Module):
    """Its own values: an embedding, positions in a buffer, a layer with a bias."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(9, 4)
        self.layer = nn.Linear(16, 3)
        self.register_buffer("positions", torch.randn(4, 4) / 8)
        self.register_buffer("noise", torch.tensor(np.random.rand(4), dtype=torch.float32))
        self.shift = nn.Parameter(torch.full((16,), 7.0))

    def forward(self, x):
        y = self.embedding(x.long().flatten(1)) + self.positions
        return self.layer((y * self.noise).flatten(1) + self.shift)


def odd_state(seed=0, purpose="init", bias="zero"):
    init = InitSpec(distribution=KAIMING, scale=1.0, bias=bias)
    return initial_state(Net.of(Odd, (1, 2, 2)), init, seed, purpose)


def test_what_is_not_prunable_begins_as_the_module_itself_begins_it():
    state = odd_state()
    assert state["shift"].tolist() == [7.0] * 16
    assert state["embedding.weight"].std().item() == pytest.approx(1, abs=0.3)
    assert state["positions"].std().item() == pytest.approx(1 / 8, abs=0.05)
    assert 0 <= state["noise"].min() < state["noise"].max() <= 1
    assert not state["layer.bias"].any()


def test_a_modules_own_values_are_those_of_seed_and_purpose_alone():
    before = torch.get_rng_state()
    first = odd_state()
    assert torch.equal(torch.get_rng_state(), before)  # nobody else's numbers are drawn
    torch.manual_seed(5)
    again = odd_state()
    assert all(torch.equal(first[name], again[name]) for name in first)
    for other in (odd_state(seed=1), odd_state(purpose="control init")):
        for name in ("embedding.weight", "positions", "noise", "layer.weight"):
            assert not torch.equal(other[name], first[name]), name


def test_biases_start_as_in_torch_where_that_is_asked_for():
    zero, as_in_torch = odd_state(), odd_state(bias="torch")
    assert torch.equal(zero["layer.weight"], as_in_torch["layer.weight"])
    net = Net.of(lambda: nn.Sequential(nn.Flatten(), nn.Linear(16, 4000)), (1, 4, 4))
    init = InitSpec(distribution=KAIMING, scale=3.0, bias="torch")
    bias = initial_state(net, init, 0, "init")["1.bias"]
    torch.manual_seed(0)
    expected = nn.Linear(16, 4000).bias  # uniform between -1/4 and 1/4, whatever the scale
    for quantity in (torch.min, torch.max, torch.mean, torch.std):
        assert quantity(bias).item() == pytest.approx(quantity(expected).item(), abs=0.01)
    assert bias.abs().max() <= 1 / 4


def test_the_output_layer_may_be_drawn_as_torch_draws_it():
    net = Net.of(partial(LENET, (1, 8, 8), 10), (1, 8, 8))
    usual, other = (
        InitSpec(distribution=KAIMING, scale=2.0, output=output) for output in ("same", "torch")
    )
    before, after = (initial_state(net, init, 0, "init") for init in (usual, other))
    assert [n for n in before if not torch.equal(before[n], after[n])] == ["fc3.weight"]
    drawn, bound = after["fc3.weight"], 2 / sqrt(100)
    assert drawn.abs().max() <= bound
    assert drawn.std().item() == pytest.approx(bound / sqrt(3), rel=0.05)
    linear = nn.Linear(100, 10)
    assert linear.weight.abs().max() <= 1 / sqrt(100)  # so torch says, by another formula
    assert linear.weight.std().item() == pytest.approx(1 / sqrt(300), rel=0.05)
    stds = [layer_std(other, layer) for layer in net.layers]
    assert stds == pytest.approx([2 * sqrt(2 / 64), 2 * sqrt(2 / 300), bound / sqrt(3)], rel=1e-12)


def test_a_head_that_is_apart_is_an_output_layer_too():
    net = Net.of(partial(LENET, (1, 8, 8), 10), (1, 8, 8)).with_head_apart()
    state = initial_state(net, InitSpec(distribution=KAIMING, scale=1.0, output="torch"), 0, "init")
    assert state["fc3.weight"].abs().max() <= 1 / sqrt(100)
