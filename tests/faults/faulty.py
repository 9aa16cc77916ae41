"""Optimizers outside ltsweep that misbehave at a learning rate of 0.5, unless FAULTS is 'off'."""

import os
import signal
from collections.abc import Iterable

import torch

from ltsweep.train.optimizers import sgd


def _is_on(lr: float) -> bool:
    return lr == 0.5 and os.environ.get("FAULTS") != "off"


def raising(parameters: Iterable[torch.nn.Parameter], *, lr: float) -> torch.optim.Optimizer:
    """SGD that raises."""
    if _is_on(lr):
        raise RuntimeError("this optimizer was told to fail")
    return sgd(parameters, lr=lr)


def killing(parameters: Iterable[torch.nn.Parameter], *, lr: float) -> torch.optim.Optimizer:
    """SGD that kills its process, as the system does when memory is out."""
    if _is_on(lr):
        os.kill(os.getpid(), signal.SIGKILL)
    return sgd(parameters, lr=lr)
