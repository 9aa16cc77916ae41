"""Architectures, one file per family: each a function (input_shape, classes) -> torch.nn.Module."""

from ltsweep.models.conv import conv2, conv4, conv6
from ltsweep.models.lenet import lenet_300_100
from ltsweep.models.residual import resnet

__all__ = [
    "conv2",
    "conv4",
    "conv6",
    "lenet_300_100",
    "resnet",
]
