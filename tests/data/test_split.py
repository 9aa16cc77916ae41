"""Tests the validation split: disjoint, complete, given by the split seed alone."""

import numpy as np
import pytest

from ltsweep.data.dataset import RawImages
from ltsweep.data.order import fixed_order
from ltsweep.data.split import split
from ltsweep.spec import Split

COUNT = 40


@pytest.fixture
def raw():
    """Return a dataset whose image i has i as its only pixel."""
    images = np.arange(COUNT, dtype=np.uint8).reshape(COUNT, 1, 1, 1)
    return RawImages.of(
        train=(images, np.arange(COUNT) % 7), test=(images[::-1], np.zeros(COUNT, int)), classes=7
    )


def test_golden_order():
    """Fixed for ever: every result computed with a split depends on it."""
    assert fixed_order(10, 0).tolist() == [3, 2, 1, 8, 6, 0, 7, 4, 5, 9]
    assert sorted(fixed_order(1000, 3)) == list(range(1000))


def test_parts_are_disjoint_and_complete(raw):
    parts = split(raw, Split(validation=12, split_seed=0, examples=None))
    train, val = parts.train_images.ravel(), parts.val_images.ravel()
    assert (len(train), len(val)) == (28, 12)
    assert sorted([*train, *val]) == list(range(COUNT))


def test_labels_go_with_their_images(raw):
    parts = split(raw, Split(validation=12, split_seed=5, examples=None))
    assert (parts.train_labels == parts.train_images.ravel() % 7).all()
    assert (parts.val_labels == parts.val_images.ravel() % 7).all()


def test_the_rest_is_as_published(raw):
    parts = split(raw, Split(validation=12, split_seed=5, examples=None))
    assert (parts.test_images == raw.test_images).all()
    assert (parts.test_labels == raw.test_labels).all()
    assert (parts.classes, parts.fingerprint) == (7, raw.fingerprint)


def test_the_split_seed_alone_decides(raw):
    np.random.seed(1)
    first = split(raw, Split(validation=12, split_seed=0, examples=None))
    np.random.seed(2)
    again = split(raw, Split(validation=12, split_seed=0, examples=None))
    other = split(raw, Split(validation=12, split_seed=1, examples=None))
    assert (first.val_images == again.val_images).all()
    assert (first.train_images == again.train_images).all()
    assert sorted(first.val_images.ravel()) != sorted(other.val_images.ravel())


def test_a_larger_validation_part_contains_the_smaller(raw):
    hows = [Split(validation=n, split_seed=0, examples=None) for n in (5, 12)]
    small, large = (split(raw, how).val_images.ravel() for how in hows)
    assert (large[:5] == small).all()


def test_without_validation_images_all_others_are_trained_on(raw):
    parts = split(raw, Split(validation=0, split_seed=3, examples=None))
    assert parts.train_images.ravel().tolist() == fixed_order(COUNT, 3).tolist()
    assert (parts.val_images.shape, parts.val_labels.shape) == ((0, 1, 1, 1), (0,))


@pytest.mark.parametrize("validation", [COUNT, COUNT + 1])
def test_a_split_that_leaves_nothing_to_train_on_is_refused(raw, validation):
    message = f"dataset.validation={validation} must be less than the 40 training images"
    with pytest.raises(ValueError, match=message):
        split(raw, Split(validation=validation, split_seed=0, examples=None))


def test_a_smaller_training_set_is_the_beginning_of_a_larger_one(raw):
    whole, few = (split(raw, Split(validation=10, split_seed=3, examples=n)) for n in (None, 7))
    assert len(whole.train_images) == COUNT - 10
    assert (few.train_images == whole.train_images[:7]).all()
    assert (few.train_labels == whole.train_labels[:7]).all()
    assert (few.val_images == whole.val_images).all()
