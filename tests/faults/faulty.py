"""Optimizers outside ltsweep that misbehave when their environment, or the rate of 0.5, says so."""

import os
import signal
import time
from collections.abc import Iterable
from pathlib import Path

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


def slow(parameters: Iterable[torch.nn.Parameter], *, lr: float) -> torch.optim.Optimizer:
    """SGD that comes late, by the seconds in the file SLOW, leaving the processor to others."""
    time.sleep(float(Path(os.environ["SLOW"]).read_text()))
    return sgd(parameters, lr=lr)
