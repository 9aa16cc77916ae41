"""Tests the flow that SynFlow prunes by: what is conserved, and that deep nets don't overflow."""

import pytest
import torch

from ltsweep.foundations.components import bind
from ltsweep.init.state import initial_state
from ltsweep.models.flow import flow
from ltsweep.part_spec import InitSpec
from ltsweep.pruning.saliency import synflow

from ..nets import net_of

INIT = InitSpec(distribution=bind("ltsweep.init.kaiming_normal", {}), scale=1.0, bias="torch")


def sums(target, shape, **settings):
    """R, and the sum of each layer's scores."""
    net = net_of(f"ltsweep.models.{target}", shape, 10, **settings)
    state = initial_state(net, INIT, 0, "init")
    weights = {layer.name: state[layer.name] for layer in net.layers}
    through = flow(net.module, state, shape)
    total = through({name: weight.double().abs() for name, weight in weights.items()})
    scores = synflow(weights, through)
    assert all(bool((part >= 0).all()) for part in scores.values())
    return total.item(), {name: part.sum().item() for name, part in scores.items()}


def near(value):
    return pytest.approx(value, rel=1e-9)


@pytest.mark.parametrize(
    ("target", "shape", "settings"),
    [
        ("lenet_300_100", (1, 8, 8), {}),
        ("conv4", (3, 8, 8), {}),  # with max pooling
        ("conv_gap", (1, 14, 14), {}),
        ("vgg19", (3, 32, 32), {}),
    ],
)
def test_in_a_chain_every_layer_passes_on_all_of_it(target, shape, settings):
    total, by_layer = sums(target, shape, **settings)
    assert 0 < total < float("inf")
    assert by_layer == dict.fromkeys(by_layer, near(total))


@pytest.mark.parametrize("blocks", [(1, 1, 1), (9, 9, 9)])
def test_in_a_residual_net_branch_and_shortcut_share_it(blocks):
    """A block's convolutions are a chain of their own; beside an identity nobody knows the rest."""
    total, found = sums("resnet", (3, 32, 32), blocks=blocks)
    assert 0 < total < float("inf")
    assert [found["conv.weight"], found["fc.weight"]] == [near(total)] * 2
    for stage, count in enumerate(blocks, start=1):
        for number in range(count):
            block = f"stage{stage}.{number}"
            branch = found[f"{block}.conv1.weight"]
            assert found[f"{block}.conv2.weight"] == near(branch)
            assert branch < total
            if (shortcut := found.get(f"{block}.shortcut.conv.weight")) is not None:
                assert branch + shortcut == near(total)
    assert sum("shortcut" in name for name in found) == len(blocks) - 1


def test_a_head_that_is_not_scored_passes_it_on_as_well():
    net = net_of("ltsweep.models.conv_gap", (1, 14, 14), 10).with_head_apart()
    state = initial_state(net, INIT, 0, "init")
    doubled = state | {"fc.weight": -2 * state["fc.weight"]}
    weights = {layer.name: state[layer.name].double().abs() for layer in net.layers}
    total, twice = (flow(net.module, s, (1, 14, 14))(weights) for s in (state, doubled))
    assert torch.isclose(twice, 2 * total) and total > 0
