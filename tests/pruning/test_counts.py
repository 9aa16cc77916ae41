"""Tests how many weights each level keeps: exact integers, known before anything is trained."""

from itertools import pairwise

import pytest

from ltsweep.foundations.components import bind
from ltsweep.models.layers import Layer
from ltsweep.part_spec import PruningSpec
from ltsweep.pruning.counts import (
    erk_shares,
    groups,
    kept_by_level,
    next_kept,
    share_out,
    uniform_shares,
)

LENET = {"fc1.weight": 235_200, "fc2.weight": 30_000, "fc3.weight": 1_000}


def layers(totals):
    """Layers of these sizes, the last of which is the output layer."""
    last = list(totals)[-1]
    return [Layer(name, (size,), 1, is_output=name == last) for name, size in totals.items()]


def pruning(scope="global", fraction=0.2, output_fraction=None):
    score = bind("ltsweep.pruning.magnitude", {})
    return PruningSpec(score=score, scope=scope, fraction=fraction, output_fraction=output_fraction)


@pytest.mark.parametrize(
    ("kept", "fraction", "expected"),
    [
        (10, 0.2, 8),
        (5, 0.2, 4),
        (4, 0.2, 3),  # 0.8 rounds to 1
        (3, 0.2, 2),  # 0.6 rounds to 1
        (2, 0.2, 2),  # 0.4 rounds to 0: a group of two stays
        (5, 0.5, 2),  # 2.5 rounds up
        (3, 0.5, 1),  # 1.5 rounds up
        (1, 0.5, 0),  # 0.5 rounds up: the layer empties
        (7, 0.0, 7),
        (0, 0.2, 0),
        (266_200, 0.2, 212_960),
    ],
)
def test_prunes_the_fraction_rounded_half_up(kept, fraction, expected):
    assert next_kept(kept, fraction) == expected


def test_counts_of_a_global_ladder():
    kept = kept_by_level(pruning(), layers(LENET), 5)
    everything = tuple(LENET)
    assert kept == [
        {everything: count} for count in (266_200, 212_960, 170_368, 136_294, 109_035, 87_228)
    ]


def test_counts_of_a_layerwise_ladder_with_the_output_layer_at_half_the_rate():
    spec = pruning("layerwise", 0.2, 0.1)
    kept = [list(counts.values()) for counts in kept_by_level(spec, layers(LENET), 3)]
    assert kept == [
        [235_200, 30_000, 1_000],
        [188_160, 24_000, 900],
        [150_528, 19_200, 810],
        [120_422, 15_360, 729],
    ]


@pytest.mark.parametrize(
    ("scope", "output_fraction", "expected"),
    [
        ("global", None, {("a", "b", "c"): 0.2}),
        ("global", 0.1, {("a", "b"): 0.2, ("c",): 0.1}),
        ("global", 0.0, {("a", "b"): 0.2, ("c",): 0.0}),
        ("layerwise", None, {("a",): 0.2, ("b",): 0.2, ("c",): 0.2}),
        ("layerwise", 0.1, {("a",): 0.2, ("b",): 0.2, ("c",): 0.1}),
    ],
)
def test_layers_that_compete(scope, output_fraction, expected):
    assert (
        groups(pruning(scope, 0.2, output_fraction), layers({"a": 1, "b": 1, "c": 1})) == expected
    )


@pytest.mark.parametrize(
    ("scope", "own", "expected"),
    [
        ("global", {"@output": 0.1}, {("conv1", "conv2", "fc1"): 0.2, ("fc2",): 0.1}),
        ("global", {"@first": 0.0}, {("conv2", "fc1", "fc2"): 0.2, ("conv1",): 0.0}),
        # layers of one pattern compete among themselves
        ("global", {"conv*": 0.1, "*": 0.3}, {("conv1", "conv2"): 0.1, ("fc1", "fc2"): 0.3}),
        # the first that matches holds
        (
            "layerwise",
            {"@output": 0.05, "fc*": 0.1},
            {("conv1",): 0.2, ("conv2",): 0.2, ("fc2",): 0.05, ("fc1",): 0.1},
        ),
        (
            "layerwise",
            {"conv*": 0.1, "fc*": 0.2},
            {("conv1",): 0.1, ("conv2",): 0.1, ("fc1",): 0.2, ("fc2",): 0.2},
        ),
    ],
)
def test_layers_with_fractions_of_their_own(scope, own, expected):
    how = pruning(scope, 0.2).model_copy(update={"layers": tuple(own.items())})
    assert groups(how, layers({"conv1": 1, "conv2": 1, "fc1": 1, "fc2": 1})) == expected


@pytest.mark.parametrize("scope", ["global", "layerwise"])
def test_a_single_layer_is_the_output_layer(scope):
    assert groups(pruning(scope, 0.2, 0.1), layers({"only": 1})) == {("only",): 0.1}


def test_the_output_layer_is_the_one_that_is_marked():
    marked = [Layer("a", (1,), 1, is_output=True), Layer("b", (1,), 1), Layer("c", (1,), 1)]
    assert groups(pruning("global", 0.2, 0.1), marked) == {("b", "c"): 0.2, ("a",): 0.1}


@pytest.mark.parametrize(
    ("kept", "expected"),
    [
        (0, {"a": 0, "b": 0, "c": 0}),
        (1, {"a": 1, "b": 0, "c": 0}),
        (5, {"a": 2, "b": 2, "c": 1}),
        (8, {"a": 4, "b": 3, "c": 1}),
        (15, {"a": 7, "b": 6, "c": 2}),
        (16, {"a": 8, "b": 6, "c": 2}),
    ],
)
def test_shares_in_proportion(kept, expected):
    """The next weight goes where size / (2 * share + 1) is largest: 8, 6, 8/3, 6/3, 2, 8/5, ..."""
    assert share_out(kept, {"a": 8, "b": 6, "c": 2}) == expected


@pytest.mark.parametrize(
    "sizes",
    [(1,), (7,), (1, 1, 1), (6, 6, 6), (8, 6, 2), (200, 1, 1, 1), (3, 50, 2, 40, 5), (97, 89, 2)],
)
def test_shares_are_exact_and_nest_for_every_count(sizes):
    totals = {f"layer {k}": size for k, size in enumerate(sizes)}
    shares = [share_out(kept, totals) for kept in range(sum(sizes) + 1)]
    for kept, share in enumerate(shares):
        assert sum(share.values()) == kept
        assert all(0 <= share[name] <= totals[name] for name in totals)
    for fewer, more in pairwise(shares):
        assert all(fewer[name] <= more[name] for name in totals)


def test_shares_of_lenet_have_its_density_in_every_layer():
    counts = kept_by_level(pruning(), layers(LENET), 15)
    kept = [share_out(counts[level][tuple(LENET)], LENET) for level in (5, 15)]
    assert kept == [
        {"fc1.weight": 77_070, "fc2.weight": 9_830, "fc3.weight": 328},
        {"fc1.weight": 8_275, "fc2.weight": 1_056, "fc3.weight": 35},
    ]


LENET_LAYERS = [
    Layer("fc1.weight", (300, 784), 1),
    Layer("fc2.weight", (100, 300), 1),
    Layer("fc3.weight", (10, 100), 1),
]
CONVOLUTIONS = [
    Layer("stem", (16, 1, 3, 3), 196),
    Layer("conv", (64, 32, 3, 3), 49),
    Layer("pointwise", (64, 64, 1, 1), 49),
    Layer("head", (10, 64), 1),
]


@pytest.mark.parametrize(
    ("made", "kept", "expected"),
    [
        # inputs + outputs are 1084, 400 and 110, together 1594
        (LENET_LAYERS, 1594, [1084, 400, 110]),
        # 10 * 110 would be more than the 1,000 of the head; the others share 14,940 of 1484
        (LENET_LAYERS, 15_940, [10_913, 4_027, 1_000]),
        (LENET_LAYERS, 266_200, [235_200, 30_000, 1_000]),
        (LENET_LAYERS, 0, [0, 0, 0]),
        # with the kernel's height and width: 23, 102, 130 and 74, together 329
        (CONVOLUTIONS, 329, [23, 102, 130, 74]),
        # the stem is full at 144, then the head at 640; the others share 2,216 of 232
        (CONVOLUTIONS, 3000, [144, 974, 1_242, 640]),
    ],
)
def test_shares_with_erdos_renyi_kernel_densities(made, kept, expected):
    assert list(erk_shares(kept, made).values()) == expected


def test_erk_shares_are_exact_and_nest_for_every_count():
    small = [Layer("a", (4, 1, 3, 3), 1), Layer("b", (6, 4, 1, 1), 1), Layer("c", (2, 6), 1)]
    totals = {layer.name: layer.total for layer in small}
    shares = [erk_shares(kept, small) for kept in range(sum(totals.values()) + 1)]
    for kept, share in enumerate(shares):
        assert sum(share.values()) == kept
        assert all(0 <= share[name] <= totals[name] for name in totals)
    for fewer, more in pairwise(shares):
        assert all(fewer[name] <= more[name] for name in totals)


@pytest.mark.parametrize(
    ("made", "kept", "expected"),
    [
        # the first layer is dense, the others have 1 / 10 of 18,432 + 4,096 + 640
        (CONVOLUTIONS, 144 + 2317, [144, 1843, 410, 64]),
        # at most half of what is kept, it is still dense; else all have the same density
        (CONVOLUTIONS, 288, [144, 115, 25, 4]),
        (CONVOLUTIONS, 287, [2, 227, 50, 8]),
        (LENET_LAYERS, 26_620, [23_520, 3_000, 100]),
        (LENET_LAYERS, 266_200, [235_200, 30_000, 1_000]),
    ],
)
def test_uniform_shares_leave_a_small_first_layer_dense(made, kept, expected):
    assert list(uniform_shares(kept, made).values()) == expected
