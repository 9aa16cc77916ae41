"""Tests the small net with global average pooling: its count, settings, images, live weights."""

import pytest
import torch

from ltsweep.foundations.components import ValidationError, bind
from ltsweep.models.connectivity import live_weights
from ltsweep.models.small_conv import conv_gap

from ..nets import net_of

TARGET = "ltsweep.models.conv_gap"


def test_prunable_layers_of_the_default():
    net = net_of(TARGET, (1, 14, 14), 10)
    assert [(layer.name, layer.shape, layer.positions) for layer in net.layers] == [
        ("conv1.weight", (16, 1, 3, 3), 49),
        ("conv2.weight", (32, 16, 3, 3), 49),
        ("conv3.weight", (32, 32, 3, 3), 16),
        ("conv4.weight", (64, 32, 3, 3), 16),
        ("fc.weight", (10, 64), 1),
    ]
    assert sum(layer.total for layer in net.layers[:-1]) == 144 + 4608 + 9216 + 18432 == 32_400
    norms, head = 2 * (16 + 32 + 32 + 64), 650
    assert net.footprint.parameters == 32_400 + norms + head == 33_338


def test_a_convolution_without_norm_has_a_bias():
    with_norm, without = (
        [type(layer).__name__ for layer in conv_gap((1, 14, 14), 10, norm=norm)]
        for norm in ("batch", "none")
    )
    tail = ["GlobalAverage", "Linear"]
    assert with_norm == ["Conv2d", "BatchNorm2d", "ReLU"] * 4 + tail
    assert without == ["Conv2d", "ReLU"] * 4 + tail
    for norm in ("batch", "none"):
        convolutions = [m for m in conv_gap((1, 9, 9), 3, norm=norm) if hasattr(m, "kernel_size")]
        assert [conv.bias is not None for conv in convolutions] == [norm == "none"] * 4


def test_channels_and_strides_are_settings():
    net = net_of(TARGET, (3, 9, 7), 5, channels=[4, 6], strides=[1, 3], norm="none")
    assert [(layer.shape, layer.positions, layer.bias) for layer in net.layers] == [
        ((4, 3, 3, 3), 63, "conv1.bias"),
        ((6, 4, 3, 3), 9, "conv2.bias"),
        ((5, 6), 1, "fc.bias"),
    ]


@pytest.mark.parametrize("input_shape", [(1, 5, 5), (1, 8, 8), (1, 14, 14), (3, 32, 17)])
@pytest.mark.parametrize("norm", ["batch", "none"])
def test_every_weight_of_the_dense_net_lives_and_one_example_is_a_batch(input_shape, norm):
    net = net_of(TARGET, input_shape, 10, norm=norm)
    masks = {layer.name: torch.ones(layer.shape, dtype=torch.bool) for layer in net.layers}
    assert all(live.all() for live in live_weights(net.module, masks, input_shape).values())
    module = conv_gap(input_shape, 10, norm=norm).train()
    assert module(torch.zeros(1, *input_shape)).shape == (1, 10)


@pytest.mark.parametrize(
    ("input_shape", "settings", "told"),
    [
        (
            (1, 4, 14),
            {},
            "strides of 2x1x2x1 need images of at least 5x5 pixels, not 4x14",
        ),
        (
            (1, 2, 2),
            {"channels": [3], "strides": [2]},
            "strides of 2 need images of at least 3x3 pixels, not 2x2",
        ),
        (
            (1, 14, 14),
            {"channels": [16, 32]},
            "model.strides must be as many as model.channels, one for each convolution: 2, not 4",
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_a_sentence(input_shape, settings, told):
    with pytest.raises(ValueError, match=f"^{told}$"):
        net_of(TARGET, input_shape, 10, **settings)


@pytest.mark.parametrize(
    "settings",
    [{"channels": []}, {"channels": [0]}, {"strides": [2, 1, 2, 0]}, {"norm": "layer"}],
)
def test_impossible_settings_are_refused(settings):
    with pytest.raises(ValidationError):
        bind(TARGET, settings)
