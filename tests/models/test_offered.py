"""Tests models by the names that conf/ gives them: their sizes, and images they do not suit."""

from functools import partial

import pytest

from ltsweep.models.net import Net

from ..points import configs
from ..sweeps_here import wanted


@pytest.mark.parametrize(
    ("name", "input_shape", "classes", "parameters"),
    [
        ("linear", (1, 14, 14), 10, 1_970),
        ("resnet20", (3, 32, 32), 10, 272_474),
        ("resnet56", (3, 32, 32), 10, 855_770),
        ("resnet18", (3, 32, 32), 10, 11_173_962),
        ("resnet50", (3, 32, 32), 10, 23_520_842),
        ("resnet50", (3, 224, 224), 1000, 25_557_032),
        ("vgg19", (3, 32, 32), 10, 20_035_018),
        ("conv_gap", (1, 14, 14), 10, 33_338),
        ("conv_gap", (3, 32, 32), 10, 33_338 + 2 * 9 * 16),
    ],
)
def test_parameters(name, input_shape, classes, parameters):
    (config,) = configs(f"model={name}")
    net = Net.of(partial(config.model.bind(), input_shape, classes), input_shape)
    assert net.footprint.parameters == parameters


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (
            ("model=vgg19",),
            "model=vgg19 does not suit digits (1x8x8): vgg19 needs images of at "
            "least 17x17 pixels, not 8x8; choose input=resize with input.size=17x17 or larger",
        ),
        (
            ("model=resnet50",),
            "model=resnet50 does not suit digits (1x8x8): resnet50 needs images "
            "of at least 9x9 pixels, not 8x8; choose input=resize with input.size=9x9 or larger",
        ),
        (
            ("model=conv_gap", "model.strides=[2,2,2,1]"),
            "model=conv_gap does not suit digits (1x8x8): strides of 2x2x2x1 need images of at "
            "least 9x9 pixels, not 8x8; choose input=resize with input.size=9x9 or larger",
        ),
        (
            ("model=conv_gap", "model.channels=[16,32]"),
            "model=conv_gap does not suit digits (1x8x8): model.strides must be as many as "
            "model.channels, one for each convolution: 2, not 4",
        ),
    ],
)
def test_what_does_not_suit_is_told_before_anything_starts(lines, told):
    assert wanted(*lines, "method=imp").problems == [told]
    _, _, way_out = told.partition("; choose ")
    if way_out:
        way, size = way_out.removesuffix(" or larger").split(" with ")
        assert wanted(*lines, "method=imp", way, size).problems == []


def test_unknown_norms_are_told_with_the_choices():
    (told,) = wanted("model=conv_gap", "model.norm=layer").problems
    assert "model.norm" in told
    assert "batch" in told and "none" in told
