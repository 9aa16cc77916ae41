"""Tests LeNet-300-100: size, order of layers, any input size."""

import pytest
import torch

from ltsweep.foundations.components import ValidationError, bind
from ltsweep.models.lenet import lenet_300_100

from ..nets import net_of

TARGET = "ltsweep.models.lenet_300_100"


def parameters(module):
    return sum(parameter.numel() for parameter in module.parameters())


def test_266610_parameters_on_mnist():
    assert parameters(lenet_300_100((1, 28, 28), 10)) == 266_610


@pytest.mark.parametrize(
    ("input_shape", "classes", "hidden", "expected"),
    [
        ((1, 8, 8), 10, (300, 100), 65 * 300 + 301 * 100 + 101 * 10),
        ((3, 32, 32), 100, (300, 100), 3073 * 300 + 301 * 100 + 101 * 100),
        ((1, 2, 2), 3, (7,), 5 * 7 + 8 * 3),
        ((1, 2, 2), 3, (), 5 * 3),
    ],
)
def test_parameters_of_other_sizes(input_shape, classes, hidden, expected):
    module = lenet_300_100(input_shape, classes, hidden=hidden)
    assert parameters(module) == expected
    assert module(torch.zeros(4, *input_shape)).shape == (4, classes)


def test_linear_layers_with_relus_between_and_none_at_the_end():
    kinds = [type(layer).__name__ for layer in lenet_300_100((1, 28, 28), 10)]
    assert kinds == ["Flatten", "Linear", "ReLU", "Linear", "ReLU", "Linear"]


def test_a_plan_needs_no_storage():
    module = net_of(TARGET, (1, 28, 28), 10).module
    assert all(parameter.is_meta for parameter in module.parameters())
    assert parameters(module) == 266_610


@pytest.mark.parametrize("hidden", [(300, 0), (-1,), "wide"])
def test_impossible_widths_are_refused(hidden):
    with pytest.raises(ValidationError):
        bind(TARGET, {"hidden": hidden})
