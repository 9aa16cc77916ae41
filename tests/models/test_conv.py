"""Tests Conv-2: size, order of layers, inputs that it cannot take."""

import pytest
import torch

from ltsweep.components import bind
from ltsweep.models.conv import conv2
from ltsweep.models.facts import build_meta

CALL = bind("ltsweep.models.conv.conv2", {})


def test_4301642_parameters_on_cifar():
    sizes = [parameter.numel() for parameter in conv2((3, 32, 32), 10).parameters()]
    convolutions = [3 * 64 * 9, 64, 64 * 64 * 9, 64]
    dense = [64 * 16 * 16 * 256, 256, 256 * 256, 256, 256 * 10, 10]
    assert sizes == convolutions + dense
    assert sum(sizes) == 4_301_642


@pytest.mark.parametrize("input_shape", [(3, 8, 8), (1, 2, 2), (1, 5, 7)])
def test_logits(input_shape):
    assert conv2(input_shape, 6)(torch.zeros(4, *input_shape)).shape == (4, 6)


@pytest.mark.parametrize("input_shape", [(1, 1, 1), (3, 1, 28), (3, 28, 1)])
def test_images_that_pooling_would_empty_are_refused_with_a_sentence(input_shape):
    size = f"{input_shape[1]}x{input_shape[2]}"
    with pytest.raises(ValueError, match=f"conv2 needs images of at least 2x2 pixels, not {size}"):
        build_meta(CALL, input_shape, 10)
