"""Holds a validation set out of the training set, the same one for every replicate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ltsweep.data.dataset import RawImages
from ltsweep.data.order import fixed_order
from ltsweep.spec import Split


@dataclass(frozen=True)
class Parts:
    """A dataset in its three parts: images uint8 (N, C, H, W), labels int64 (N,).

    The test part is the published one; the validation part may be empty. ``fingerprint`` is that of
    the unsplit dataset: the parts follow from it together with the number of validation images and
    the split seed.
    """

    train_images: np.ndarray
    train_labels: np.ndarray
    val_images: np.ndarray
    val_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray
    classes: int
    fingerprint: str


def places(raw: RawImages, how: Split) -> tuple[np.ndarray, np.ndarray]:
    """Where the validation images and those trained on lie among the training images of ``raw``.

    ``fixed_order(N, how.split_seed)`` gives the order of the N images as published; its first
    ``how.validation`` entries are the validation part and the rest, in that order, the training
    part: all of it, or its first ``how.examples``, so that smaller training sets lie inside larger
    ones. A replicate's seed has no say, so replicates share their data. Raises ValueError, with a
    sentence for the user, if nothing would be left to train on.
    """
    count, validation = len(raw.train_images), how.validation
    if validation >= count:
        raise ValueError(
            f"dataset.validation={validation} must be less than the {count} training images that "
            "it is taken from."
        )
    order = fixed_order(count, how.split_seed)
    val, train = order[:validation], order[validation:]
    if how.examples is not None:
        train = train[: how.examples]
    return val, train


def split(raw: RawImages, how: Split) -> Parts:
    """The dataset in its parts, with the training images apart as ``places`` says."""
    val, train = places(raw, how)
    return Parts(
        train_images=raw.train_images[train],
        train_labels=raw.train_labels[train],
        val_images=raw.train_images[val],
        val_labels=raw.train_labels[val],
        test_images=raw.test_images,
        test_labels=raw.test_labels,
        classes=raw.classes,
        fingerprint=raw.fingerprint,
    )
