"""Tests the criteria that read weights alone: literal weights to literal scores and masks."""

import pytest
import torch

from ltsweep.foundations.components import bind
from ltsweep.models.layers import Layer
from ltsweep.pruning.criteria import (
    magnitude,
    magnitude_increase,
    magnitude_init_rescaled,
    magnitude_rescaled,
    random_score,
)
from ltsweep.pruning.trained import needs_training

from .selection import keeping

WEIGHTS = {"a": torch.tensor([[-3.0, 0.5], [0.0, 2.0]]), "b": torch.tensor([[-1.0, 0.25]])}
INITIAL = {
    "a": torch.tensor([[-1.0, -2.0], [4.0, 0.5]]),
    "b": torch.tensor([[1.0, 0.125]]),
    "a.bias": torch.zeros(2),  # a state has more than the prunable weights
}
STD = {"a": 2.0, "b": 0.5}

# a criterion: its scores, and the three weights that are kept of all six
TABLE = {
    "magnitude": (
        magnitude(WEIGHTS),
        {"a": [[3.0, 0.5], [0.0, 2.0]], "b": [[1.0, 0.25]]},
        {"a": [[1, 0], [0, 1]], "b": [[1, 0]]},
    ),
    "magnitude_rescaled": (
        magnitude_rescaled(WEIGHTS, STD),
        {"a": [[1.5, 0.25], [0.0, 1.0]], "b": [[2.0, 0.5]]},
        {"a": [[1, 0], [0, 1]], "b": [[1, 0]]},
    ),
    "magnitude_init_rescaled": (
        magnitude_init_rescaled(INITIAL, STD),
        {"a": [[0.5, 1.0], [2.0, 0.25]], "b": [[2.0, 0.25]]},
        {"a": [[0, 1], [1, 0]], "b": [[1, 0]]},
    ),
    "magnitude_increase": (
        magnitude_increase(WEIGHTS, INITIAL),
        {"a": [[2.0, -1.5], [-4.0, 1.5]], "b": [[0.0, 0.125]]},
        {"a": [[1, 0], [0, 1]], "b": [[0, 1]]},
    ),
}


@pytest.mark.parametrize(("scores", "expected", "mask"), TABLE.values(), ids=TABLE)
def test_scores_and_the_mask_that_they_lead_to(scores, expected, mask):
    assert {name: part.tolist() for name, part in scores.items()} == expected
    assert keeping(3, scores) == mask


@pytest.mark.parametrize("scored", [magnitude, lambda w: magnitude_rescaled(w, STD)])
def test_the_weights_are_left_alone(scored):
    weights = {name: weight.clone() for name, weight in WEIGHTS.items()}
    scored(weights)
    assert all(torch.equal(weights[name], WEIGHTS[name]) for name in weights)


def test_random_scores_are_uniform_and_those_of_their_generator():
    layers = [Layer("a", (100, 200), 1), Layer("b", (10, 100), 1, is_output=True)]

    def scores(seed):
        return random_score(layers, torch.Generator().manual_seed(seed))

    first, again, other = scores(0), scores(0), scores(1)
    assert {name: tuple(part.shape) for name, part in first.items()} == {
        layer.name: layer.shape for layer in layers
    }
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["a"], other["a"])
    quarters = torch.histc(first["a"], 4, 0, 1) / 20_000
    assert quarters.tolist() == pytest.approx([0.25] * 4, abs=0.02)


@pytest.mark.parametrize("name", [*TABLE, "random_score", "snip", "grasp", "synflow"])
def test_only_the_increase_says_nothing_before_training(name):
    target = bind(f"ltsweep.pruning.{name}", {}).target
    assert needs_training(target) == (name == "magnitude_increase")
