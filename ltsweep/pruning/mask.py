"""Masks: bool tensors by parameter name, True = kept, packed to one bit a weight on disk."""

from collections.abc import Sequence
from math import prod

import numpy as np
import torch

from ltsweep.models.layers import Layer

Mask = dict[str, torch.Tensor]


def full_mask(layers: Sequence[Layer]) -> Mask:
    """Everything kept."""
    return {layer.name: torch.ones(layer.shape, dtype=torch.bool) for layer in layers}


def kept(mask: Mask) -> int:
    """Number of kept weights."""
    return sum(int(part.sum()) for part in mask.values())


def pack(mask: Mask) -> dict[str, torch.Tensor]:
    """One bit a weight: uint8 tensors of ceil(n / 8) bytes by the same names."""
    return {
        name: torch.from_numpy(np.packbits(part.flatten().numpy())) for name, part in mask.items()
    }


def unpack(packed: dict[str, torch.Tensor], layers: Sequence[Layer]) -> Mask:
    """The inverse of `pack`; the shapes come from the architecture."""
    return {layer.name: _unpack(packed[layer.name], layer.shape) for layer in layers}


def unpack_like(packed: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """One layer's mask, shaped like its weights."""
    return _unpack(packed, tuple(weight.shape))


def _unpack(packed: torch.Tensor, shape: tuple[int, ...]) -> torch.Tensor:
    bits = np.unpackbits(packed.numpy(), count=prod(shape))
    return torch.from_numpy(bits.astype(bool)).view(shape)
