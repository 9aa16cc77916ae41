"""Counts images that two datasets share, byte for byte."""

from __future__ import annotations

import hashlib

import numpy as np


def count_duplicates(images: np.ndarray, among: np.ndarray) -> int:
    """How many of ``images`` are equal to one of ``among``, pixel by pixel.

    Both are uint8 (N, C, H, W); images of other shapes are never equal. Usually ``images`` are the
    test images of a target and ``among`` the training images of a source: what a ticket has seen of
    them. An image that occurs twice in ``images`` counts twice.
    """
    if images.shape[1:] != among.shape[1:]:
        return 0
    known = {_digest(image) for image in among}
    return sum(_digest(image) in known for image in images)


def _digest(image: np.ndarray) -> bytes:
    return hashlib.blake2b(image.tobytes(), digest_size=16).digest()
