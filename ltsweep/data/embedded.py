"""The digits dataset, embedded in the package: 1,797 real handwritten digits of 8x8 pixels.

Provenance: the test part (1,797 of 5,620 images, 13 writers) of "Optical Recognition of
Handwritten Digits" by E. Alpaydin and C. Kaynak, UCI Machine Learning Repository, 1998,
https://doi.org/10.24432/C50P49, licensed CC BY 4.0. ``digits.npz`` holds the images as
scikit-learn's `load_digits` gives them, in that order, changed only in type: ``images``
uint8 (1797, 8, 8) with values 0..16 (the count of inked pixels in a 4x4 block of the scan) and
``labels`` uint8 (1797,).

Training and test set are ours: the published order goes writer by writer, so a fixed order mixes
the writers; both sets hold each class in its share.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import numpy as np

from ltsweep.data.dataset import RawImages
from ltsweep.data.order import fixed_order

__all__ = ["digits"]

CLASSES = 10
TRAINING_IMAGES = 1300  # the other 497 are the test set
ORDER_SEED = 0  # part of the dataset's definition: another value is another dataset


def digits(data_dir: Path) -> RawImages:
    """Return digits: 1,300 training and 497 test images, uint8 (N, 1, 8, 8), values 0..16.

    ``data_dir`` is not used (every loader takes it): the images are in the package.
    """
    with (files("ltsweep.data") / "digits.npz").open("rb") as file:
        archive = np.load(file, allow_pickle=False)
        images, labels = archive["images"][:, None], archive["labels"]
    order = _stratified_order(labels)
    train, test = order[:TRAINING_IMAGES], order[TRAINING_IMAGES:]
    return RawImages.of(
        train=(images[train], labels[train]), test=(images[test], labels[test]), classes=CLASSES
    )


def _stratified_order(labels: np.ndarray) -> np.ndarray:
    """Return a fixed random order, int64 (N,), any prefix of which holds each class in its share.

    The j-th of the n images of a class, in random order, goes to the place (j + 1/2) / n of the
    way through.
    """
    order = fixed_order(len(labels), ORDER_SEED)
    place = np.empty(len(labels))
    for label in range(CLASSES):
        members = order[labels[order] == label]
        place[members] = (np.arange(len(members)) + 0.5) / len(members)
    return order[np.argsort(place[order], kind="stable")]
