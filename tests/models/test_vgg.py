"""Tests VGG-19: published sizes, layers in their order, sizes of images, live weights."""

import pytest
import torch

from ltsweep.models.connectivity import live_weights
from ltsweep.models.vgg import vgg19

from ..nets import net_of

TARGET = "ltsweep.models.vgg19"
WIDTHS = [64, 64, 128, 128, 256, 256, 256, 256, *[512] * 8]


def on_meta(input_shape, classes):
    with torch.device("meta"):
        return vgg19(input_shape, classes)


@pytest.mark.parametrize(
    ("classes", "parameters", "published"), [(10, 20_035_018, "20.04"), (100, 20_081_188, "20.08")]
)
def test_parameters_are_the_published_ones(classes, parameters, published):
    found = sum(p.numel() for p in on_meta((3, 32, 32), classes).parameters())
    assert found == parameters
    assert f"{found / 1e6:.2f}" == published


def test_biases_of_convolutions_would_add_as_many_as_there_are_channels():
    convolutions = sum(3 * 3 * a * b for a, b in zip([3, *WIDTHS], WIDTHS, strict=False))
    norms, head = 2 * sum(WIDTHS), 512 * 10 + 10
    assert convolutions + norms + head == 20_035_018
    assert convolutions + norms + head + sum(WIDTHS) == 20_040_522


def test_four_poolings_between_five_blocks_then_the_average_and_one_linear_layer():
    conv = ["Conv2d", "BatchNorm2d", "ReLU"]
    blocks = [[*conv * count, "MaxPool2d"] for count in (2, 2, 4, 4)]
    assert [type(layer).__name__ for layer in on_meta((3, 32, 32), 10)] == [
        *sum(blocks, []),
        *conv * 4,
        "GlobalAverage",
        "Linear",
    ]


@pytest.mark.parametrize(
    ("input_shape", "sides"),
    [
        ((1, 28, 28), [28, 14, 7, 4, 2]),
        ((3, 32, 32), [32, 16, 8, 4, 2]),
        ((3, 64, 64), [64, 32, 16, 8, 4]),
        ((1, 17, 17), [17, 9, 5, 3, 2]),
    ],
)
def test_prunable_layers_and_how_often_their_weights_multiply(input_shape, sides):
    net = net_of(TARGET, input_shape, 10)
    channels = [input_shape[0], *WIDTHS]
    counts = zip(sides, (2, 2, 4, 4, 4), strict=True)
    positions = [side**2 for side, count in counts for _ in range(count)]
    assert [(layer.name, layer.shape, layer.positions) for layer in net.layers] == [
        *(
            (f"conv{n + 1}.weight", (channels[n + 1], channels[n], 3, 3), positions[n])
            for n in range(16)
        ),
        ("fc.weight", (10, 512), 1),
    ]


def test_weights_for_other_sizes_and_channels_are_the_same_but_for_the_first():
    small, large = (
        {name: p.shape for name, p in on_meta(shape, 10).named_parameters()}
        for shape in ((1, 28, 28), (3, 64, 64))
    )
    assert {name for name in small if small[name] != large[name]} == {"conv1.weight"}


def test_no_convolution_has_a_bias():
    names = [name for name, _ in on_meta((3, 32, 32), 10).named_parameters()]
    assert [name for name in names if name.endswith("bias") and "norm" not in name] == ["fc.bias"]


@pytest.mark.parametrize("input_shape", [(1, 17, 17), (1, 28, 28), (3, 32, 32)])
def test_every_weight_of_the_dense_net_lives_and_one_example_is_a_batch(input_shape):
    module = vgg19(input_shape, 10)
    net = net_of(TARGET, input_shape, 10)
    masks = {layer.name: torch.ones(layer.shape, dtype=torch.bool) for layer in net.layers}
    assert all(live.all() for live in live_weights(net.module, masks, input_shape).values())
    assert module.train()(torch.zeros(1, *input_shape)).shape == (1, 10)


@pytest.mark.parametrize("size", [(16, 16), (8, 8), (64, 16), (16, 64)])
def test_images_that_are_too_small_are_refused_with_a_sentence(size):
    told = f"vgg19 needs images of at least 17x17 pixels, not {size[0]}x{size[1]}"
    with pytest.raises(ValueError, match=told):
        net_of(TARGET, (3, *size), 10)
