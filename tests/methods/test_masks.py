"""Tests the mask rules of the methods: exact totals, nesting over levels, one fixed permutation."""

from functools import partial
from itertools import pairwise

import pytest
import torch

from ltsweep.foundations.components import bind
from ltsweep.foundations.randomness import permutation
from ltsweep.methods.masks import (
    at_init_shuffled,
    balanced,
    erk,
    everything,
    imp,
    layerwise_permuted,
    random_mask,
    random_pruning,
    sparse_start,
)
from ltsweep.models.layers import Layer
from ltsweep.models.net import Net
from ltsweep.part_spec import PruningSpec
from ltsweep.pruning.counts import following
from ltsweep.pruning.mask import full_mask, kept
from ltsweep.pruning.select import prune

SHAPE = (1, 4, 4)
MODEL = bind("ltsweep.models.lenet_300_100", {"hidden": (30, 20)})
LAYERS = Net.of(partial(MODEL, SHAPE, 10), SHAPE).layers
TOTALS = {"fc1.weight": 480, "fc2.weight": 600, "fc3.weight": 200}


def own_permutation(seed=0):
    return lambda layer, n: permutation(seed, "mask permutation", n, layer)


def ladder(levels=12, scope="global"):
    """Masks of a ladder with random scores, level 0 first."""
    score = bind("ltsweep.pruning.magnitude", {})
    how = PruningSpec(score=score, scope=scope, fraction=0.3, output_fraction=None)
    random = torch.Generator().manual_seed(7)
    scores = {layer.name: torch.rand(layer.shape, generator=random) for layer in LAYERS}
    masks = [full_mask(LAYERS)]
    for _ in range(levels):
        masks.append(prune(scores, masks[-1], following(how, LAYERS, masks[-1])))
    return masks


def from_ladder(mask):
    return layerwise_permuted(mask, own_permutation())


def from_count(rule):
    return lambda mask: rule(LAYERS, kept(mask), own_permutation())


RULES = {
    "imp": imp,
    "layerwise_permuted": from_ladder,
    "random_mask": from_count(random_mask),
    "random_pruning": from_count(random_pruning),
    "erk": from_count(erk),
    "balanced": from_count(balanced),
    "sparse_start": from_count(sparse_start),
    "sparse_start, uniform": from_count(partial(sparse_start, start="uniform")),
}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_masks_have_the_ladders_total_at_every_level(rule):
    for mask in ladder():
        assert kept(rule(mask)) == kept(mask)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_masks_nest(rule):
    for outer, inner in pairwise(map(rule, ladder())):
        assert all((inner[name] <= outer[name]).all() for name in TOTALS)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_masks_are_of_the_prunable_weights_and_never_of_biases(rule):
    mask = rule(ladder()[3])
    assert {name: part.numel() for name, part in mask.items()} == TOTALS
    assert [part.shape for part in mask.values()] == [layer.shape for layer in LAYERS]
    assert all(part.dtype == torch.bool for part in mask.values())


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_the_dense_mask_keeps_everything(rule):
    assert all(part.all() for part in rule(ladder()[0]).values())


def test_imp_is_the_ladders_own_mask():
    mask = ladder()[5]
    assert imp(mask) is mask


def test_layerwise_permuted_keeps_each_layers_count():
    for mask in ladder():
        permuted = from_ladder(mask)
        assert [int(part.sum()) for part in permuted.values()] == [
            int(part.sum()) for part in mask.values()
        ]


def test_layerwise_permuted_moves_each_weight_to_the_same_place_at_all_levels():
    for mask in ladder():
        permuted = from_ladder(mask)
        for name, total in TOTALS.items():
            places = own_permutation()(name, total)
            assert torch.equal(permuted[name].flatten(), mask[name].flatten()[places])


def test_layerwise_permuted_is_not_the_ladders_mask():
    mask = ladder()[5]
    assert all(not torch.equal(part, mask[name]) for name, part in from_ladder(mask).items())


def test_random_pruning_has_one_density_in_every_layer():
    mask = random_pruning(LAYERS, 128, own_permutation())
    assert {name: int(part.sum()) for name, part in mask.items()} == {
        "fc1.weight": 48,
        "fc2.weight": 60,
        "fc3.weight": 20,
    }


CONV = (Layer("conv.weight", (8, 4, 3, 3), 1), Layer("fc.weight", (10, 90), 1, is_output=True))


@pytest.mark.parametrize(
    ("kept", "counts"),
    [
        # 8 + 4 + 3 + 3 = 18 of the convolution to 10 + 90 = 100 of the linear layer
        (118, (18, 100)),
        (590, (90, 500)),
        # 900 / 100 > 1: the linear layer is dense, the convolution has the rest
        (1080, (180, 900)),
        (1188, (288, 900)),
    ],
)
def test_erk_keeps_weights_by_the_sum_of_a_layers_dimensions(kept, counts):
    mask = erk(CONV, kept, own_permutation())
    assert tuple(int(part.sum()) for part in mask.values()) == counts


def test_erk_has_the_densities_of_its_formula():
    """eps (n_in + n_out + kh + kw) / (n_in n_out kh kw), with one eps for all layers."""
    mask = erk(CONV, 236, own_permutation())
    conv, fc = (part.double().mean().item() for part in mask.values())
    assert conv / ((4 + 8 + 3 + 3) / (4 * 8 * 3 * 3)) == pytest.approx(2.0)
    assert fc / ((90 + 10) / (90 * 10)) == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("kept", "counts"),
    [
        (300, (100, 100, 100)),
        (600, (200, 200, 200)),
        (900, (350, 350, 200)),
        (1100, (420, 480, 200)),
    ],
)
def test_balanced_keeps_one_count_in_every_layer_that_is_large_enough(kept, counts):
    layers = [Layer("a", (42, 10), 1), Layer("b", (60, 10), 1), Layer("c", (20, 10), 1)]
    mask = balanced(layers, kept, own_permutation())
    assert tuple(int(part.sum()) for part in mask.values()) == counts


def test_random_mask_leaves_the_layers_densities_to_chance():
    counts = [
        [int(part.sum()) for part in random_mask(LAYERS, 128, own_permutation(seed)).values()]
        for seed in range(200)
    ]
    mean, spread = torch.tensor(counts).double().mean(0), torch.tensor(counts).double().std(0)
    assert mean.tolist() == pytest.approx([48, 60, 20], abs=1.5)
    assert spread.tolist() == pytest.approx([5.2, 5.4, 3.9], abs=1)  # hypergeometric


@pytest.mark.parametrize("rule", [random_mask, random_pruning])
def test_every_weight_is_as_likely_as_any_other(rule):
    times = sum(
        torch.cat([part.flatten().int() for part in rule(LAYERS, 640, own_permutation(s)).values()])
        for s in range(400)
    )
    assert times.double().mean() == 200
    assert times.double().std().item() == pytest.approx(10, abs=1)  # binomial: sqrt(400) / 2


@pytest.mark.parametrize("rule", [random_mask, random_pruning, erk, balanced])
def test_seeds_differ_and_a_seed_repeats(rule):
    first, again, other = (rule(LAYERS, 300, own_permutation(seed)) for seed in (0, 0, 1))
    assert all(torch.equal(first[name], again[name]) for name in TOTALS)
    assert all(not torch.equal(first[name], other[name]) for name in TOTALS)


def test_gradual_pruning_starts_from_everything():
    assert {name: int(part.sum()) for name, part in everything(LAYERS).items()} == TOTALS


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        # inputs + outputs are 46, 50 and 30: 300 * 46 / 126, ...
        ("erk", {"fc1.weight": 110, "fc2.weight": 119, "fc3.weight": 71}),
        # the first layer has more than half of 300, so all have the same density
        ("uniform", {"fc1.weight": 112, "fc2.weight": 141, "fc3.weight": 47}),
    ],
)
def test_counts_of_layers_at_a_sparse_start(start, expected):
    mask = sparse_start(LAYERS, 300, own_permutation(), start=start)
    assert {name: int(part.sum()) for name, part in mask.items()} == expected


def test_a_shuffled_mask_of_scores_keeps_the_counts_of_layers_and_is_the_permuted_one_of_a_ladder():
    mask = ladder()[5]
    shuffled = at_init_shuffled(mask, own_permutation())
    assert all(shuffled[name].sum() == part.sum() for name, part in mask.items())
    assert all(not torch.equal(shuffled[name], mask[name]) for name in mask)
    permuted = layerwise_permuted(mask, own_permutation())
    assert all(torch.equal(shuffled[name], permuted[name]) for name in mask)
