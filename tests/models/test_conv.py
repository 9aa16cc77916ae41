"""Tests Conv-2, Conv-4 and Conv-6: size, order of layers, inputs that they cannot take."""

import pytest
import torch

from ltsweep.models.conv import conv2, conv4, conv6

from ..nets import net_of


def test_4301642_parameters_on_cifar():
    sizes = [parameter.numel() for parameter in conv2((3, 32, 32), 10).parameters()]
    convolutions = [3 * 64 * 9, 64, 64 * 64 * 9, 64]
    dense = [64 * 16 * 16 * 256, 256, 256 * 256, 256, 256 * 10, 10]
    assert sizes == convolutions + dense
    assert sum(sizes) == 4_301_642


@pytest.mark.parametrize(
    ("model", "convolutions", "dense", "total"),
    [
        (conv4, [(3, 64), (64, 64), (64, 128), (128, 128)], 128 * 8 * 8, 2_425_930),
        (
            conv6,
            [(3, 64), (64, 64), (64, 128), (128, 128), (128, 256), (256, 256)],
            256 * 4 * 4,
            2_262_602,
        ),
    ],
)
def test_parameters_of_the_deeper_nets(model, convolutions, dense, total):
    shapes = [tuple(p.shape) for p in model((3, 32, 32), 10).parameters() if p.dim() > 1]
    assert shapes[:-3] == [(out, fan_in, 3, 3) for fan_in, out in convolutions]
    assert shapes[-3:] == [(256, dense), (256, 256), (10, 256)]
    assert sum(p.numel() for p in model((3, 32, 32), 10).parameters()) == total


def test_two_convolutions_then_pooling_then_dense_layers():
    conv_relu = ["Conv2d", "ReLU"]
    block, dense = [*conv_relu, *conv_relu, "MaxPool2d"], ["Linear", "ReLU"] * 2
    for model, blocks in ((conv2, 1), (conv4, 2), (conv6, 3)):
        kinds = [type(layer).__name__ for layer in model((1, 8, 8), 10)]
        assert kinds == [*block * blocks, "Flatten", *dense, "Linear"]


@pytest.mark.parametrize(
    ("model", "input_shape"),
    [
        (conv2, (3, 8, 8)),
        (conv2, (1, 2, 2)),
        (conv2, (1, 5, 7)),
        (conv4, (1, 28, 28)),
        (conv4, (3, 4, 7)),
        (conv6, (1, 28, 28)),
        (conv6, (1, 8, 8)),
    ],
)
def test_logits(model, input_shape):
    assert model(input_shape, 6)(torch.zeros(4, *input_shape)).shape == (4, 6)


@pytest.mark.parametrize(
    ("name", "least", "input_shape"),
    [
        ("conv2", "2x2", (1, 1, 1)),
        ("conv2", "2x2", (3, 1, 28)),
        ("conv2", "2x2", (3, 28, 1)),
        ("conv4", "4x4", (3, 28, 3)),
        ("conv6", "8x8", (1, 7, 8)),
    ],
)
def test_images_that_pooling_would_empty_are_refused_with_a_sentence(name, least, input_shape):
    size = f"{input_shape[1]}x{input_shape[2]}"
    with pytest.raises(
        ValueError, match=f"{name} needs images of at least {least} pixels, not {size}"
    ):
        net_of(f"ltsweep.models.{name}", input_shape, 10)
