"""Optimizers outside ltsweep that misbehave when their environment, or the rate of 0.5, says so."""

import os
import signal
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import torch

from ltsweep.train.optimizers import sgd


def _is_on(parameters: Sequence[torch.nn.Parameter], lr: float) -> bool:
    return _is_net(parameters) and lr == 0.5 and os.environ.get("FAULTS") != "off"


def _is_net(parameters: Sequence[torch.nn.Parameter]) -> bool:
    """Whether this is no plan, which tries an optimizer on one weight and one bias."""
    return len(parameters) > 2


def raising(parameters: Iterable[torch.nn.Parameter], *, lr: float) -> torch.optim.Optimizer:
    """SGD that raises."""
    parameters = list(parameters)
    if _is_on(parameters, lr):
        raise RuntimeError("this optimizer was told to fail")
    return sgd(parameters, lr=lr)


def killing(parameters: Iterable[torch.nn.Parameter], *, lr: float) -> torch.optim.Optimizer:
    """SGD that kills its process, as the system does when memory is out."""
    parameters = list(parameters)
    if _is_on(parameters, lr):
        os.kill(os.getpid(), signal.SIGKILL)
    return sgd(parameters, lr=lr)


def losing_the_gpu(parameters: Iterable[torch.nn.Parameter], *, lr: float) -> torch.optim.Optimizer:
    """SGD after which a GPU, if there were one, answers every call with the same error."""
    parameters = list(parameters)
    if _is_on(parameters, lr):

        def lost() -> None:
            raise torch.AcceleratorError("CUDA error: an illegal memory access was encountered")

        torch.cuda.is_initialized, torch.cuda.synchronize = lambda: True, lost
        lost()
    return sgd(parameters, lr=lr)


def slow(parameters: Iterable[torch.nn.Parameter], *, lr: float) -> torch.optim.Optimizer:
    """SGD that comes late, by the seconds in the file SLOW, leaving the processor to others."""
    parameters = list(parameters)
    if _is_net(parameters):
        time.sleep(float(Path(os.environ["SLOW"]).read_text()))
    return sgd(parameters, lr=lr)
