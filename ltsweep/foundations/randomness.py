"""Explicit generators, one per purpose, so that no draw depends on another draw or on order."""

import hashlib

import torch


def generator(seed: int, purpose: str, *parts: str | int) -> torch.Generator:
    """A CPU generator determined by the replicate's seed, the purpose and any further parts."""
    name = "/".join(map(str, (seed, purpose, *parts)))
    state = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little")
    return torch.Generator().manual_seed(state)


def permutation(seed: int, purpose: str, length: int, *parts: str | int) -> torch.Tensor:
    """A random order of range(length), int64 of shape (length,)."""
    return torch.randperm(length, generator=generator(seed, purpose, *parts))
