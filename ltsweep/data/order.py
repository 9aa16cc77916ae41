"""A random order that depends on a seed alone, today and with every later numpy."""

from __future__ import annotations

import numpy as np


def fixed_order(count: int, seed: int) -> np.ndarray:
    """Return a permutation of 0..count-1, int64 (count,), given by ``seed`` (>= 0) alone.

    It sorts ``count`` raw 64-bit outputs of PCG64 (ties by index). Numpy promises that a bit
    generator's raw stream never changes; it makes no such promise for
    `Generator.permutation`, and a split that changed with a new numpy would go unnoticed under
    the same stage key.
    """
    return np.argsort(np.random.PCG64(seed).random_raw(count), kind="stable").astype(np.int64)
