"""Tests pruning in rounds: counts of a geometric series, and exact counts whatever the scores."""

import pytest
import torch

from ltsweep.models.flow import flow
from ltsweep.part_spec import PruningSpec
from ltsweep.pruning.counts import following, kept_by_level
from ltsweep.pruning.criteria import (
    magnitude,
    magnitude_increase,
    magnitude_init_rescaled,
    magnitude_rescaled,
    random_score,
)
from ltsweep.pruning.mask import full_mask
from ltsweep.pruning.rounds import counts_by_round, prune_in_rounds
from ltsweep.pruning.saliency import gradient_x_weight, grasp, snip, synflow
from ltsweep.train.objectives import cross_entropy

from ..specs import PRUNING
from .nets import NETS, Drawn


@pytest.mark.parametrize(
    ("before", "after", "rounds", "expected"),
    [
        (100, 80, 1, [80]),
        (10_000, 100, 2, [1_000, 100]),
        (10_000, 1, 4, [1_000, 100, 10, 1]),
        (100, 50, 4, [84, 71, 59, 50]),  # 84.09, 70.71, 59.46
        (3, 2, 4, [3, 2, 2, 2]),  # 2.71, 2.45, 2.21
        (5, 5, 3, [5, 5, 5]),
        (8, 0, 3, [4, 2, 0]),  # to one weight, and to none in the last round
        (0, 0, 2, [0, 0]),
    ],
)
def test_counts_are_a_geometric_series_and_exact_in_the_end(before, after, rounds, expected):
    series = counts_by_round(
        {("a",): before, ("b", "c"): 7}, {("a",): after, ("b", "c"): 7}, rounds
    )
    assert [counts["a",] for counts in series] == expected
    assert [counts["b", "c"] for counts in series] == [7] * rounds


def test_a_hundred_rounds_have_the_densities_of_the_paper():
    series = counts_by_round({("a",): 10**6}, {("a",): 10**4}, 100)
    assert [counts["a",] for counts in series] == [
        int(10**6 * 0.01 ** (i / 100) + 0.5) for i in range(1, 101)
    ]


def test_every_round_scores_what_the_one_before_has_left():
    """Scores that turn round with each round: of six weights the first two go, then the last."""
    seen = []

    def score(mask):
        seen.append(mask["a"].int().tolist())
        order = torch.arange(6.0)
        return {"a": order if len(seen) == 1 else -order}

    mask = prune_in_rounds(score, {"a": torch.ones(6, dtype=torch.bool)}, {("a",): 3}, 2)
    assert seen == [[1] * 6, [0, 0, 1, 1, 1, 1]]  # 6 * (1 / 2) ** (1 / 2) = 4.2
    assert mask["a"].int().tolist() == [0, 0, 1, 1, 1, 0]


def criteria(drawn):
    """All criteria as functions of weights."""
    module, state, shape = drawn.net.module, drawn.state, drawn.net.input_shape
    std = {name: 1.0 for name in drawn.weights}

    def by_derivatives(criterion):
        return lambda w: criterion(w, state | w, drawn.forward, drawn.batches, cross_entropy)

    return {
        "magnitude": magnitude,
        "magnitude_rescaled": lambda w: magnitude_rescaled(w, std),
        "magnitude_init_rescaled": lambda w: magnitude_init_rescaled(state, std),
        "magnitude_increase": lambda w: magnitude_increase(w, state),
        "random_score": lambda w: random_score(drawn.net.layers, torch.Generator()),
        "snip": lambda w: snip(w, {name: weight.sign() for name, weight in w.items()}),
        "gradient_x_weight": by_derivatives(gradient_x_weight),
        "grasp": by_derivatives(grasp),
        "synflow": lambda w: synflow(w, flow(module, state, shape)),
    }


CRITERIA = list(criteria(Drawn(*NETS["mlp"])))


@pytest.mark.parametrize("rounds", [1, 5])
@pytest.mark.parametrize(("scope", "output_fraction"), [("global", None), ("layerwise", 0.25)])
@pytest.mark.parametrize("net", ["mlp", "residual"])
@pytest.mark.parametrize("criterion", CRITERIA)
def test_counts_are_exact_under_ties_and_of_weights_alone(
    criterion, net, scope, output_fraction, rounds
):
    """Weights of one size, half of them negative: most scores are equal, or zero."""
    drawn = Drawn(*NETS[net])
    drawn.state |= {name: weight.sign() / 8 for name, weight in drawn.weights.items()}
    weights = {name: drawn.state[name] for name in drawn.weights}
    how = PruningSpec(
        score=PRUNING.score, scope=scope, fraction=0.5, output_fraction=output_fraction
    )
    layers = drawn.net.layers
    expected = kept_by_level(how, layers, 3)
    scored, mask = criteria(drawn)[criterion], full_mask(layers)
    for level in (1, 2, 3):
        before = mask

        def score(part):
            return scored({name: weight * part[name] for name, weight in weights.items()})

        mask = prune_in_rounds(score, before, following(how, layers, before), rounds)
        assert list(mask) == [layer.name for layer in layers]
        assert all((mask[name] <= before[name]).all() for name in mask)
        for group, count in expected[level].items():
            assert sum(int(mask[name].sum()) for name in group) == count
