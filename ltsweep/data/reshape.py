"""Brings images to the shape that a specification names: first their channels, then their size."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ltsweep.data.sizes import SizeRefused
from ltsweep.data.split import Parts
from ltsweep.data_spec import InputShape
from ltsweep.foundations.contracts import attempt, broken, shown

CHUNK = 256  # images that are changed at a time: on the way they are floats


def reshaped(images: np.ndarray, how: InputShape | None) -> np.ndarray:
    """Images of another shape: uint8 (N, C, H, W) to uint8 (N, *how.shape); the same for None.

    Raises SizeRefused where they cannot be brought to the size, ContractError where a function of
    the user's own makes something else.
    """
    if how is None:
        return images
    made = np.empty((len(images), *how.shape), np.uint8)
    for start in range(0, len(images), CHUNK):
        some = with_channels(images[start : start + CHUNK], how.shape[0])
        made[start : start + CHUNK] = some if how.by is None else _sized(some, how)
    return made


def reshaped_parts(parts: Parts, how: InputShape | None) -> Parts:
    """A dataset's parts with images of another shape, see `reshaped`."""
    return replace(
        parts,
        train_images=reshaped(parts.train_images, how),
        val_images=reshaped(parts.val_images, how),
        test_images=reshaped(parts.test_images, how),
    )


def with_channels(images: np.ndarray, channels: int) -> np.ndarray:
    """Images with so many channels: uint8 (N, C, H, W) to uint8 (N, channels, H, W).

    A single channel is repeated. Red, green and blue become their luma (ITU-R BT.601), as by
    Pillow's `convert("L")`: (19595 R + 38470 G + 7471 B) / 65536, rounded with halves up.
    """
    there = images.shape[1]
    if there == channels:
        return images
    if there == 1:
        return np.repeat(images, channels, axis=1)
    assert (there, channels) == (3, 1), "the plan refuses others"
    red, green, blue = (images[:, [number]].astype(np.int32) for number in range(3))
    return ((19595 * red + 38470 * green + 7471 * blue + 32768) >> 16).astype(np.uint8)


def _sized(images: np.ndarray, how: InputShape) -> np.ndarray:
    assert how.by is not None
    given = f"{shown(images)} and the size {how.shape[1:]}"
    made: np.ndarray = attempt(
        how.by.target, given, how.by, images, *how.shape[1:], passing=(SizeRefused,)
    )
    wanted = len(images), *how.shape
    right = isinstance(made, np.ndarray) and made.dtype == np.uint8 and made.shape == wanted
    if not right:
        raise broken(how.by.target, f"an array uint8 {wanted}", shown(made), given)
    return made
