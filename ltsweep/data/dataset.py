"""What a dataset is before it is split: four arrays, the number of classes and a fingerprint."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Self

import numpy as np


class DatasetMissing(Exception):
    """A dataset's files are not here and cannot be fetched; the message says what to do."""


class DatasetDamaged(Exception):
    """A dataset's file is not what its format or its publisher says; the message names the file."""


@dataclass(frozen=True)
class RawImages:
    """A labelled image dataset as published, N training and M test images.

    ``train_images``: uint8 (N, C, H, W); ``train_labels``: int64 (N,), each in [0, classes);
    ``test_images`` and ``test_labels`` likewise with M. ``fingerprint`` is `fingerprint_of` these
    four arrays: the identity of the data, wherever they came from.
    """

    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray
    classes: int
    fingerprint: str

    @classmethod
    def of(
        cls,
        *,
        train: tuple[np.ndarray, np.ndarray],
        test: tuple[np.ndarray, np.ndarray],
        classes: int,
    ) -> Self:
        """Check and fingerprint a dataset: the way for a loader to make its result.

        ``train`` and ``test`` are pairs of images, uint8 (N, C, H, W), and labels, any integer
        type (N,). Raises ValueError, with a sentence for the author of the loader, if shapes,
        types or labels do not fit together.
        """
        _check_parts(train, test, classes)
        arrays = (
            np.require(train[0], requirements=("C", "W")),
            train[1].astype(np.int64),
            np.require(test[0], requirements=("C", "W")),
            test[1].astype(np.int64),
        )
        return cls(*arrays, classes=classes, fingerprint=fingerprint_of(*arrays))

    def check(self) -> None:
        """Raise ValueError, in a sentence, unless this is what `of` makes of its arguments."""
        train = self.train_images, self.train_labels
        test = self.test_images, self.test_labels
        _check_parts(train, test, self.classes)
        for part, (_, labels) in (("training", train), ("test", test)):
            if labels.dtype != np.int64:
                raise ValueError(f"{part} labels are {labels.dtype}, not int64")
        if self.fingerprint != fingerprint_of(*train, *test):
            raise ValueError("the fingerprint is not that of the arrays")


def fingerprint_of(
    train_images: np.ndarray,
    train_labels: np.ndarray,
    test_images: np.ndarray,
    test_labels: np.ndarray,
) -> str:
    """Return the sha256 (hex) over the contents of the four arrays, in the order of the arguments.

    Each array contributes a line of text, ``uint8 60000x1x28x28`` and a line feed, and then its
    elements in C order, little-endian: so neither the compression of a file nor the machine
    matters, and no two datasets share a byte stream.
    """
    digest = hashlib.sha256()
    for array in (train_images, train_labels, test_images, test_labels):
        shape = "x".join(str(size) for size in array.shape)
        digest.update(f"{array.dtype.name} {shape}\n".encode())
        little = array.astype(array.dtype.newbyteorder("<"), order="C", copy=False)
        digest.update(little.reshape(-1).view(np.uint8).data)
    return digest.hexdigest()


def _check_parts(
    train: tuple[np.ndarray, np.ndarray], test: tuple[np.ndarray, np.ndarray], classes: Any
) -> None:
    """Raise ValueError unless these are what `RawImages.of` takes."""
    if isinstance(classes, bool) or not isinstance(classes, int | np.integer) or classes < 1:
        raise ValueError(f"classes is {classes!r}, not a whole number of at least 1")
    for part, (images, labels) in (("training", train), ("test", test)):
        _check(part, images, labels, int(classes))
    if train[0].shape[1:] != test[0].shape[1:]:
        raise ValueError(
            f"training images are {train[0].shape[1:]} but test images {test[0].shape[1:]} "
            "(channels, height, width)"
        )


def _check(part: str, images: np.ndarray, labels: np.ndarray, classes: int) -> None:
    """Raise ValueError unless the images and labels of a part are what `RawImages.of` takes."""
    for what, array in (("images", images), ("labels", labels)):
        if not isinstance(array, np.ndarray):
            raise ValueError(f"{part} {what} are of type {type(array).__name__}, not an array")
    if images.dtype != np.uint8 or images.ndim != 4 or images.size == 0:
        raise ValueError(
            f"{part} images are {images.dtype} {images.shape}, not uint8 (N, C, H, W) with N >= 1"
        )
    if labels.dtype.kind not in "iu" or labels.shape != images.shape[:1]:
        raise ValueError(
            f"{part} labels are {labels.dtype} {labels.shape}, not integers ({len(images)},)"
        )
    if labels.min() < 0 or labels.max() >= classes:
        raise ValueError(
            f"{part} labels run from {labels.min()} to {labels.max()}, not within 0 to "
            f"{classes - 1}"
        )
