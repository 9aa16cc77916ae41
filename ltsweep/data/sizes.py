"""Ways to give images another height and width: resized, padded, or not at all.

Each takes images uint8 (N, C, H, W), a height and a width, and returns uint8 (N, C, height, width).
What it makes of an image depends on that image alone, and is the same on every machine.
"""

from __future__ import annotations

from math import gcd

import numpy as np

__all__ = ["native", "pad", "resize"]

LARGEST_EXACT = 2**53  # whole numbers up to here are floats of 64 bits


class SizeRefused(ValueError):
    """Images that a way does not bring to a size; the message says what to choose instead."""


def native(images: np.ndarray, height: int, width: int) -> np.ndarray:
    """The images as they are. SizeRefused where they have another size."""
    rows, columns = images.shape[2:]
    if (rows, columns) != (height, width):
        raise SizeRefused(
            f"it leaves images as they are, and {height}x{width} pixels are wanted; choose "
            "input=resize or input=pad"
        )
    return images


def pad(images: np.ndarray, height: int, width: int) -> np.ndarray:
    """The images in the middle of black ones, whose raw value is 0.

    An odd row or column goes below or to the right. SizeRefused where the images are larger.
    """
    rows, columns = images.shape[2:]
    if rows > height or columns > width:
        raise SizeRefused(
            f"{rows}x{columns} pixels do not fit into {height}x{width}; choose input=resize, or a "
            "larger input.size"
        )
    top, left = (height - rows) // 2, (width - columns) // 2
    made = np.zeros((*images.shape[:2], height, width), np.uint8)
    made[:, :, top : top + rows, left : left + columns] = images
    return made


def resize(images: np.ndarray, height: int, width: int) -> np.ndarray:
    """The images resampled bilinearly, with antialiasing where they shrink.

    A pixel is the mean of those around it, with the weights of a triangle that is as wide as two
    pixels of the coarser grid: Pillow's BILINEAR, and torch's `interpolate` with `antialias=True`.
    Those differ by processor and version in how they round. Here the weights are whole numbers and
    their sums are exact, in whatever order they are taken; the mean is rounded once, halves up.
    """
    down, across = _triangles(images.shape[2], height), _triangles(images.shape[3], width)
    totals = np.outer(down.sum(1), across.sum(1)).astype(np.int64)
    assert 2 * 255 * int(totals.max()) < LARGEST_EXACT, "an image of thousands of pixels a side"
    sums = (down @ (images.astype(np.float64) @ across.T)).astype(np.int64)
    made: np.ndarray = ((2 * sums + totals) // (2 * totals)).astype(np.uint8)
    return made


def _triangles(pixels: int, wanted: int) -> np.ndarray:
    """Weights of the pixels of a line for those of another: float64 (wanted, pixels), whole.

    With centres at j + 1/2 and (i + 1/2) pixels / wanted, a weight falls linearly with their
    distance, to 0 at one pixel of the coarser line. All are multiplied by 2 wanted, over what both
    lengths have in common.
    """
    shared = gcd(pixels, wanted)
    step, other_step = wanted // shared, pixels // shared
    centres = (2 * np.arange(pixels) + 1) * step
    others = (2 * np.arange(wanted) + 1) * other_step
    distances = np.abs(centres[None, :] - others[:, None])
    weights: np.ndarray = np.maximum(2 * max(step, other_step) - distances, 0).astype(np.float64)
    return weights
