"""Rules by which masks change while nets train: gradual pruning, SET and RigL.

What they may ask for by argument name is in `ltsweep.train.dynamics`.
"""

from collections.abc import Callable, Mapping
from math import cos, floor, pi
from typing import Annotated

import torch
from pydantic import Field

from ltsweep.foundations.types import NotBool
from ltsweep.pruning.mask import Mask
from ltsweep.pruning.select import highest, prune

__all__ = ["gradual", "rigl", "sparse_evolution"]

Tensors = dict[str, torch.Tensor]
Share = Annotated[float, Field(ge=0, le=1), NotBool]


def gradual(
    weights: Tensors,
    mask: Mask,
    progress: float,
    kept_by_group: Mapping[tuple[str, ...], int],
) -> Mask:
    """Gradual magnitude pruning along a cubic (Zhu & Gupta 2017, arXiv 1710.01878).

    In each group of layers that are pruned together, the share of pruned weights is that of the
    level times 1 - (1 - progress)^3, rounded to a whole number of weights. The smallest go; of
    equal ones the last. A pruned weight does not come back.
    """
    share = 1 - (1 - progress) ** 3
    sizes = {group: sum(mask[name].numel() for name in group) for group in kept_by_group}
    counts = {g: sizes[g] - floor((sizes[g] - kept_by_group[g]) * share + 0.5) for g in sizes}
    # of a training that diverges, too, whose weights are not finite
    magnitudes = {name: torch.nan_to_num(weights[name].abs()) for name in mask}
    return prune(magnitudes, mask, counts)


def sparse_evolution(
    weights: Tensors, mask: Mask, random: torch.Generator, *, drop: Share = 0.3
) -> Mask:
    """Sparse evolutionary training, SET (Mocanu et al. 2018, arXiv 1707.04780).

    In each layer the share `drop` of the kept weights, the smallest, makes place for as many random
    connections, which start at zero.
    """
    return _regrown(
        weights, mask, drop, lambda name: torch.rand(mask[name].shape, generator=random)
    )


def rigl(
    weights: Tensors,
    mask: Mask,
    gradients: Tensors,
    step: int,
    until: int,
    *,
    drop: Share = 0.3,
) -> Mask:
    """RigL: connections grow where the gradient is large (Evci et al. 2020, arXiv 1911.11134).

    In each layer the share drop / 2 * (1 + cos(pi * step / until)) of the kept weights, the
    smallest, makes place for those connections whose gradients are largest, which start at zero.
    """
    share = drop / 2 * (1 + cos(pi * step / until))
    return _regrown(weights, mask, share, lambda name: gradients[name].abs())


def _regrown(
    weights: Tensors, mask: Mask, share: float, scores: Callable[[str], torch.Tensor]
) -> Mask:
    """In each layer the smallest kept weights dropped, and as many connections grown by scores.

    Their number is rounded down. What was just dropped may grow again, and is then as it was. Of
    equal magnitudes the last go, of equal scores the first grow.
    """
    made = {}
    for name, part in mask.items():
        there = part.flatten()
        kept = int(there.sum())
        moved = floor(share * kept)
        stay = there.clone()
        stay[there] = highest(weights[name].abs().flatten()[there], kept - moved)
        growth = scores(name).flatten().masked_fill(stay, -1)
        made[name] = (stay | highest(growth, moved)).view(part.shape)
    return made
