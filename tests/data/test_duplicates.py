"""Tests the count of images that two datasets share."""

import numpy as np
import pytest

from ltsweep.data.duplicates import count_duplicates, digests


@pytest.fixture
def images():
    return np.random.default_rng(1).integers(0, 256, (20, 3, 4, 5)).astype(np.uint8)


def shared(images, among):
    return count_duplicates(digests(images), digests(among))


def test_every_copy_counts_and_a_pixel_makes_another_image(images):
    test = np.concatenate([images[[4, 4, 19]], images[:3]])
    test[3:, 2, 3, 4] ^= 1
    assert shared(test, images) == 3
    assert shared(images, test) == 2
    assert shared(images, images) == 20


def test_views_are_compared_by_their_pixels(images):
    assert shared(images[::-2].transpose(0, 1, 3, 2), images.transpose(0, 1, 3, 2)) == 10


def test_equal_bytes_in_another_shape_are_another_image(images):
    assert shared(images.reshape(20, 3, 5, 4), images) == 0
    assert shared(images[:, :1], images) == 0
