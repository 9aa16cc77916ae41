"""VGG-19 with batch norm and global average pooling, the net of "One ticket to win them all"."""

from collections import OrderedDict

from torch import nn

from ltsweep.models.average import GlobalAverage
from ltsweep.models.least import check_size

__all__ = ["vgg19"]

# Output channels of the convolutions between poolings; behind the last ones comes the average.
_BLOCKS = ((64,) * 2, (128,) * 2, (256,) * 4, (512,) * 4, (512,) * 4)
_LEAST = 17  # pixels that four poolings leave more than one of


def vgg19(input_shape: tuple[int, int, int], classes: int) -> nn.Module:
    """VGG-19 (Simonyan & Zisserman 2015, arXiv 1409.1556) as in Morcos et al. 2019 (1906.02773).

    Sixteen 3x3 convolutions with batch norm, max pooling behind the first four blocks of them, then
    the average over all pixels and one linear layer in place of the fully connected ones. On colour
    images with ten classes 20,024,000 weights are prunable and there are 20,035,018 parameters, as
    published: 20.04 M, with 100 classes 20.08 M (Liu et al. 2017, arXiv 1708.06519). Biases in
    front of batch norm would change nothing; with them there would be 20,040,522 parameters.

    Poolings round up, which sizes that 16 divides never notice. Of 28x28 pixels 2x2 remain and not
    one, at which eight of nine weights of the last block would meet nothing but padding. Returns
    logits of shape (batch, classes). ValueError for images smaller than 17x17, since batch norm
    needs more than one pixel, should a batch be of one example.
    """
    channels, height, width = input_shape
    check_size("vgg19 needs", _LEAST, height, width)
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    number = 0
    for block, widths in enumerate(_BLOCKS, start=1):
        for outputs in widths:
            number += 1
            layers[f"conv{number}"] = nn.Conv2d(channels, outputs, 3, padding=1, bias=False)
            layers[f"norm{number}"] = nn.BatchNorm2d(outputs)
            layers[f"relu{number}"] = nn.ReLU(inplace=True)
            channels = outputs
        if block < len(_BLOCKS):
            layers[f"pool{block}"] = nn.MaxPool2d(2, ceil_mode=True)
    layers["average"] = GlobalAverage()
    layers["fc"] = nn.Linear(channels, classes)
    return nn.Sequential(layers)
