"""Explicit generators, one per purpose, so that no draw depends on another draw or on order."""

import hashlib
import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


def generator(seed: int, purpose: str, *parts: str | int) -> torch.Generator:
    """A CPU generator determined by the replicate's seed, the purpose and any further parts."""
    return torch.Generator().manual_seed(_number(seed, purpose, *parts))


def permutation(seed: int, purpose: str, length: int, *parts: str | int) -> torch.Tensor:
    """A random order of range(length), int64 of shape (length,)."""
    return torch.randperm(length, generator=generator(seed, purpose, *parts))


@contextmanager
def torch_seeded(
    device: torch.device, seed: int, purpose: str, *parts: str | int
) -> Iterator[None]:
    """Torch's global generators start from (seed, purpose, parts) inside, and go on afterwards.

    Modules draw from those, dropout for one, and take no generator.
    """
    devices = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices):
        torch.manual_seed(_number(seed, purpose, *parts))
        yield


@contextmanager
def seeded(seed: int, purpose: str, *parts: str | int) -> Iterator[None]:
    """The global CPU generators of torch, NumPy and Python start anew inside, as `torch_seeded`."""
    of_python, of_numpy = random.getstate(), np.random.get_state()
    number = _number(seed, purpose, *parts)
    random.seed(number)
    np.random.seed(number % 2**32)
    try:
        with torch_seeded(torch.device("cpu"), seed, purpose, *parts):
            yield
    finally:
        random.setstate(of_python)
        np.random.set_state(of_numpy)


def _number(seed: int, purpose: str, *parts: str | int) -> int:
    name = "/".join(map(str, (seed, purpose, *parts)))
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little")
