"""Tests the average over all pixels: the numbers of torch's own, a gradient in the right layout."""

import pytest
import torch
from torch import nn

from ltsweep.models.average import GlobalAverage


def output_and_gradient(average, images, gradient):
    x = images.clone(memory_format=torch.preserve_format).requires_grad_()
    y = average(x)
    y.backward(gradient)
    return y, x.grad


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("shape", [(64, 64, 4, 4), (7, 5, 3, 9), (1, 512, 2, 2), (2, 3, 1, 1)])
@pytest.mark.parametrize("layout", [torch.channels_last, torch.contiguous_format])
def test_numbers_are_those_of_torchs_own_bit_by_bit(dtype, shape, layout):
    random = torch.Generator().manual_seed(0)
    images = torch.randn(shape, generator=random).to(dtype).to(memory_format=layout)
    gradient = torch.randn(shape[:2], generator=random).to(dtype)
    torchs = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
    expected = output_and_gradient(torchs, images, gradient)
    found = output_and_gradient(GlobalAverage(), images, gradient)
    assert all(torch.equal(one, other) for one, other in zip(found, expected, strict=True))


def test_the_gradient_that_the_layer_in_front_is_given_has_channels_last():
    strides = []
    x = torch.ones(4, 6, 3, 3).to(memory_format=torch.channels_last).requires_grad_()
    y = x * 1
    y.register_hook(lambda gradient: strides.append(gradient.stride()))
    GlobalAverage()(y).sum().backward()
    assert strides == [x.stride()]
