"""Which strategy trains a replicate: a rule on its specification and the kind of device.

Never a live timing and never the pack's size: two strategies agree only to rounding, so all arms
that are compared must run on the same one. Arms of one level have one density.
"""

from collections.abc import Mapping

import torch
from torch import nn

from ltsweep.train.one_by_one import OneByOne
from ltsweep.train.recipe import Recipe
from ltsweep.train.sparse import Sparse
from ltsweep.train.stacked import Stacked
from ltsweep.train.strategy import Strategy

# Densities up to which sparse products are the quicker ones on a CPU (`make bench`).
SPARSE_UP_TO = {"fp32": 0.2, "bf16": 0.1}
# Smaller nets take longer to call than to multiply, which stacking saves and sparsity does not.
LEAST_SPARSE_WEIGHTS = 100_000


BY_NAME: Mapping[str, type[Strategy]] = {s.name: s for s in (Stacked, Sparse, OneByOne)}


def strategy_for(
    module: nn.Module,
    mask: Mapping[str, torch.Tensor],
    device: torch.device,
    recipe: Recipe,
    forced: str = "auto",
) -> type[Strategy]:
    """`Sparse` or `Stacked` for plain multilayer perceptrons, `OneByOne` for everything else.

    `mask` is the one that the training begins with, also where masks change later. So gradual
    pruning, which begins with everything, is not for `Sparse`: with its usual times its mean
    density is at least 0.26. ValueError where the strategy that is forced cannot do it.
    """
    if forced != "auto":
        if reason := BY_NAME[forced].refuses(module, recipe):
            raise ValueError(f"strategy={forced} cannot train this: {reason}")
        return BY_NAME[forced]
    if Stacked.refuses(module, recipe):
        return OneByOne
    prunable = sum(part.numel() for part in mask.values())
    kept = sum(int(part.sum()) for part in mask.values())
    few = kept <= SPARSE_UP_TO[recipe.precision] * prunable
    worthwhile = device.type == "cpu" and prunable >= LEAST_SPARSE_WEIGHTS and few
    return Sparse if worthwhile and not Sparse.refuses(module, recipe) else Stacked
