"""Explicit generators, one per purpose, so that no draw depends on another draw or on order."""

import hashlib
import random as of_python
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

    Modules draw from those, dropout for one, and take no generator. `torch.manual_seed` would take
    as long as a small net's step.
    """
    generators = [torch.default_generator]
    if device.type == "cuda":
        index = torch.cuda.current_device() if device.index is None else device.index
        generators.append(torch.cuda.default_generators[index])
    before = [random.get_state() for random in generators]
    for random in generators:
        random.manual_seed(_number(seed, purpose, *parts))
    try:
        yield
    finally:
        for random, state in zip(generators, before, strict=True):
            random.set_state(state)


@contextmanager
def seeded(seed: int, purpose: str, *parts: str | int) -> Iterator[None]:
    """The global CPU generators of torch, NumPy and Python start anew inside, as `torch_seeded`."""
    python, numpy = of_python.getstate(), np.random.get_state()
    number = _number(seed, purpose, *parts)
    of_python.seed(number)
    np.random.seed(number % 2**32)
    try:
        with torch_seeded(torch.device("cpu"), seed, purpose, *parts):
            yield
    finally:
        of_python.setstate(python)
        np.random.set_state(numpy)


def _number(seed: int, purpose: str, *parts: str | int) -> int:
    name = "/".join(map(str, (seed, purpose, *parts)))
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little")
