"""Tests selection: literal scores to literal masks, exact counts, ties, nesting."""

import pytest
import torch

from ltsweep.foundations.components import bind
from ltsweep.models.layers import Layer
from ltsweep.part_spec import PruningSpec
from ltsweep.pruning.counts import following, kept_by_level
from ltsweep.pruning.criteria import magnitude
from ltsweep.pruning.select import prune, unusable


def pruning(scope="global", fraction=0.2, output_fraction=None):
    score = bind("ltsweep.pruning.magnitude", {})
    return PruningSpec(score=score, scope=scope, fraction=fraction, output_fraction=output_fraction)


def layers(tensors):
    """Layers of these shapes, the last of which is the output layer."""
    last = list(tensors)[-1]
    return [Layer(name, tuple(t.shape), 1, is_output=name == last) for name, t in tensors.items()]


def select(scores, mask=None, **how):
    """Scores and masks as nested lists, a mask's entries as 0 and 1."""
    scores = {name: torch.tensor(values, dtype=torch.float32) for name, values in scores.items()}
    if mask is None:
        mask = {name: torch.ones_like(values) for name, values in scores.items()}
    mask = {name: torch.as_tensor(part, dtype=torch.bool) for name, part in mask.items()}
    chosen = prune(scores, mask, following(pruning(**how), layers(mask), mask))
    assert all(part.dtype == torch.bool for part in chosen.values())
    return {name: part.int().tolist() for name, part in chosen.items()}


def test_the_lowest_scores_go():
    scores = {"a": [[5, 1], [4, 3]], "b": [[2, 6]]}
    assert select(scores, fraction=0.5) == {"a": [[1, 0], [1, 0]], "b": [[0, 1]]}


def test_of_equal_scores_the_later_goes_first():
    assert select({"a": [[2, 1, 1, 1, 2]]}, fraction=0.4) == {"a": [[1, 1, 0, 0, 1]]}
    assert select({"a": [[1, 1]], "b": [[1, 1]]}, fraction=0.5) == {"a": [[1, 1]], "b": [[0, 0]]}


@pytest.mark.parametrize(("fraction", "kept"), [(0.2, 8), (0.25, 7), (0.9, 1), (0.96, 0)])
def test_exactly_the_count_goes_when_all_magnitudes_are_equal(fraction, kept):
    """A threshold would prune all ten or none."""
    chosen = select({"a": [[0.5] * 10]}, fraction=fraction)
    assert chosen == {"a": [[1] * kept + [0] * (10 - kept)]}


def test_ties_of_a_large_layer_keep_their_order():
    """Sorting algorithms may change with the size; the rule may not."""
    chosen = select({"a": [0.5] * 100_000}, fraction=0.3)
    assert chosen["a"] == [1] * 70_000 + [0] * 30_000


def test_large_negative_weights_stay():
    weights = {"a": torch.tensor([-9.0, 0.1, -0.2, 8.0])}
    everything = {"a": torch.ones(4, dtype=torch.bool)}
    chosen = prune(magnitude(weights), everything, {("a",): 2})
    assert chosen["a"].tolist() == [True, False, False, True]


def test_pruned_weights_never_come_back():
    scores, mask = {"a": [[9, 8, 7, 1, 2, 3]]}, {"a": [[0, 1, 0, 1, 1, 1]]}
    assert select(scores, mask, fraction=0.5) == {"a": [[0, 1, 0, 0, 0, 1]]}


def test_fractions_are_of_what_remains():
    scores, mask = {"a": [[8, 7, 6, 5, 4, 3, 2, 1]]}, {"a": [[1, 1, 1, 1, 0, 0, 0, 0]]}
    assert select(scores, mask, fraction=0.25) == {"a": [[1, 1, 1, 0, 0, 0, 0, 0]]}


def test_layerwise_compares_inside_each_layer():
    scores = {"a": [[9, 8, 7, 6]], "b": [[4, 3, 2, 1]]}
    expected = {"a": [[1, 1, 0, 0]], "b": [[1, 1, 0, 0]]}
    assert select(scores, scope="layerwise", fraction=0.5) == expected


def test_layerwise_with_a_fraction_for_the_output_layer():
    scores = {"a": [[9, 8, 7, 6]], "b": [[4, 3, 2, 1]], "output": [[1, 2, 3, 4]]}
    expected = {"a": [[1, 1, 0, 0]], "b": [[1, 1, 0, 0]], "output": [[0, 1, 1, 1]]}
    assert select(scores, scope="layerwise", fraction=0.5, output_fraction=0.25) == expected


def test_global_with_a_fraction_for_the_output_layer():
    scores = {"a": [[9, 8, 7, 6]], "b": [[4, 3, 2, 1]], "output": [[1, 2, 0, 0]]}
    expected = {"a": [[1, 1, 1, 1]], "b": [[0, 0, 0, 0]], "output": [[1, 1, 1, 0]]}
    assert select(scores, scope="global", fraction=0.5, output_fraction=0.25) == expected


def test_a_layer_may_empty_and_stay_empty():
    scores = {"a": [[9, 8, 7]], "b": [[1]]}
    emptied = select(scores, fraction=0.25)
    assert emptied == {"a": [[1, 1, 1]], "b": [[0]]}
    assert select(scores, emptied, fraction=0.3) == {"a": [[1, 1, 0]], "b": [[0]]}
    assert select(scores, {"a": [[1, 1, 1]], "b": [[0]]}, scope="layerwise", fraction=0.3) == {
        "a": [[1, 1, 0]],
        "b": [[0]],
    }


NAN, ONE = float("nan"), torch.ones(1, 2)


@pytest.mark.parametrize(
    ("scores", "words"),
    [
        ({"a": ONE, "b": ONE}, None),
        ({"a": ONE, "b": torch.tensor([[1.0, NAN]])}, None),  # pruned already
        ({"a": ONE, "b": torch.ones(1, 2, dtype=torch.int64)}, None),
        ({"a": torch.tensor([[1.0, NAN]]), "b": ONE}, "infinity or NaN for weights of a"),
        ({"a": ONE / 0, "b": -ONE / 0}, "infinity or NaN for weights of a and b"),
        ({"a": ONE}, "nothing for b"),
        ({"a": ONE, "b": ONE, "c": ONE}, "something for c too"),
        ({"a": ONE, "b": ONE.t()}, "float32 (2, 1) for b, which needs real numbers (1, 2)"),
        ({"a": ONE, "b": ONE * 1j}, "complex64 (1, 2) for b, which needs real numbers (1, 2)"),
        ({"a": ONE, "b": [1.0, 1.0]}, "a list for b, which needs real numbers (1, 2)"),
        ([ONE, ONE], "a list"),
        (None, "None"),
    ],
)
def test_what_are_no_scores_is_said_in_words(scores, words):
    mask = {"a": ONE.bool(), "b": torch.tensor([[True, False]])}
    assert unusable(scores, mask) == words


def test_layers_come_back_in_their_order_and_shapes():
    mask = {name: torch.ones(shape, dtype=torch.bool) for name, shape in SHAPES.items()}
    scores = {name: torch.rand(shape) for name, shape in reversed(SHAPES.items())}
    chosen = prune(scores, mask, following(pruning("global", 0.2, 0.1), layers(mask), mask))
    assert {name: tuple(part.shape) for name, part in chosen.items()} == SHAPES
    assert list(chosen) == list(SHAPES)


SHAPES = {"conv": (4, 3, 3, 3), "hidden": (20, 16), "output": (10, 20)}


@pytest.mark.parametrize("output_fraction", [None, 0.1])
@pytest.mark.parametrize("scope", ["global", "layerwise"])
def test_a_ladder_has_the_counts_that_were_announced_and_its_masks_nest(scope, output_fraction):
    how = pruning(scope, 0.2, output_fraction)
    random = torch.Generator().manual_seed(0)
    mask = {name: torch.ones(shape, dtype=torch.bool) for name, shape in SHAPES.items()}
    for level in range(1, 16):
        weights = {name: torch.randn(SHAPES[name], generator=random) * mask[name] for name in mask}
        chosen = prune(magnitude(weights), mask, following(how, layers(mask), mask))
        for group, count in kept_by_level(how, layers(mask), level)[level].items():
            assert sum(int(chosen[name].sum()) for name in group) == count
        assert all((chosen[name] <= mask[name]).all() for name in mask)
        mask = chosen
