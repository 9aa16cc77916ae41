"""Which strategy trains a replicate: a rule on its specification and the kind of device.

Never a live timing and never the pack's size: two strategies agree only to rounding, so all arms
that are compared must run on the same one. Arms of one level have one density. What `auto` chooses
must stay as it is for the same reason: results that a store has were trained so.
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
# Where a pack shares its calls, density alone decides: the same limits for nets of any size.
BY_DENSITY_UP_TO = {"fp32": 0.25, "bf16": 0.1}

# What a strategy that is forced must be able to use; by_density uses `Stacked` for the denser ones.
FORCED: Mapping[str, type[Strategy]] = {
    "stacked": Stacked,
    "sparse": Sparse,
    "loop": OneByOne,
    "by_density": Stacked,
}


def strategy_for(
    module: nn.Module,
    mask: Mapping[str, torch.Tensor],
    device: torch.device,
    recipe: Recipe,
    forced: str = "auto",
) -> type[Strategy]:
    """`Sparse` or `Stacked` for plain multilayer perceptrons, `OneByOne` for everything else.

    ValueError where the strategy that is forced cannot do it.
    """
    by_density = forced == "by_density"
    if forced != "auto":
        if reason := FORCED[forced].refuses(module, recipe):
            raise ValueError(f"strategy={forced} cannot train this: {reason}")
        if not by_density:
            return FORCED[forced]
    if Stacked.refuses(module, recipe):
        return OneByOne
    prunable = sum(part.numel() for part in mask.values())
    kept = sum(int(part.sum()) for part in mask.values())
    limits, least = (BY_DENSITY_UP_TO, 1) if by_density else (SPARSE_UP_TO, LEAST_SPARSE_WEIGHTS)
    few = prunable >= least and kept <= limits[recipe.precision] * prunable
    worthwhile = device.type == "cpu" and few
    return Sparse if worthwhile and not Sparse.refuses(module, recipe) else Stacked
