"""Residual nets for small images (He et al. 2016): ResNet-20, ResNet-56, the CIFAR ResNet-18."""

from collections import OrderedDict
from typing import Annotated

import torch
from pydantic import Field
from torch import nn
from torch.nn import functional as F

__all__ = ["resnet"]

Count = Annotated[int, Field(ge=1)]


class Block(nn.Module):
    """Two 3x3 convolutions beside a shortcut; a 1x1 projection where shapes differ.

    `last` says that no convolution follows.
    """

    def __init__(self, inputs: int, outputs: int, stride: int, *, last: bool) -> None:
        super().__init__()
        self.last = last
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)
        projection = {
            "conv": nn.Conv2d(inputs, outputs, 1, stride, bias=False),
            "norm": nn.BatchNorm2d(outputs),
        }
        same = stride == 1 and inputs == outputs
        self.shortcut = nn.Sequential(OrderedDict({} if same else projection))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, inputs, H, W) -> (N, outputs, H / stride, W / stride), rounded up."""
        y = F.relu(self.norm1(self.conv1(x)), inplace=True)
        y = self.norm2(self.conv2(y))
        y += self.shortcut(x)
        return _unmasked_relu(y) if self.last else F.relu(y, inplace=True)


def _unmasked_relu(x: torch.Tensor) -> torch.Tensor:
    """ReLU whose gradient comes from signs in the type of x instead of a mask of bools.

    A compiler finds the sign of other ReLUs in what the next convolution keeps. Of this one it
    would keep bools, which its code for CPUs stores and loads one by one: 8 % of a step.
    """
    return x * x.detach().sign().clamp_min(0)


def resnet(
    input_shape: tuple[int, int, int],
    classes: int,
    *,
    blocks: Annotated[tuple[Count, ...], Field(min_length=1)] = (3, 3, 3),
    width: Count = 16,
) -> nn.Module:
    """3x3 stem, a stage per entry of `blocks`, average over all pixels, one linear layer.

    Stages have width, 2 * width, 4 * width... channels and halve the image but for the first
    (He et al. 2016, arXiv 1512.03385, section 4.2). Shortcuts between stages are 1x1 convolutions
    with batch norm, as in open_lth, which the lottery ticket papers used. The default is ResNet-20:
    272,474 parameters on 32x32 colour images with ten classes; with the statistics of batch norm
    274,042, the 274 K of Frankle & Carbin 2019, who call it Resnet-18. Returns logits of shape
    (batch, classes). ValueError for images that the stages would shrink to one pixel: batch norm
    needs more, should a batch be of one example.
    """
    channels, height, image_width = input_shape
    least = 2 ** (len(blocks) - 1) + 1
    if min(height, image_width) < least:
        raise ValueError(
            f"{len(blocks)} stages need images of at least {least}x{least} pixels, not "
            f"{height}x{image_width}"
        )
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    layers["conv"] = nn.Conv2d(channels, width, 3, padding=1, bias=False)
    layers["norm"] = nn.BatchNorm2d(width)
    layers["relu"] = nn.ReLU(inplace=True)
    inputs = width
    for number, count in enumerate(blocks):
        outputs, strides = width * 2**number, [1] * count
        if number > 0:
            strides[0] = 2
        stage = nn.Sequential()
        for stride in strides:
            last = len(stage) == count - 1 and number == len(blocks) - 1
            stage.append(Block(inputs, outputs, stride, last=last))
            inputs = outputs
        layers[f"stage{number + 1}"] = stage
    layers["pool"] = nn.AdaptiveAvgPool2d(1)
    layers["flatten"] = nn.Flatten()
    layers["fc"] = nn.Linear(inputs, classes)
    return nn.Sequential(layers)
