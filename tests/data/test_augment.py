"""Tests augmentation against literal arrays and against cropping and flipping one by one."""

import pytest
import torch
from torch.nn import functional as F

from ltsweep.data.augment import Batch, augmented

IMAGE = torch.tensor([[1, 2, 3], [4, 5, 6]], dtype=torch.uint8)


@pytest.mark.parametrize(
    ("flip", "shift", "expected"),
    [
        (False, (1, 1), [[1, 2, 3], [4, 5, 6]]),
        (True, (1, 1), [[3, 2, 1], [6, 5, 4]]),
        (False, (0, 1), [[0, 0, 0], [1, 2, 3]]),
        (False, (2, 1), [[4, 5, 6], [0, 0, 0]]),
        (False, (1, 0), [[0, 1, 2], [0, 4, 5]]),
        (False, (1, 2), [[2, 3, 0], [5, 6, 0]]),
        (True, (1, 2), [[0, 3, 2], [0, 6, 5]]),  # cropped, then mirrored
        (True, (0, 0), [[0, 0, 0], [2, 1, 0]]),
    ],
)
def test_a_literal_image(flip, shift, expected):
    made = augmented(IMAGE[None, None], torch.tensor([flip]), torch.tensor([shift]), padding=1)
    assert made.dtype == torch.uint8
    assert made.tolist() == [[expected]]


def test_flips_without_crops_and_the_other_way_round():
    images = torch.stack((IMAGE, IMAGE))[:, None]
    flipped = augmented(images, torch.tensor([True, False]), None, padding=0)
    assert flipped[:, 0].tolist() == [[[3, 2, 1], [6, 5, 4]], [[1, 2, 3], [4, 5, 6]]]
    cropped = augmented(images, None, torch.tensor([[1, 1], [2, 1]]), padding=1)
    assert cropped[:, 0].tolist() == [[[1, 2, 3], [4, 5, 6]], [[4, 5, 6], [0, 0, 0]]]
    assert torch.equal(augmented(images, None, None, padding=1), images)


@pytest.mark.parametrize("padding", [1, 4, 7])
def test_equals_one_image_after_the_other(padding):
    random = torch.Generator().manual_seed(padding)
    images = torch.randint(0, 256, (200, 3, 8, 6), generator=random).to(torch.uint8)
    flips = torch.randint(2, (200,), generator=random).bool()
    shifts = torch.randint(2 * padding + 1, (200, 2), generator=random)
    made = augmented(images, flips, shifts, padding)
    for image, flip, (row, column), mine in zip(images, flips, shifts.tolist(), made, strict=True):
        window = F.pad(image, (padding,) * 4)[:, row : row + 8, column : column + 6]
        assert torch.equal(mine, window.flip(-1) if flip else window)


def test_a_slice_of_a_batch_is_the_batch_of_some_replicates():
    shifts = torch.arange(24).view(3, 4, 2)
    some = Batch(torch.arange(12).view(3, 4), torch.ones(3, 4).bool(), shifts)[1:]
    assert some.indices.tolist() == [[4, 5, 6, 7], [8, 9, 10, 11]]
    assert some.flips.shape == (2, 4)
    assert torch.equal(some.shifts, shifts[1:])
    plain = Batch(torch.arange(12).view(3, 4))[:2]
    assert (plain.flips, plain.shifts) == (None, None)
