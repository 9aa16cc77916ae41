"""Tests the split: parts disjoint, complete, given by the split seed alone; classes and halves."""

import re

import numpy as np
import pytest

from ltsweep.data.dataset import RawImages
from ltsweep.data.order import fixed_order
from ltsweep.data.split import misfit, split
from ltsweep.data_spec import Split

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
    message = f"dataset.validation={validation} must be less than 40, the number of training images"
    with pytest.raises(ValueError, match=message):
        split(raw, Split(validation=validation, split_seed=0, examples=None))


def test_a_smaller_training_set_is_the_beginning_of_a_larger_one(raw):
    whole, few = (split(raw, Split(validation=10, split_seed=3, examples=n)) for n in (None, 7))
    assert len(whole.train_images) == COUNT - 10
    assert (few.train_images == whole.train_images[:7]).all()
    assert (few.train_labels == whole.train_labels[:7]).all()
    assert (few.val_images == whole.val_images).all()


def how(**settings):
    return Split(**{"validation": 0, "split_seed": 3, "examples": None, **settings})


@pytest.fixture
def lots():
    """100 training images of classes 0 to 4, 10 to 30 of each, and 20 test images of them."""
    labels = np.repeat(np.arange(5), (10, 15, 20, 25, 30))
    images = np.arange(100, dtype=np.uint8).reshape(100, 1, 1, 1)
    test = np.arange(20)
    return RawImages.of(
        train=(images, labels),
        test=(test.astype(np.uint8).reshape(20, 1, 1, 1), test % 5),
        classes=5,
    )


def numbers(images):
    return images.ravel().tolist()


def test_chosen_classes_are_numbered_as_listed(lots):
    parts = split(lots, how(classes=(4, 0, 2), validation=6))
    assert parts.classes == 3
    for images, labels in (
        (parts.train_images, parts.train_labels),
        (parts.val_images, parts.val_labels),
    ):
        published = lots.train_labels[images.ravel()]
        assert (np.array([4, 0, 2])[labels] == published).all()
    assert (len(parts.train_labels), len(parts.val_labels)) == (54, 6)
    assert numbers(parts.test_images) == [n for n in range(20) if n % 5 in (4, 0, 2)]
    assert parts.test_labels.tolist() == [1, 2, 0] * 4
    assert parts.train_labels.dtype == parts.test_labels.dtype == np.int64


def test_a_subset_keeps_the_order_of_the_whole(lots):
    order = fixed_order(100, 3)
    chosen = [n for n in order if lots.train_labels[n] in (1, 3)]
    assert numbers(split(lots, how(classes=(1, 3))).train_images) == chosen


def test_halves_are_disjoint_and_complete_in_every_class_and_a_gets_the_odd_image(lots):
    a, b = (split(lots, how(half=half)) for half in ("a", "b"))
    assert np.bincount(a.train_labels).tolist() == [5, 8, 10, 13, 15]
    assert np.bincount(b.train_labels).tolist() == [5, 7, 10, 12, 15]
    assert sorted(numbers(a.train_images) + numbers(b.train_images)) == list(range(100))
    for half in (a, b):
        assert numbers(half.test_images) == list(range(20))
        assert half.classes == 5


def test_the_halves_depend_on_the_split_seed_alone(lots):
    first, again = (split(lots, how(half="a")) for _ in range(2))
    other = split(lots, how(half="a", split_seed=4))
    assert numbers(first.train_images) == numbers(again.train_images)
    assert sorted(numbers(first.train_images)) != sorted(numbers(other.train_images))


def test_validation_images_come_from_the_chosen_half_and_classes(lots):
    everything = split(lots, how(half="b", classes=(1, 4)))
    parts = split(lots, how(half="b", classes=(1, 4), validation=7))
    together = numbers(parts.val_images) + numbers(parts.train_images)
    assert together == numbers(everything.train_images)
    assert (len(parts.val_images), len(parts.train_images)) == (7, 7 + 15 - 7)


def test_so_many_of_each_class_are_the_first_ones_of_the_rest(lots):
    rest = split(lots, how(validation=20))
    few, more = (split(lots, how(validation=20, per_class=n)) for n in (3, 5))
    assert np.bincount(few.train_labels).tolist() == [3] * 5
    assert np.bincount(more.train_labels).tolist() == [5] * 5
    for number in range(5):
        first = rest.train_images[rest.train_labels == number][:3]
        assert numbers(few.train_images[few.train_labels == number]) == numbers(first)
    inside = [n for n in numbers(more.train_images) if n in numbers(few.train_images)]
    assert inside == numbers(few.train_images)


def test_a_dataset_as_published_is_split_without_copying_its_test_images(lots):
    assert np.shares_memory(split(lots, how(half="a")).test_images, lots.test_images)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"classes": (0, 5)}, "dataset.classes=[0,5]: X has no class 5, only 0 to 4"),
        ({"classes": (0, 2, 0)}, "dataset.classes=[0,2,0] lists class 0 twice"),
        (
            {"classes": ()},
            "dataset.classes=[] must list two classes of X or more, or be null for all of them",
        ),
        (
            {"classes": (3,)},
            "dataset.classes=[3] must list two classes of X or more, or be null for all of them",
        ),
        (
            {"half": "b", "validation": 49},
            "dataset.validation=49 must be less than 49, the number of training images of X with "
            "dataset.half that it is taken from",
        ),
        (
            {"half": "a", "classes": (0, 1), "validation": 2, "examples": 12},
            "dataset.examples=12 must be at most 11, the number of training images of X with "
            "dataset.classes and dataset.half without its validation images, or null",
        ),
        (
            {"per_class": 11},
            "dataset.per_class=11 must be at most 10, the number of training images of X in class "
            "0 without its validation images, or null",
        ),
        (
            {"per_class": 16, "classes": (3, 1, 2)},
            "dataset.per_class=16 must be at most 15, the number of training images of X with "
            "dataset.classes in class 1 without its validation images, or null",
        ),
        (
            {"per_class": 2, "examples": 20},
            "dataset.examples=20 and dataset.per_class=2 both say how many images are trained on: "
            "set one of them to null",
        ),
    ],
)
def test_what_a_dataset_cannot_give_is_one_sentence(lots, settings, told):
    assert misfit(lots, how(**settings), "X") == told
    with pytest.raises(ValueError, match=re.escape(told.replace(" X", " the dataset"))):
        split(lots, how(**settings))


def test_a_class_with_one_image_has_no_halves():
    images = np.zeros((5, 1, 1, 1), np.uint8)
    train, test = (images, np.array([0, 0, 1, 2, 2])), (images, np.arange(5) % 3)
    raw = RawImages.of(train=train, test=test, classes=3)
    assert misfit(raw, how(half="a"), "X") == (
        "dataset.half=a needs two training images or more of each class, but X has 1 of class 1"
    )
    assert misfit(raw, how(half="a", classes=(0, 2)), "X") is None
