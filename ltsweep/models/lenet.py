"""LeNet-300-100, the fully connected net of LeCun et al. 1998 that lottery tickets began with."""

from collections import OrderedDict
from itertools import pairwise
from math import prod
from typing import Annotated

from pydantic import Field
from torch import nn

__all__ = ["lenet_300_100"]

Width = Annotated[int, Field(ge=1)]


def lenet_300_100(
    input_shape: tuple[int, int, int],
    classes: int,
    *,
    hidden: tuple[Width, ...] = (300, 100),
) -> nn.Module:
    """Fully connected ReLU net 300-100 (Frankle & Carbin 2019, arXiv 1803.03635, their Lenet).

    Takes images of any (channels, height, width); 266,610 parameters for 28x28 grey images and ten
    classes. Returns logits of shape (batch, classes).
    """
    widths = (prod(input_shape), *hidden, classes)
    layers: dict[str, nn.Module] = {"flatten": nn.Flatten()}
    for number, (fan_in, fan_out) in enumerate(pairwise(widths), start=1):
        if number > 1:
            layers[f"relu{number - 1}"] = nn.ReLU()
        layers[f"fc{number}"] = nn.Linear(fan_in, fan_out)
    return nn.Sequential(OrderedDict(layers))
