"""Tests the ways to give images another size: literal images, and torch as a second opinion."""

import numpy as np
import pytest
import torch

from ltsweep.data.sizes import SizeRefused, native, pad, resize


def image(*rows):
    """One grey image: uint8 (1, 1, H, W)."""
    return np.array([[rows]], np.uint8)


def rows(images):
    """The rows of the only image with one channel."""
    ((made,),) = images.tolist()
    return made


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        # larger: between two pixels, by distance; beyond the outer ones, as these
        ([[0, 100]], [[0, 25, 75, 100]]),
        ([[0, 100], [200, 40]], [[0, 100], [50, 85], [150, 55], [200, 40]]),
        # smaller: the weights of a line of four for a line of two are 3, 3, 1, 0 and 0, 1, 3, 3
        ([[0, 0, 70, 70]], [[10, 60]]),
        ([[0], [0], [70], [70]], [[10], [60]]),
        ([[1, 3], [5, 9]], [[5]]),  # 4.5: halves are rounded up
        ([[1, 3], [5, 8]], [[4]]),
        ([[255, 255, 255]] * 3, [[255, 255]] * 2),
    ],
)
def test_resize(given, wanted):
    assert rows(resize(image(*given), len(wanted), len(wanted[0]))) == wanted


@pytest.mark.parametrize(
    ("before", "after"),
    [((8, 8), (14, 14)), ((28, 28), (32, 32)), ((32, 32), (28, 28)), ((9, 5), (4, 11))],
)
def test_resize_is_what_torch_computes_rounded_once(before, after):
    images = np.random.default_rng(0).integers(0, 256, (20, 3, *before), np.uint8)
    made = resize(images, *after)
    exact = torch.nn.functional.interpolate(
        torch.from_numpy(images).double(), size=after, mode="bilinear", antialias=True
    ).numpy()
    assert made.dtype == np.uint8 and made.shape == (20, 3, *after)
    assert np.abs(made - exact).max() <= 0.5 + 1e-9


def test_pad_puts_black_evenly_around_and_an_odd_row_below():
    assert rows(pad(image([1, 2], [3, 4]), 5, 4)) == [
        [0, 0, 0, 0],
        [0, 1, 2, 0],
        [0, 3, 4, 0],
        [0, 0, 0, 0],
        [0, 0, 0, 0],
    ]
    assert rows(pad(image([1, 2]), 1, 3)) == [[1, 2, 0]]


def test_images_that_are_larger_cannot_be_padded():
    with pytest.raises(SizeRefused) as refused:
        pad(np.zeros((2, 3, 8, 9), np.uint8), 8, 8)
    assert str(refused.value) == (
        "8x9 pixels do not fit into 8x8; choose input=resize, or a larger input.size"
    )


def test_native_images_stay_as_they_are():
    images = image([1, 2])
    assert native(images, 1, 2) is images
    with pytest.raises(SizeRefused, match="and 2x2 pixels are wanted; choose input=resize or inp"):
        native(images, 2, 2)
