"""Tests masks: counts, and one bit a weight on disk and back."""

import torch

from ltsweep.models.layers import Layer
from ltsweep.pruning.mask import full_mask, kept, pack, unpack, unpack_like

LAYERS = [Layer("conv.weight", (4, 3, 3, 3), 25), Layer("output.weight", (3, 5), 1)]


def random_mask():
    random = torch.Generator().manual_seed(0)
    return {layer.name: torch.rand(layer.shape, generator=random) < 0.3 for layer in LAYERS}


def test_a_full_mask_keeps_everything():
    mask = full_mask(LAYERS)
    assert {name: tuple(part.shape) for name, part in mask.items()} == {
        "conv.weight": (4, 3, 3, 3),
        "output.weight": (3, 5),
    }
    assert all(part.dtype == torch.bool for part in mask.values())
    assert kept(mask) == 108 + 15


def test_one_bit_a_weight_the_first_weight_in_the_highest_bit():
    packed = pack({"a": torch.tensor([[1, 0, 0, 0, 0], [0, 0, 1, 1, 1]], dtype=torch.bool)})
    assert packed["a"].dtype == torch.uint8
    assert packed["a"].tolist() == [0b10000001, 0b11000000]


def test_packing_and_unpacking_give_the_mask_back():
    mask = random_mask()
    packed = pack(mask)
    assert {name: len(part) for name, part in packed.items()} == {
        "conv.weight": 14,
        "output.weight": 2,
    }
    back = unpack(packed, LAYERS)
    assert list(back) == list(mask)
    for name, part in mask.items():
        assert back[name].dtype == torch.bool
        assert torch.equal(back[name], part)
        assert torch.equal(unpack_like(packed[name], torch.zeros(part.shape)), part)


def test_an_unpacked_mask_may_be_written_to():
    back = unpack(pack(random_mask()), LAYERS)
    back["output.weight"][0, 0] = True
    assert back["output.weight"][0, 0]
