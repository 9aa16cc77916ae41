"""Conv-2, the small convolutional net of Frankle & Carbin 2019, scaled down from VGG."""

from collections import OrderedDict

from torch import nn


def conv2(input_shape: tuple[int, int, int], classes: int) -> nn.Module:
    """Two 3x3 convolutions of 64 channels, max pooling, dense 256-256 (arXiv 1803.03635, Conv-2).

    4.3 M parameters on 32x32 colour images. Returns logits of shape (batch, classes); ValueError
    for images smaller than 2x2, which the pooling would empty.
    """
    channels, height, width = input_shape
    if min(height, width) < 2:
        raise ValueError(f"conv2 needs images of at least 2x2 pixels, not {height}x{width}")
    flat = 64 * (height // 2) * (width // 2)
    layers = {
        "conv1": nn.Conv2d(channels, 64, 3, padding=1),
        "relu1": nn.ReLU(),
        "conv2": nn.Conv2d(64, 64, 3, padding=1),
        "relu2": nn.ReLU(),
        "pool": nn.MaxPool2d(2),
        "flatten": nn.Flatten(),
        "fc1": nn.Linear(flat, 256),
        "relu3": nn.ReLU(),
        "fc2": nn.Linear(256, 256),
        "relu4": nn.ReLU(),
        "fc3": nn.Linear(256, classes),
    }
    return nn.Sequential(OrderedDict(layers))
