"""Tests every initial distribution: its analytic deviation, its moments, what is peculiar to it."""

from math import prod, sqrt

import pytest
import torch
from torch import nn

from ltsweep.foundations.components import bind
from ltsweep.foundations.randomness import generator
from ltsweep.init.state import layer_std
from ltsweep.models.layers import Layer
from ltsweep.part_spec import InitSpec

from ..points import choices

LINEAR, CONV = Layer("a", (300, 784), 1), Layer("a", (64, 32, 3, 3), 1)
TRUNCATED = 0.87962566103423978  # of a standard normal between -2 and 2

STDS = {
    # of a linear layer with 784 inputs and 300 outputs, of a 3x3 convolution from 32 to 64 channels
    "kaiming_normal": (sqrt(2 / 784), sqrt(2 / 288)),
    "kaiming_uniform": (sqrt(2 / 784), sqrt(2 / 288)),
    "xavier_normal": (sqrt(2 / 1084), sqrt(2 / 864)),
    "xavier_uniform": (sqrt(2 / 1084), sqrt(2 / 864)),
    "truncated_normal": (TRUNCATED * sqrt(2 / 784), TRUNCATED * sqrt(2 / 288)),
    "signed_constant": (sqrt(2 / 784), sqrt(2 / 288)),
    "orthogonal": (sqrt(2 / 784), sqrt(2 / 288)),
}


def spec(name, scale=1.0, **settings):
    return InitSpec(distribution=bind(f"ltsweep.init.{name}", settings), scale=scale)


def draw(name, layer, scale=1.0, seed=0, **settings):
    distribution = spec(name, **settings).distribution(layer.fan_in, layer.fan_out)
    return distribution.draw(layer.shape, scale, generator(seed, "a"))


def test_the_table_has_every_distribution_that_is_offered():
    assert sorted(STDS) == choices("init")


@pytest.mark.parametrize("name", STDS)
def test_analytic_standard_deviations(name):
    found = tuple(layer_std(spec(name), layer) for layer in (LINEAR, CONV))
    assert found == pytest.approx(STDS[name], rel=1e-9)
    assert layer_std(spec(name, scale=3.0), CONV) == pytest.approx(3 * STDS[name][1])


@pytest.mark.parametrize("name", STDS)
def test_a_gain_of_one_and_of_a_relu_differ_by_the_root_of_two(name):
    relu, linear = (layer_std(spec(name, nonlinearity=n), CONV) for n in ("relu", "linear"))
    assert relu == pytest.approx(sqrt(2) * linear)


@pytest.mark.parametrize("scale", [0.1, 1.0, 3.0])
@pytest.mark.parametrize("layer", [LINEAR, CONV])
@pytest.mark.parametrize("name", STDS)
def test_draws_are_float32_centred_and_of_the_deviation_that_is_announced(name, layer, scale):
    drawn, std = draw(name, layer, scale), layer_std(spec(name, scale), layer)
    assert (drawn.dtype, tuple(drawn.shape)) == (torch.float32, layer.shape)
    assert drawn.square().mean().sqrt().item() == pytest.approx(std, rel=0.015)
    assert abs(drawn.mean().item()) < 5 * std / sqrt(layer.total)


@pytest.mark.parametrize("name", STDS)
def test_a_draw_is_that_of_its_generator_and_scale_multiplies_it(name):
    torch.testing.assert_close(draw(name, CONV, 3.0), 3 * draw(name, CONV))
    assert not torch.equal(draw(name, CONV, seed=1), draw(name, CONV))


@pytest.mark.parametrize(
    ("name", "kurtosis"),
    [
        ("kaiming_normal", 3.0),
        ("kaiming_uniform", 1.8),
        ("xavier_normal", 3.0),
        ("xavier_uniform", 1.8),
        ("truncated_normal", 2.3658),
        ("signed_constant", 1.0),
    ],
)
def test_the_fourth_moment_tells_shapes_apart(name, kurtosis):
    drawn = draw(name, LINEAR).double()
    found = drawn.pow(4).mean() / drawn.square().mean().square()
    assert found.item() == pytest.approx(kurtosis, abs=0.04)


@pytest.mark.parametrize("name", ["kaiming_uniform", "xavier_uniform"])
def test_uniform_draws_fill_the_interval_of_torch_nn_init(name):
    drawn, bound = draw(name, LINEAR), sqrt(3) * layer_std(spec(name), LINEAR)
    assert 0.999 * bound < drawn.max() <= bound and -bound <= drawn.min() < -0.999 * bound
    of_torch = getattr(nn.init, f"{name}_")(torch.empty(LINEAR.shape), **_gain(name))
    assert of_torch.abs().max().item() == pytest.approx(bound, rel=1e-3)


def _gain(name):
    return {"nonlinearity": "relu"} if name.startswith("kaiming") else {}


def test_a_truncated_normal_ends_at_two_sigma_of_kaimings_formula():
    drawn, sigma = draw("truncated_normal", LINEAR), sqrt(2 / 784)
    assert 1.99 * sigma < drawn.abs().max() <= 2 * sigma * (1 + 1e-6)
    within = (drawn.abs() < sigma).double().mean().item()
    assert within == pytest.approx(0.682689 / 0.954500, abs=0.005)  # of a normal that was cut


def test_signed_constants_have_one_magnitude_and_as_many_signs_of_either_kind():
    drawn = draw("signed_constant", LINEAR)
    assert set(drawn.abs().flatten().tolist()) == {drawn.abs().max().item()}
    assert drawn.abs().max().item() == pytest.approx(sqrt(2 / 784), rel=1e-6)
    assert (drawn > 0).double().mean().item() == pytest.approx(0.5, abs=0.005)


@pytest.mark.parametrize("shape", [(20, 50), (50, 20), (16, 4, 3, 3), (64, 2, 3, 3)])
def test_the_fewer_of_rows_and_columns_are_orthonormal_times_gain(shape):
    flat = draw("orthogonal", Layer("a", shape, 1), scale=0.5).flatten(1).double()
    short = flat if flat.shape[0] <= flat.shape[1] else flat.T
    expected = 0.25 * 2 * torch.eye(len(short), dtype=torch.float64)
    torch.testing.assert_close(short @ short.T, expected, atol=1e-6, rtol=0)
    layer = Layer("a", shape, 1)
    assert layer_std(spec("orthogonal"), layer) == pytest.approx(
        sqrt(2 / max(shape[0], prod(shape[1:])))
    )
