"""Tests the ways of rescaling what a mask leaves: tables by hand, and what they have in common."""

from functools import partial
from math import sqrt

import pytest
import torch
from torch import nn

from ltsweep.foundations.components import bind
from ltsweep.init.rescaling import rescaled, rms_factors
from ltsweep.init.state import initial_state
from ltsweep.models.layers import Layer
from ltsweep.models.net import Net
from ltsweep.part_spec import InitSpec, Rescale

INIT = InitSpec(distribution=bind("ltsweep.init.kaiming_normal", {}), scale=1.0)
LAYER = Layer("w", (3, 4), 1)
WEIGHTS = torch.tensor([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0], [9.0, 10.0, 11.0, 12.0]])
KEPT = torch.tensor([[1, 0, 0, 0], [1, 1, 0, 0], [0, 0, 0, 0]], dtype=torch.bool)


def made(way, weights=WEIGHTS, kept=KEPT, layer=LAYER, init=INIT, purpose="control init", seed=0):
    state = {layer.name: weights, "bias": torch.ones(3)}
    rescale = Rescale(way=way, init=init, purpose=purpose)
    after = rescaled(state, {layer.name: kept}, rescale, [layer], seed)
    assert after["bias"] is state["bias"]
    return after[layer.name]


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        # 3 of 12 weights are left: twice as large
        ("count", [[2.0, 0, 0, 0], [10.0, 12.0, 0, 0], [0, 0, 0, 0]]),
        # 1 of 4 inputs, 2 of 4, none
        ("count_unit", [[2.0, 0, 0, 0], [5 * sqrt(2), 6 * sqrt(2), 0, 0], [0, 0, 0, 0]]),
    ],
)
def test_counts_by_hand(way, expected):
    torch.testing.assert_close(made(way), torch.tensor(expected))


def test_energy_brings_back_the_norm_of_the_draw_by_hand():
    """|w| = sqrt(1 + 25 + 36) is left, and the dense draw of this seed and purpose has |w0|."""
    net = Net.of(lambda: nn.Sequential(nn.Flatten(), nn.Linear(4, 3)), (1, 2, 2))
    (layer,) = net.layers
    for purpose in ("init", "control init"):
        dense = initial_state(net, INIT, 5, purpose)[layer.name]
        found = made("energy", layer=layer, purpose=purpose, seed=5)
        torch.testing.assert_close(found, WEIGHTS * KEPT * dense.norm() / sqrt(62))
        assert found.norm().item() == pytest.approx(dense.norm().item())


def test_energy_of_a_fresh_draw_keeps_its_norm():
    net = Net.of(lambda: nn.Sequential(nn.Flatten(), nn.Linear(4, 3)), (1, 2, 2))
    (layer,) = net.layers
    dense = initial_state(net, INIT, 0, "control init")[layer.name]
    assert made("energy", dense, layer=layer).norm() == pytest.approx(dense.norm().item())


def odd_std(fan_in, fan_out):
    """Not as the root of the fans: 1 / fan_in + 1 / fan_out."""
    from ltsweep.init.distributions import Normal

    return Normal(1 / fan_in + 1 / fan_out)


def test_redraw_is_the_formula_with_the_fans_that_are_left():
    """3 kept weights: 1 input for each of 3 outputs, 3 / 4 outputs for each of 4 inputs."""
    init = InitSpec(distribution=bind(f"{__name__}.odd_std", {}), scale=2.0)
    of_ones = made("redraw", init=init) / made("redraw", init=init.model_copy(update={"scale": 1}))
    assert of_ones[KEPT].tolist() == pytest.approx([2.0] * 3)
    dense = made("redraw", init=init, kept=torch.ones(3, 4, dtype=torch.bool))
    factor = (1 / 1 + 1 / (3 / 4)) / (1 / 4 + 1 / 3)
    torch.testing.assert_close(made("redraw", init=init), factor * dense * KEPT)


@pytest.mark.parametrize("shape", [(40, 50), (12, 8, 3, 3)])
@pytest.mark.parametrize(
    "name", ["kaiming_normal", "kaiming_uniform", "xavier_normal", "xavier_uniform",
             "truncated_normal"],
)  # fmt: skip
def test_count_of_fresh_draws_and_redraw_are_one_distribution(name, shape):
    """Of different seeds: means, variances and fourth moments over 200 draws agree."""
    layer = Layer("w", shape, 1)
    init = InitSpec(distribution=bind(f"ltsweep.init.{name}", {}), scale=1.5)
    kept = torch.rand(shape, generator=torch.Generator().manual_seed(0)) < 0.1
    fresh = init.distribution(layer.fan_in, layer.fan_out)
    draws = torch.Generator().manual_seed(1)
    counted, redrawn = (
        torch.cat([draw(seed)[kept] for seed in range(200)]).double()
        for draw in (
            lambda seed: made("count", fresh.draw(shape, 1.5, draws), kept, layer, init),
            lambda seed: made("redraw", torch.zeros(shape), kept, layer, init, seed=seed),
        )
    )
    n = len(counted)
    assert n > 10000
    for power in (1, 2, 4):
        one, other = counted.pow(power), redrawn.pow(power)
        error = ((one.var() + other.var()) / n).sqrt()
        assert abs(one.mean() - other.mean()) < 4 * error, power
    assert counted.var() > 9 * fresh.std**2 * 1.5**2  # and not that of the dense draw


def test_rows_of_a_transposed_convolution_are_its_output_channels():
    """Weights (inputs, outputs, 1, 1): of 2 inputs, output 0 keeps one, 1 both and 2 none."""
    layer = Layer("w", (2, 3, 1, 1), 1, groups=1)
    kept = torch.tensor([[1, 1, 0], [0, 1, 0]], dtype=torch.bool).view(2, 3, 1, 1)
    found = made("count_unit", torch.ones(2, 3, 1, 1), kept, layer)
    expected = torch.tensor([[sqrt(2), 1.0, 0.0], [0.0, 1.0, 0.0]])
    torch.testing.assert_close(found.view(2, 3), expected)


@pytest.mark.parametrize("way", ["count", "count_unit"])
def test_a_whole_layer_stays_as_it_is(way):
    assert torch.equal(made(way, kept=torch.ones(3, 4, dtype=torch.bool)), WEIGHTS)


@pytest.mark.parametrize("way", ["count", "count_unit", "energy", "redraw"])
def test_a_layer_of_which_nothing_is_left_stays_as_it_is(way):
    assert torch.equal(made(way, kept=torch.zeros(3, 4, dtype=torch.bool)), WEIGHTS)


def test_energy_cannot_scale_zeros():
    assert not made("energy", torch.zeros(3, 4)).any()


def test_the_factor_of_a_layer_is_that_of_its_root_mean_square():
    """By unit: of kept weights 1, 5 and 6, four times 1 and twice 25 and 36."""
    found = {
        way: rms_factors({"w": WEIGHTS}, {"w": made(way)}, {"w": KEPT})["w"]
        for way in ("count", "count_unit")
    }
    assert found == pytest.approx({"count": 2.0, "count_unit": sqrt((4 + 2 * 61) / 62)})
    nothing = {"w": torch.zeros(3, 4)}
    assert rms_factors(nothing, nothing, {"w": KEPT}) == {"w": None}


def test_layers_are_rescaled_each_by_its_own_count():
    lenet = bind("ltsweep.models.lenet_300_100", {"hidden": (6, 5)})
    net = Net.of(partial(lenet, (1, 4, 4), 3), (1, 4, 4))
    state = initial_state(net, INIT, 0, "init")
    mask = {layer.name: torch.zeros(layer.shape, dtype=torch.bool) for layer in net.layers}
    for count, part in zip((24, 30, 5), mask.values(), strict=True):
        part.view(-1)[:count] = True
    rescale = Rescale(way="count", init=INIT, purpose="init")
    found = rescaled(state, mask, rescale, net.layers, 0)
    expected = {"fc1.weight": 2.0, "fc2.weight": 1.0, "fc3.weight": sqrt(3)}
    assert rms_factors(state, found, mask) == pytest.approx(expected)
