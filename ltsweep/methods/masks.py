"""Mask rules: each returns bool tensors by parameter name, True = kept.

What they may ask for by argument name is in `ltsweep.methods.rule_inputs`.
"""

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Literal

import torch

from ltsweep.models.layers import Layer
from ltsweep.pruning.counts import erk_shares, share_out, uniform_shares
from ltsweep.pruning.mask import Mask, full_mask

__all__ = [
    "after_transfer",
    "at_init",
    "at_init_shuffled",
    "balanced",
    "erk",
    "everything",
    "imp",
    "layerwise_permuted",
    "random_mask",
    "random_pruning",
    "sparse_start",
]

Permutation = Callable[[str, int], torch.Tensor]


def imp(ladder: Mask) -> Mask:
    """The mask of iterative pruning itself (Frankle & Carbin 2019, arXiv 1803.03635)."""
    return ladder


def everything(layers: Sequence[Layer]) -> Mask:
    """Nothing is pruned yet: what gradual pruning starts from."""
    return full_mask(layers)


def at_init(scored_at_step: Mask) -> Mask:
    """The mask of scores before training, or early in it: one pruning straight to the count."""
    return scored_at_step


def at_init_shuffled(scored_at_step: Mask, permutation: Permutation) -> Mask:
    """That mask shuffled inside each layer (Frankle et al. 2021, arXiv 2009.08576)."""
    return _shuffled(scored_at_step, permutation)


def after_transfer(scored_transferred: Mask) -> Mask:
    """The mask of one pruning straight to the count, on the target, once transfer is done."""
    return scored_transferred


def layerwise_permuted(ladder: Mask, permutation: Permutation) -> Mask:
    """The ladder's mask shuffled inside each layer: its counts without its positions."""
    return _shuffled(ladder, permutation)


def random_mask(layers: Sequence[Layer], kept: int, permutation: Permutation) -> Mask:
    """Uniformly random over all prunable weights (Morcos et al. 2019, arXiv 1906.02773).

    Distributed as a global permutation of any mask with this count: the paper's random ticket.
    """
    total = sum(layer.total for layer in layers)
    flat = torch.zeros(total, dtype=torch.bool)
    flat[permutation("all layers", total)[:kept]] = True
    parts = torch.split(flat, [layer.total for layer in layers])
    return {layer.name: part.view(layer.shape) for layer, part in zip(layers, parts, strict=True)}


def random_pruning(layers: Sequence[Layer], kept: int, permutation: Permutation) -> Mask:
    """Uniformly random inside each layer, at the same density in every layer."""
    shares = share_out(kept, {layer.name: layer.total for layer in layers})
    return _random(shares, layers, permutation)


def erk(layers: Sequence[Layer], kept: int, permutation: Permutation) -> Mask:
    """Uniformly random inside each layer, with the densities of Erdos-Renyi kernels."""
    return _random(erk_shares(kept, layers), layers, permutation)


def balanced(layers: Sequence[Layer], kept: int, permutation: Permutation) -> Mask:
    """Uniformly random inside each layer, with the same count of kept weights in every layer.

    Layers that are too small for it are dense, and the others share the rest.
    """
    alike = {layer.name: 1 for layer in layers}
    shares = share_out(kept, {layer.name: layer.total for layer in layers}, alike)
    return _random(shares, layers, permutation)


def sparse_start(
    layers: Sequence[Layer],
    kept: int,
    permutation: Permutation,
    *,
    start: Literal["erk", "uniform"] = "erk",
) -> Mask:
    """Uniformly random inside each layer: where RigL and SET start (Evci et al. 2020, 1911.11134).

    Their densities are those of Erdos-Renyi kernels, or equal in all layers but a small first one.
    """
    shares = {"erk": erk_shares, "uniform": uniform_shares}[start](kept, layers)
    return _random(shares, layers, permutation)


def _shuffled(mask: Mask, permutation: Permutation) -> Mask:
    return {
        name: part.flatten()[permutation(name, part.numel())].view(part.shape)
        for name, part in mask.items()
    }


def _random(shares: Mapping[str, int], layers: Sequence[Layer], permutation: Permutation) -> Mask:
    """So many weights of each layer."""
    mask = {}
    for layer in layers:
        flat = torch.zeros(prod(layer.shape), dtype=torch.bool)
        flat[permutation(layer.name, flat.numel())[: shares[layer.name]]] = True
        mask[layer.name] = flat.view(layer.shape)
    return mask
