"""Multinomial logistic regression: one linear layer on the pixels, trained as any net is."""

from collections import OrderedDict
from math import prod

from torch import nn

__all__ = ["linear"]


def linear(input_shape: tuple[int, int, int], classes: int) -> nn.Module:
    """One linear layer; with cross-entropy, multinomial logistic regression.

    Takes images of any (channels, height, width); 7,850 parameters for 28x28 grey images and ten
    classes. Returns logits of shape (batch, classes).
    """
    layer = nn.Linear(prod(input_shape), classes)
    return nn.Sequential(OrderedDict(flatten=nn.Flatten(), fc=layer))
