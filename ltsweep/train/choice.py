"""Which strategy trains a replicate: a rule on its specification and the kind of device.

Never a live timing and never the pack's size: two strategies agree only to rounding, so all arms
that are compared must run on the same one. Arms of one level have one density. What `auto` chooses
must stay as it is for the same reason: results that a store has were trained so.
"""

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import nn

from ltsweep.train.one_by_one import OneByOne
from ltsweep.train.recipe import Recipe
from ltsweep.train.sparse import Sparse
from ltsweep.train.stacked import Stacked
from ltsweep.train.strategy import Strategy


class Rule(NamedTuple):
    """Perceptrons of at least so many weights are `Sparse` on a CPU, up to a density."""

    up_to: Mapping[str, float]  # by precision: where sparse products are the quicker ones
    least: int


# `auto` was made when `Sparse` took one net after the other: smaller ones took longer to call than
# to multiply. A pack of sparse nets shares its calls, so `by_density` takes nets of any size.
RULES: Mapping[str, Rule] = {
    "auto": Rule({"fp32": 0.2, "bf16": 0.1}, least=100_000),
    "by_density": Rule({"fp32": 0.25, "bf16": 0.1}, least=1),
}
BY_NAME: Mapping[str, type[Strategy]] = {s.name: s for s in (Stacked, Sparse, OneByOne)}


def refusal(forced: str, module: nn.Module, recipe: Recipe) -> str | None:
    """Why what strategy= asks for cannot train such a net in such a way; None where it can."""
    if forced == "auto":
        return None
    return BY_NAME.get(forced, Stacked).refuses(module, recipe)


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
    if reason := refusal(forced, module, recipe):
        raise ValueError(f"strategy={forced} cannot train this: {reason}")
    if forced in BY_NAME:
        return BY_NAME[forced]
    if Stacked.refuses(module, recipe):
        return OneByOne
    rule = RULES[forced]
    prunable = sum(part.numel() for part in mask.values())
    kept = sum(int(part.sum()) for part in mask.values())
    few = prunable >= rule.least and kept <= rule.up_to[recipe.precision] * prunable
    worthwhile = device.type == "cpu" and few
    return Sparse if worthwhile and not Sparse.refuses(module, recipe) else Stacked
