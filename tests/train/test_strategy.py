"""Tests the rule that says how a pack of nets of a kind executes."""

import pytest
from torch import nn

from ltsweep.models.conv import conv2
from ltsweep.models.lenet import lenet_300_100
from ltsweep.train.one_by_one import OneByOne
from ltsweep.train.stacked import Stacked
from ltsweep.train.strategy import strategy_for

MLP = [nn.Flatten(), nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2)]


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        (lenet_300_100((1, 28, 28), 10), Stacked),
        (lenet_300_100((1, 28, 28), 10, hidden=()), Stacked),
        (conv2((3, 32, 32), 10), OneByOne),
        (nn.Sequential(*MLP), Stacked),
        (nn.Sequential(*MLP[1:]), OneByOne),
        (nn.Sequential(nn.Flatten()), OneByOne),
        (nn.Sequential(*MLP[:3]), OneByOne),
        (nn.Sequential(*MLP, nn.Softmax(1)), OneByOne),
        (nn.Sequential(nn.Flatten(), nn.Linear(4, 3, bias=False)), OneByOne),
        (nn.Sequential(nn.Flatten(), nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 2)), OneByOne),
        (nn.Sequential(nn.Flatten(), nn.Linear(4, 3), nn.BatchNorm1d(3)), OneByOne),
        (nn.Linear(4, 3), OneByOne),
    ],
)
def test_plain_multilayer_perceptrons_are_stacked_and_nothing_else(module, expected):
    assert strategy_for(module) is expected


def test_names_that_records_use():
    assert (Stacked.name, OneByOne.name) == ("stacked", "loop")
