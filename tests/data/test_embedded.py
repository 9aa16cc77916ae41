"""Tests the embedded digits: the same images for ever, split as documented."""

from pathlib import Path

import numpy as np
import pytest

from ltsweep.data.embedded import digits


@pytest.fixture(scope="module")
def raw():
    return digits(Path("is/not/used"))


def test_golden_fingerprint(raw):
    assert raw.fingerprint == "9347364c26f173f18fc4f76569eb725706f3d3b26cd4eb982f7818a9236d9cd2"


def test_shapes_and_types(raw):
    assert raw.train_images.shape == (1300, 1, 8, 8)
    assert raw.test_images.shape == (497, 1, 8, 8)
    assert raw.train_images.dtype == raw.test_images.dtype == np.uint8
    assert raw.train_labels.dtype == raw.test_labels.dtype == np.int64
    assert raw.train_images.min() == 0 and raw.train_images.max() == 16
    assert raw.classes == 10


def test_classes_are_balanced_as_in_the_source(raw):
    train, test = np.bincount(raw.train_labels), np.bincount(raw.test_labels)
    published = np.array([178, 182, 177, 183, 181, 182, 181, 179, 174, 180])
    assert (train + test == published).all()
    assert (np.abs(test - published * 497 / 1797) <= 1).all()


def test_train_and_test_are_disjoint(raw):
    # all 1,797 images differ, so that contents tell the images apart
    rows = np.concatenate((raw.train_images, raw.test_images)).reshape(1797, 64)
    assert len(np.unique(rows, axis=0)) == 1797


def test_labels_belong_to_their_images(raw):
    """Nearest class mean gets nine in ten right: no shuffle has come between the two."""
    train, test = raw.train_images.reshape(1300, 64), raw.test_images.reshape(497, 64)
    means = np.stack([train[raw.train_labels == label].mean(0) for label in range(10)])
    guess = ((test[:, None] - means) ** 2).sum(-1).argmin(1)
    assert (guess == raw.test_labels).mean() > 0.88
