"""Errors of a GPU: the memory that they hold, and those that a process does not get over."""

import gc
import os
import signal
import sys
from typing import NoReturn

import torch


def free_memory() -> None:
    """Gives a GPU's memory back that a pack had. Call it when its error is handled, not before.

    Until then the error holds the frames in which it was raised, and they hold the tensors.
    """
    gc.collect()
    torch.cuda.empty_cache()


def is_lost() -> bool:
    """Whether this process has met an error of its GPU that stays: all later calls raise it."""
    if not torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        return False
    try:
        torch.cuda.synchronize()
    except RuntimeError:
        return True
    return False


def die() -> NoReturn:
    """Ends this process as the system would, so that whoever waits for it starts another.

    Its claims are not given up: they are dead, and count as those of a process that was killed.
    """
    sys.stdout.flush()
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("a killed process does nothing more")
