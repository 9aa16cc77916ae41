"""Tests live weights against every path of small nets, walked one by one."""

from itertools import product

import pytest
import torch
from torch import nn

from ltsweep.models.connectivity import dead_units, live_weights
from ltsweep.models.layers import Layer
from ltsweep.models.residual import resnet


def mlp(*widths):
    layers = [nn.Flatten()]
    for fan_in, fan_out in zip(widths, widths[1:], strict=False):
        layers += [nn.Linear(fan_in, fan_out), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def random_masks(module, density, seed):
    random = torch.Generator().manual_seed(seed)
    return {
        name: torch.rand(parameter.shape, generator=random) < density
        for name, parameter in module.named_parameters()
        if name.endswith("weight") and parameter.dim() > 1
    }


def live_by_walking(masks):
    """Every choice of one unit per layer of an MLP is a path; it lives if all its weights do."""
    live = {name: torch.zeros_like(mask) for name, mask in masks.items()}
    matrices = list(masks.items())
    widths = [matrices[0][1].shape[1], *(mask.shape[0] for _, mask in matrices)]
    for path in product(*map(range, widths)):
        steps = list(zip(path[1:], path, strict=False))
        if all(mask[step] for (_, mask), step in zip(matrices, steps, strict=True)):
            for name, step in zip(live, steps, strict=True):
                live[name][step] = True
    return live


@pytest.mark.parametrize("density", [0.15, 0.3, 0.5, 0.9])
@pytest.mark.parametrize("widths", [(6, 4), (6, 5, 3), (5, 4, 4, 3), (4, 3, 3, 3, 2)])
def test_live_weights_of_an_mlp_are_those_on_some_path(widths, density):
    module = mlp(*widths)
    for seed in range(5):
        masks = random_masks(module, density, seed)
        live = live_weights(module, masks, (1, 1, widths[0]))
        expected = live_by_walking(masks)
        assert live.keys() == masks.keys()
        assert all(torch.equal(live[name], expected[name]) for name in masks)


def test_a_literal_net():
    """Two inputs, three hidden units, one output.

    Unit 0 has no input, unit 1 no output, unit 2 both.
    """
    masks = {
        "1.weight": torch.tensor([[0, 0], [1, 1], [0, 1]], dtype=torch.bool),
        "3.weight": torch.tensor([[1, 0, 1]], dtype=torch.bool),
    }
    live = live_weights(mlp(2, 3, 1), masks, (1, 1, 2))
    assert live["1.weight"].int().tolist() == [[0, 0], [0, 0], [0, 1]]
    assert live["3.weight"].int().tolist() == [[0, 0, 1]]
    assert (dead_units(live["1.weight"]), dead_units(live["3.weight"])) == (2, 0)


def convolution_edges(mask, source, target, height, width):
    """Edges of a 3x3 convolution with padding 1 between nodes (layer, channel, row, column)."""
    for out, inner, dy, dx in mask.nonzero().tolist():
        for y, x in product(range(height), range(width)):
            if 0 <= y + dy - 1 < height and 0 <= x + dx - 1 < width:
                start = (source, inner, y + dy - 1, x + dx - 1)
                yield start, (target, out, y, x), (out, inner, dy, dx)


def reached(starts, edges):
    found, before = set(starts), -1
    while len(found) != before:
        before = len(found)
        found |= {end for start, end, _ in edges if start in found}
    return found


@pytest.mark.parametrize("density", [0.03, 0.08, 0.2, 0.6])
@pytest.mark.parametrize("seed", range(3))
def test_live_weights_of_a_conv_net_are_those_on_some_path(density, seed):
    size, channels = 4, 3
    module = nn.Sequential(
        nn.Conv2d(2, channels, 3, padding=1),
        nn.BatchNorm2d(channels),
        nn.ReLU(),
        nn.Conv2d(channels, channels, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(channels * 4, 2),
    )
    masks = random_masks(module, density, seed)
    first = list(convolution_edges(masks["0.weight"], "in", "a", size, size))
    second = list(convolution_edges(masks["3.weight"], "a", "b", size, size))
    pool = [
        (("b", c, y, x), ("flat", c * 4 + (y // 2) * 2 + x // 2), None)
        for c, y, x in product(range(channels), range(size), range(size))
    ]
    last = [(("flat", i), ("out", o), (o, i)) for o, i in masks["7.weight"].nonzero().tolist()]
    edges = [*first, *second, *pool, *last]
    inputs = [("in", c, y, x) for c, y, x in product(range(2), range(size), range(size))]
    forward = reached(inputs, edges)
    backward = reached([("out", o) for o in range(2)], [(end, start, w) for start, end, w in edges])
    live = live_weights(module, masks, (2, size, size))
    for name, layer in {"0.weight": first, "3.weight": second, "7.weight": last}.items():
        expected = torch.zeros_like(masks[name])
        for start, end, weight in layer:
            if start in forward and end in backward:
                expected[weight] = True
        assert torch.equal(live[name], expected)


def test_a_weight_that_wins_in_no_pooling_window_lives():
    """Images of 2x2: the left neighbour's weight works on the right, the right one's on the left.

    Both give the same output, so the maximum of the only window picks one of them.
    """
    module = nn.Sequential(
        nn.Conv2d(1, 1, 3, padding=1), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(1, 1)
    )
    neighbours = torch.tensor([[0, 0, 0], [1, 0, 1], [0, 0, 0]], dtype=torch.bool)
    masks = {"0.weight": neighbours.view(1, 1, 3, 3), "3.weight": torch.tensor([[True]])}
    live = live_weights(module, masks, (1, 2, 2))
    assert torch.equal(live["0.weight"], masks["0.weight"])


def test_everything_lives_in_a_dense_net_however_deep():
    """Path counts of this net overflow float32 and would underflow it if they were divided."""
    module = mlp(*[100] * 40, 2)
    masks = random_masks(module, 2.0, seed=0)
    assert all(live.all() for live in live_weights(module, masks, (1, 10, 10)).values())


def test_a_single_path_through_a_deep_net_is_seen():
    module = mlp(*[100] * 40, 2)
    masks = {name: mask & False for name, mask in random_masks(module, 2.0, seed=0).items()}
    for mask in masks.values():
        mask[1, 1] = True
    live = live_weights(module, masks, (1, 10, 10))
    assert all(torch.equal(live[name], masks[name]) for name in masks)


def test_an_empty_layer_cuts_everything():
    module = mlp(6, 5, 4, 3)
    masks = random_masks(module, 2.0, seed=0)
    masks["3.weight"][:] = False
    assert not any(live.any() for live in live_weights(module, masks, (1, 2, 3)).values())


def test_a_layer_that_is_never_pruned_conducts():
    """Transfer leaves the output layer out of the masks."""
    module = mlp(6, 5, 4, 3)
    masks = random_masks(module, 0.3, seed=0)
    masks["5.weight"] = torch.ones(3, 4, dtype=torch.bool)
    expected = live_weights(module, masks, (1, 2, 3))
    del masks["5.weight"], expected["5.weight"]
    live = live_weights(module, masks, (1, 2, 3))
    assert live.keys() == expected.keys()
    assert all(torch.equal(live[name], expected[name]) for name in live)


@pytest.fixture(scope="module")
def residual():
    """Two stages of one block each, two channels and four; the shortcut of the second projects."""
    return resnet((1, 5, 5), 3, blocks=(1, 1), width=2)


STAGE1 = ("stage1.0.conv1.weight", "stage1.0.conv2.weight")
STAGE2 = ("stage2.0.conv1.weight", "stage2.0.conv2.weight")
SHORTCUT = "stage2.0.shortcut.conv.weight"


@pytest.mark.parametrize(
    ("emptied", "dead"),
    [
        # the identity around the first stage, the projection around the second
        (STAGE1, STAGE1),
        (STAGE2, STAGE2),
        ((*STAGE1, *STAGE2), (*STAGE1, *STAGE2)),
        # one empty convolution takes the other one of its block with it, whichever comes first
        (STAGE1[:1], STAGE1),
        (STAGE1[1:], STAGE1),
        # without the projection the second stage conducts through its convolutions
        ((SHORTCUT,), (SHORTCUT,)),
        # nothing gets around the second stage, the stem or the output layer
        ((*STAGE2, SHORTCUT), "all"),
        ((STAGE2[1], SHORTCUT), "all"),
        (("conv.weight",), "all"),
        (("fc.weight",), "all"),
    ],
)
def test_emptied_layers_of_a_residual_net(residual, emptied, dead):
    """Shifts of norms make no paths: a layer behind an empty one has no input to work on."""
    masks = random_masks(residual, 2.0, seed=0)
    for name in emptied:
        masks[name][:] = False
    live = live_weights(residual, masks, (1, 5, 5))
    for name in masks:
        assert live[name].any().item() is (dead != "all" and name not in dead)
        assert torch.equal(live[name], masks[name]) or not live[name].any()


def test_single_weights_of_a_residual_net(residual):
    """Channel 1 of the stem goes on through the identity alone, then into channel 3."""
    masks = {name: mask & False for name, mask in random_masks(residual, 2.0, seed=0).items()}
    masks["conv.weight"][1, 0, 1, 1] = True
    masks[STAGE1[0]][0, 0, 1, 1] = True  # channel 0 has no input
    masks[STAGE1[1]][1, 0, 1, 1] = True
    masks[STAGE2[0]][2, 1, 1, 1] = True  # has an input, but nothing reads channel 2
    masks[SHORTCUT][3, 1, 0, 0] = True
    masks["fc.weight"][:, 2:] = True  # channel 2 of the last stage gets nothing
    live = live_weights(residual, masks, (1, 5, 5))
    assert {name: part.nonzero().tolist() for name, part in live.items()} == {
        "conv.weight": [[1, 0, 1, 1]],
        STAGE1[0]: [],
        STAGE1[1]: [],
        STAGE2[0]: [],
        STAGE2[1]: [],
        SHORTCUT: [[3, 1, 0, 0]],
        "fc.weight": [[0, 3], [1, 3], [2, 3]],
    }


def test_everything_lives_in_a_deep_residual_net():
    module = resnet((1, 8, 8), 2, blocks=(30, 30), width=2)
    masks = random_masks(module, 2.0, seed=0)
    assert all(live.all() for live in live_weights(module, masks, (1, 8, 8)).values())


def test_the_module_is_left_alone():
    module = mlp(6, 5, 3)
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    live_weights(module, random_masks(module, 0.5, seed=0), (1, 2, 3))
    assert all(torch.equal(module.state_dict()[name], before[name]) for name in before)


def test_dead_units_are_rows_and_channels_without_a_live_weight():
    rows = torch.tensor([[0, 1], [0, 0], [1, 1]], dtype=torch.bool)
    channels = torch.zeros(4, 2, 3, 3, dtype=torch.bool)
    channels[2, 1, 0, 0] = True
    matrix, kernels = Layer("a", (3, 2), 1), Layer("b", (4, 2, 3, 3), 9)
    assert dead_units(matrix.by_unit(rows)) == 1
    assert dead_units(kernels.by_unit(channels)) == 3
