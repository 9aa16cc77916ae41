"""Conv-2, Conv-4 and Conv-6, the small convolutional nets of Frankle & Carbin 2019."""

from collections import OrderedDict

from torch import nn

from ltsweep.models.least import check_size

__all__ = ["conv2", "conv4", "conv6"]

Shape = tuple[int, int, int]


def conv2(input_shape: Shape, classes: int) -> nn.Module:
    """Two 3x3 convolutions of 64 channels, max pooling, dense 256-256 (arXiv 1803.03635, Conv-2).

    4.3 M parameters on 32x32 colour images. Returns logits of shape (batch, classes); ValueError
    for images smaller than 2x2, which the pooling would empty.
    """
    return _scaled_down_vgg("conv2", (64,), input_shape, classes)


def conv4(input_shape: Shape, classes: int) -> nn.Module:
    """Conv-2 with two more convolutions, of 128 channels, and pooling (arXiv 1803.03635, Conv-4).

    2.4 M parameters on 32x32 colour images. Returns logits of shape (batch, classes); ValueError
    for images smaller than 4x4.
    """
    return _scaled_down_vgg("conv4", (64, 128), input_shape, classes)


def conv6(input_shape: Shape, classes: int) -> nn.Module:
    """Conv-4 with two more convolutions, of 256 channels, and pooling (arXiv 1803.03635, Conv-6).

    2.3 M parameters on 32x32 colour images (the paper says 1.7 M, but its layers add up to this).
    Returns logits of shape (batch, classes); ValueError for images smaller than 8x8.
    """
    return _scaled_down_vgg("conv6", (64, 128, 256), input_shape, classes)


def _scaled_down_vgg(
    name: str, widths: tuple[int, ...], input_shape: Shape, classes: int
) -> nn.Module:
    """Per width two 3x3 convolutions and max pooling; then dense 256-256."""
    channels, height, width = input_shape
    shrinks = 2 ** len(widths)
    check_size(f"{name} needs", shrinks, height, width)
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    for number, outputs in enumerate(widths, start=1):
        for conv in (2 * number - 1, 2 * number):
            layers[f"conv{conv}"] = nn.Conv2d(channels, outputs, 3, padding=1)
            layers[f"relu{conv}"] = nn.ReLU()
            channels = outputs
        layers[f"pool{number}"] = nn.MaxPool2d(2)
    layers["flatten"] = nn.Flatten()
    inputs = channels * (height // shrinks) * (width // shrinks)
    for number in (1, 2):
        layers[f"fc{number}"] = nn.Linear(inputs, 256)
        layers[f"relu{2 * len(widths) + number}"] = nn.ReLU()
        inputs = 256
    layers["fc3"] = nn.Linear(inputs, classes)
    return nn.Sequential(layers)
