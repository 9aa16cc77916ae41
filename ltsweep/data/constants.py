"""Computes normalisation constants: the mean and the standard deviation of images per channel."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from ltsweep.data.reshape import reshaped
from ltsweep.data_spec import InputShape

CHUNK = 4096  # images that are copied at a time


def mean_and_std(
    images: np.ndarray, places: np.ndarray, white: float, how: InputShape | None = None
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and population standard deviation of some images, per channel, with ``white`` as 1.

    ``images``: uint8 (N, C, H, W); ``places``: int64 (n,), n >= 1, which of them; ``how``: the
    shape that they are brought to before. The constants enter keys, so they are the same on every
    machine: exact sums of whole numbers, rounded once (the standard deviation twice, for its root).
    """
    channels = range(images.shape[1] if how is None else how.shape[0])
    counts = [np.zeros(256, np.int64) for _ in channels]
    for start in range(0, len(places), CHUNK):
        some = reshaped(images[places[start : start + CHUNK]], how)
        for channel in channels:
            counts[channel] += np.bincount(some[:, channel].reshape(-1), minlength=256)
    made = [_of_counts([int(count) for count in by_value], white) for by_value in counts]
    return tuple(mean for mean, _ in made), tuple(std for _, std in made)


def _of_counts(counts: list[int], white: float) -> tuple[float, float]:
    """Mean and standard deviation of the values 0, 1, ..., each as often as its count says."""
    total = sum(counts)
    mean = Fraction(sum(value * count for value, count in enumerate(counts)), total)
    square = Fraction(sum(value * value * count for value, count in enumerate(counts)), total)
    scale = Fraction(white)
    return float(mean / scale), math.sqrt((square - mean * mean) / (scale * scale))
