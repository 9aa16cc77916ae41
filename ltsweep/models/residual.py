"""Residual nets (He et al. 2016): ResNet-20, ResNet-56 and the CIFAR ResNet-18; ResNet-50."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Annotated

import torch
from pydantic import Field
from torch import nn
from torch.nn import functional as F

from ltsweep.models.average import GlobalAverage
from ltsweep.models.least import check_size

__all__ = ["resnet", "resnet50"]

Count = Annotated[int, Field(ge=1)]

BOTTLENECK = 4  # outputs of a bottleneck block for each channel of its 3x3 convolution
USUAL_STEM_FROM = 64  # pixels; the usual stem makes 16x16 of so many


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
        self.shortcut = _shortcut(inputs, outputs, stride)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, inputs, H, W) -> (N, outputs, H / stride, W / stride), rounded up."""
        y = F.relu(self.norm1(self.conv1(x)), inplace=True)
        y = self.norm2(self.conv2(y))
        y += self.shortcut(x)
        return _unmasked_relu(y) if self.last else F.relu(y, inplace=True)


class Bottleneck(nn.Module):
    """Convolutions 1x1, 3x3 and 1x1 beside a shortcut; the first two have a quarter of the outputs.

    The 3x3 one has the stride, as in most code since the paper, which gave it to the first.
    """

    def __init__(self, inputs: int, outputs: int, stride: int, *, last: bool) -> None:
        super().__init__()
        self.last, inner = last, outputs // BOTTLENECK
        self.conv1 = nn.Conv2d(inputs, inner, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(inner)
        self.conv2 = nn.Conv2d(inner, inner, 3, stride, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(inner)
        self.conv3 = nn.Conv2d(inner, outputs, 1, bias=False)
        self.norm3 = nn.BatchNorm2d(outputs)
        self.shortcut = _shortcut(inputs, outputs, stride)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, inputs, H, W) -> (N, outputs, H / stride, W / stride), rounded up."""
        y = F.relu(self.norm1(self.conv1(x)), inplace=True)
        y = F.relu(self.norm2(self.conv2(y)), inplace=True)
        y = self.norm3(self.conv3(y))
        y += self.shortcut(x)
        return _unmasked_relu(y) if self.last else F.relu(y, inplace=True)


def _shortcut(inputs: int, outputs: int, stride: int) -> nn.Sequential:
    """The identity, or a 1x1 projection where shapes differ."""
    projection = {
        "conv": nn.Conv2d(inputs, outputs, 1, stride, bias=False),
        "norm": nn.BatchNorm2d(outputs),
    }
    same = stride == 1 and inputs == outputs
    return nn.Sequential(OrderedDict({} if same else projection))


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
    check_size(f"{len(blocks)} stages need", least, height, image_width)
    stem = _stem(nn.Conv2d(channels, width, 3, padding=1, bias=False))
    stages = _stages(Block, width, blocks, width)
    head = OrderedDict(
        pool=nn.AdaptiveAvgPool2d(1),
        flatten=nn.Flatten(),
        fc=nn.Linear(width * 2 ** (len(blocks) - 1), classes),
    )
    return nn.Sequential(stem | stages | head)


def resnet50(input_shape: tuple[int, int, int], classes: int) -> nn.Module:
    """ResNet-50 (He et al. 2016, arXiv 1512.03385, table 1): bottleneck blocks, 3-4-6-3 of them.

    The stem is the usual one from 64x64 pixels on: a 7x7 convolution of stride 2 and max pooling.
    Smaller images have a 3x3 convolution of stride 1, since the usual stem would leave too few
    pixels. 25,557,032 parameters on colour images with 1000 classes (the published 25.6 M); with
    the small stem and ten classes 23,520,842. Returns logits of shape (batch, classes). ValueError
    for images smaller than 9x9, which the stages would shrink to one pixel: batch norm needs more,
    should a batch be of one example.
    """
    channels, height, width = input_shape
    blocks, inputs = (3, 4, 6, 3), 64
    least = 2 ** (len(blocks) - 1) + 1
    check_size("resnet50 needs", least, height, width)
    if min(height, width) < USUAL_STEM_FROM:
        stem = _stem(nn.Conv2d(channels, inputs, 3, padding=1, bias=False))
    else:
        stem = _stem(nn.Conv2d(channels, inputs, 7, 2, padding=3, bias=False))
        stem["maxpool"] = nn.MaxPool2d(3, 2, padding=1)
    outputs = BOTTLENECK * inputs
    stages = _stages(Bottleneck, inputs, blocks, outputs)
    fc = nn.Linear(outputs * 2 ** (len(blocks) - 1), classes)
    return nn.Sequential(stem | stages | OrderedDict(average=GlobalAverage(), fc=fc))


def _stem(conv: nn.Conv2d) -> OrderedDict[str, nn.Module]:
    norm = nn.BatchNorm2d(conv.out_channels)
    return OrderedDict(conv=conv, norm=norm, relu=nn.ReLU(inplace=True))


def _stages(
    kind: type[Block] | type[Bottleneck], inputs: int, blocks: Sequence[int], width: int
) -> OrderedDict[str, nn.Module]:
    """Stages of width, 2 * width, 4 * width... channels; all but the first halve the image."""
    stages: OrderedDict[str, nn.Module] = OrderedDict()
    for number, count in enumerate(blocks):
        outputs, strides = width * 2**number, [1] * count
        if number > 0:
            strides[0] = 2
        stage = nn.Sequential()
        for stride in strides:
            last = len(stage) == count - 1 and number == len(blocks) - 1
            stage.append(kind(inputs, outputs, stride, last=last))
            inputs = outputs
        stages[f"stage{number + 1}"] = stage
    return stages
