"""Tests the pruning criteria: literal weights to literal scores."""

import torch

from ltsweep.pruning.criteria import magnitude


def test_magnitude_is_the_absolute_value():
    scores = magnitude({"a": torch.tensor([[-3.0, 0.5], [0.0, 2.0]]), "b": torch.tensor([-1.0])})
    assert scores["a"].tolist() == [[3.0, 0.5], [0.0, 2.0]]
    assert scores["b"].tolist() == [1.0]


def test_magnitude_leaves_the_weights_alone():
    weights = {"a": torch.tensor([-3.0, 2.0])}
    magnitude(weights)
    assert weights["a"].tolist() == [-3.0, 2.0]
