"""What is prunable in a user's own model, and what it costs, against counts by hand."""

from math import prod

import pytest
import torch
from torch import nn

from ltsweep.models.connectivity import live_weights
from ltsweep.models.layers import Layer
from ltsweep.models.net import Net
from ltsweep.pruning.mask import full_mask

from ..sweeps_here import train
from . import nets

SHAPE = (1, 8, 8)
HEAD = {"bias": "head.bias", "is_output": True}
LAYERS = {
    "conv1d": [
        Layer("layer.weight", (32, 8, 3), 8, bias="layer.bias"),
        Layer("head.weight", (10, 256), 1, **HEAD),
    ],
    "gru": [Layer("head.weight", (10, 128), 1, **HEAD)],
    "attentive": [
        Layer("embed.weight", (16, 8), 8, bias="embed.bias"),
        Layer("encoder.self_attn.in_proj_weight", (48, 16), 8, fans=(16, 16)),
        Layer("encoder.self_attn.out_proj.weight", (16, 16), 8),
        Layer("encoder.linear1.weight", (32, 16), 8, bias="encoder.linear1.bias"),
        Layer("encoder.linear2.weight", (16, 32), 8, bias="encoder.linear2.bias"),
        Layer("head.weight", (10, 16), 1, **HEAD),
    ],
    "dropout": [
        Layer("1.weight", (64, 64), 1, bias="1.bias"),
        Layer("4.weight", (10, 64), 1, bias="4.bias", is_output=True),
    ],
    "twice": [
        Layer("enter.weight", (32, 64), 1, bias="enter.bias"),
        Layer("rec.weight", (32, 32), 2, bias="rec.bias"),
        Layer("leave.weight", (10, 32), 1, bias="leave.bias", is_output=True),
    ],
    "embedded": [
        Layer("hidden.weight", (32, 256), 1, bias="hidden.bias"),
        Layer("head.weight", (10, 32), 1, **HEAD),
    ],
}
MULTIPLY_ADDS = {
    "conv1d": 32 * 8 * 3 * 8 + 2560,
    "gru": 1280,
    "attentive": 8 * (16 * 8 + 48 * 16 + 16 * 16 + 2 * 32 * 16) + 160,
    "dropout": 64 * 64 + 640,
    "twice": 64 * 32 + 2 * 32 * 32 + 320,
    "embedded": 256 * 32 + 320,
}


def net(name, **settings):
    return Net.of(lambda: getattr(nets, name)(SHAPE, 10), SHAPE, **settings)


def cost(found):
    """Multiply-adds of one example with nothing pruned."""
    by_mask = [layer.multiply_adds(torch.ones(layer.shape)) for layer in found.layers]
    assert by_mask == [layer.dense_multiply_adds for layer in found.layers]
    return sum(by_mask)


@pytest.mark.parametrize("name", LAYERS)
def test_layers_are_those_counted_by_hand(name):
    assert list(net(name).layers) == LAYERS[name]
    assert cost(net(name)) == MULTIPLY_ADDS[name]


@pytest.mark.parametrize("name", LAYERS)
def test_a_record_counts_each_weight_once_and_each_use(tmp_path, name):
    made, _ = train(tmp_path, f"model={name}", "method=imp", "pruning.fraction=0.5", "levels=1")
    dense, pruned = (made.store.stage(key).end() for key in made.plan.points[0].stages)
    total = sum(prod(layer.shape) for layer in LAYERS[name])
    assert (dense.prunable, dense.kept, pruned.kept) == (total, total, total // 2)
    assert dense.multiply_adds == pruned.multiply_adds_dense == MULTIPLY_ADDS[name]
    uses = {layer.name: layer.positions for layer in LAYERS[name]}
    assert pruned.multiply_adds == sum(uses[n] * part.kept for n, part in pruned.layers.items())


def test_patterns_of_names_say_what_is_prunable():
    found = net("gru", prunable=("layer.weight_?h_*", "head*"))
    assert list(found.layers) == [
        Layer("layer.weight_ih_l0", (48, 8), 8, fans=(8, 16)),
        Layer("layer.weight_hh_l0", (48, 16), 8, fans=(16, 16)),
        Layer("head.weight", (10, 128), 1, **HEAD),
    ]
    (head,) = net("conv1d", prunable=("head.*",)).layers
    assert head.name == "head.weight"


def test_a_recurrent_net_can_be_pruned_by_patterns(tmp_path):
    lines = ("model=gru", "model.prunable=[layer.weight*,head.weight]", "method=imp")
    made, _ = train(tmp_path, *lines)
    end = made.store.stage(made.plan.points[0].stages[-1]).end()
    assert set(end.layers) == {"layer.weight_ih_l0", "layer.weight_hh_l0", "head.weight"}
    assert end.kept < end.prunable == 48 * 8 + 48 * 16 + 1280


class Rows(nn.Module):
    """Eight rows of eight pixels go through one layer, all that comes out through another."""

    def __init__(self, layer, features):
        super().__init__()
        self.layer, self.head = layer, nn.Linear(features, 10)

    def forward(self, x):
        y = self.layer(x.flatten(1, 2))
        return self.head((y[0] if isinstance(y, tuple) else y).flatten(1))


class Tied(nn.Module):
    """One tensor under two names."""

    def __init__(self):
        super().__init__()
        self.there, self.back = nn.Linear(64, 64), nn.Linear(64, 64)
        self.back.weight = self.there.weight
        self.head = nn.Linear(64, 10)

    def forward(self, x):
        return self.head(self.back(self.there(x.flatten(1)).relu()))


class Crossed(nn.Module):
    """Two queries look at eight rows."""

    def __init__(self):
        super().__init__()
        self.queries = nn.Parameter(torch.randn(2, 8))
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.head = nn.Linear(16, 10)

    def forward(self, x):
        rows = x.flatten(1, 2)
        found, _ = self.attention(self.queries.expand(len(x), -1, -1), rows, rows)
        return self.head(found.flatten(1))


@pytest.mark.parametrize(
    ("build", "prunable", "multiply_adds"),
    [
        (lambda: Rows(nn.Linear(8, 16), 128), 128 + 1280, 8 * 128 + 1280),
        (lambda: Rows(nn.LSTM(8, 16, batch_first=True), 128), 1280, 1280),
        (Tied, 4096 + 640, 2 * 4096 + 640),
        # of the 8 rows of queries' weights each multiplies twice, of the 16 others 8 times
        (Crossed, 24 * 8 + 64 + 160, 8 * 8 * 2 + 16 * 8 * 8 + 64 * 2 + 160),
        (
            lambda: nn.Sequential(nn.ConvTranspose2d(1, 4, 3), nn.Flatten(), nn.Linear(400, 10)),
            36 + 4000,
            36 * 64 + 4000,  # each weight at each pixel of the image that goes in
        ),
        (
            lambda: nn.Sequential(
                nn.Conv2d(1, 4, 3), nn.Conv2d(4, 8, 3, groups=4), nn.Flatten(), nn.Linear(128, 10)
            ),
            36 + 72 + 1280,
            36 * 36 + 72 * 16 + 1280,
        ),
        (
            lambda: nn.Sequential(
                nn.Unflatten(1, (1, 1)), nn.Conv3d(1, 2, (1, 3, 3)), nn.Flatten(), nn.Linear(72, 10)
            ),
            18 + 720,
            18 * 36 + 720,
        ),
    ],
    ids=["linear on rows", "lstm", "tied", "crossed", "transposed", "groups", "conv3d"],
)
def test_multiply_adds_are_those_of_each_use(build, prunable, multiply_adds):
    found = Net.of(build, SHAPE)
    assert (found.prunable, cost(found)) == (prunable, multiply_adds)


def test_fans_of_transposed_and_grouped_convolutions():
    def fans(layer):
        module = nn.Sequential(layer, nn.Flatten(), nn.LazyLinear(2))
        module(torch.zeros(1, 6, 8, 8))
        first, _ = Net.of(lambda: module, (6, 8, 8)).layers
        return first.fan_in, first.fan_out

    assert fans(nn.Conv2d(6, 4, 3, groups=2)) == (3 * 9, 2 * 9)
    assert fans(nn.ConvTranspose2d(6, 4, 3, stride=2)) == (6 * 9, 4 * 9)
    assert fans(nn.ConvTranspose2d(6, 4, 3, groups=2)) == (3 * 9, 2 * 9)


def test_units_of_a_transposed_convolution_are_its_outputs():
    layer = Layer("a", (4, 2, 1, 1), 1, groups=2)  # two groups: 2 inputs lead to 2 outputs each
    weights = torch.arange(8).view(4, 2, 1, 1)
    assert layer.by_unit(weights).tolist() == [[0, 2], [1, 3], [4, 6], [5, 7]]


@pytest.mark.parametrize(
    ("name", "told"),
    [("conv1d", True), ("twice", True), ("embedded", True), ("attentive", False)],
)
def test_live_weights_are_told_only_where_they_can_be(tmp_path, name, told):
    made, _ = train(tmp_path, f"model={name}", "method=random_mask", "levels=1")
    end = made.store.stage(made.plan.points[0].stages[-1]).end()
    assert (end.live_kept is not None) == told
    assert end.live_kept is None or 0 < end.live_kept <= end.kept


def test_a_weight_behind_an_empty_layer_that_is_used_twice_is_not_live():
    found = net("twice")
    masks = full_mask(found.layers)
    masks["rec.weight"][:] = False
    live = live_weights(found.module, masks, SHAPE)
    assert found.has_paths
    assert not any(part.any() for part in live.values())


def test_gates_have_no_paths_but_the_cells_of_an_lstm_do():
    patterns = ("layer.weight*", "head.weight")
    assert not net("gru", prunable=patterns).has_paths
    lstm = Net.of(lambda: Rows(nn.LSTM(8, 16, batch_first=True), 128), SHAPE, patterns)
    assert lstm.has_paths
