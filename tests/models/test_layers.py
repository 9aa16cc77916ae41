"""Tests what a plan knows of an architecture: prunable layers, their fans and positions."""

from functools import partial

import pytest
import torch
from torch import nn

from ltsweep.foundations.components import bind
from ltsweep.models.layers import Layer
from ltsweep.models.net import Net

LENET = bind("ltsweep.models.lenet_300_100", {})
CONV2 = bind("ltsweep.models.conv2", {})


def layers_of(build, shape, **settings):
    return list(Net.of(build, shape, **settings).layers)


def test_layers_of_lenet():
    assert layers_of(partial(LENET, (1, 28, 28), 10), (1, 28, 28)) == [
        Layer("fc1.weight", (300, 784), 1, bias="fc1.bias"),
        Layer("fc2.weight", (100, 300), 1, bias="fc2.bias"),
        Layer("fc3.weight", (10, 100), 1, is_output=True, bias="fc3.bias"),
    ]


def test_a_weight_of_a_convolution_multiplies_once_per_output_pixel():
    assert layers_of(partial(CONV2, (3, 32, 32), 10), (3, 32, 32)) == [
        Layer("conv1.weight", (64, 3, 3, 3), 32 * 32, bias="conv1.bias"),
        Layer("conv2.weight", (64, 64, 3, 3), 32 * 32, bias="conv2.bias"),
        Layer("fc1.weight", (256, 64 * 16 * 16), 1, bias="fc1.bias"),
        Layer("fc2.weight", (256, 256), 1, bias="fc2.bias"),
        Layer("fc3.weight", (10, 256), 1, is_output=True, bias="fc3.bias"),
    ]


def test_strides_and_padding_count():
    module = nn.Sequential(nn.Conv2d(1, 2, 3, stride=2), nn.Flatten(), nn.Linear(2 * 3 * 2, 4))
    layers = layers_of(lambda: module, (1, 7, 5))
    assert [layer.positions for layer in layers] == [3 * 2, 1]


@pytest.mark.parametrize(
    ("shape", "total", "fan_in", "fan_out"),
    [((300, 784), 235_200, 784, 300), ((64, 3, 5, 3), 2_880, 3 * 15, 64 * 15)],
)
def test_fans_as_torch_counts_them(shape, total, fan_in, fan_out):
    layer = Layer("a", shape, 1)
    assert (layer.total, layer.fan_in, layer.fan_out) == (total, fan_in, fan_out)
    assert nn.init._calculate_fan_in_and_fan_out(torch.empty(shape)) == (fan_in, fan_out)


class Backwards(nn.Module):
    """A net whose layers are declared in another order than they are used in."""

    def __init__(self):
        super().__init__()
        self.output = nn.Linear(5, 3)
        self.norm = nn.BatchNorm1d(5)
        self.hidden = nn.Linear(4, 5)

    def forward(self, x):
        return self.output(self.norm(self.hidden(x.flatten(1))))


def test_layers_come_in_the_order_of_execution_without_biases_and_norms():
    layers = layers_of(Backwards, (1, 2, 2))
    assert [layer.name for layer in layers] == ["hidden.weight", "output.weight"]


def test_looking_leaves_no_hooks_behind():
    module = Backwards()
    layers_of(lambda: module, (1, 2, 2))
    assert not module.hidden._forward_hooks
