"""Optimizers as components: fused, called once for all replicates that share their settings."""

from collections.abc import Iterable
from typing import Annotated

import torch
from pydantic import Field

__all__ = ["adam", "sgd"]

Rate = Annotated[float, Field(gt=0)]
Decay = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(ge=0, lt=1)]


def sgd(
    parameters: Iterable[torch.nn.Parameter],
    *,
    lr: Rate,
    momentum: Share = 0.0,
    nesterov: bool = False,
    weight_decay: Decay = 0.0,
) -> torch.optim.Optimizer:
    """Stochastic gradient descent with momentum; weight decay is added to the gradient."""
    return torch.optim.SGD(
        parameters,
        lr=lr,
        momentum=momentum,
        nesterov=nesterov and momentum > 0,  # without momentum there is nothing to look ahead by
        weight_decay=weight_decay,
        fused=True,
    )


def adam(
    parameters: Iterable[torch.nn.Parameter],
    *,
    lr: Rate,
    betas: tuple[Share, Share] = (0.9, 0.999),
    eps: Rate = 1e-8,
    weight_decay: Decay = 0.0,
) -> torch.optim.Optimizer:
    """Adam (Kingma & Ba 2015, arXiv 1412.6980); weight decay is added to the gradient."""
    return torch.optim.Adam(
        parameters, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, fused=True
    )
