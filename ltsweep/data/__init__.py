"""Datasets: files or embedded arrays -> uint8 arrays -> a fixed split -> tensors on the device."""

from ltsweep.data.cifar import cifar10
from ltsweep.data.embedded import digits
from ltsweep.data.mnist_family import fashion_mnist, mnist

__all__ = [
    "cifar10",
    "digits",
    "fashion_mnist",
    "mnist",
]
