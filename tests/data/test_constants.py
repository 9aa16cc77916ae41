"""Tests computed normalisation constants: against numpy, exact, on the chosen images alone."""

import numpy as np
import pytest

from ltsweep.data import constants
from ltsweep.data.constants import mean_and_std
from ltsweep.data_spec import InputShape
from ltsweep.foundations.components import bind


@pytest.fixture
def images():
    drawn = np.random.default_rng(5).integers(0, 256, (50, 3, 4, 6)).astype(np.uint8)
    drawn[:, 1] //= 7
    return drawn


def test_they_are_those_of_numpy_per_channel(images, monkeypatch):
    monkeypatch.setattr(constants, "CHUNK", 7)  # the last one is not full
    mean, std = mean_and_std(images, np.arange(50), 200)
    assert mean == pytest.approx((images / 200).mean((0, 2, 3)), rel=1e-12)
    assert std == pytest.approx((images / 200).std((0, 2, 3)), rel=1e-12)


def test_only_the_chosen_images_count(images):
    chosen = np.array([3, 40, 7])
    assert mean_and_std(images, chosen, 255) == mean_and_std(images[chosen], np.arange(3), 255)
    assert mean_and_std(images, chosen, 255) != mean_and_std(images, np.arange(50), 255)


def test_golden_constants():
    """They enter keys: not a bit may depend on the machine or on the order of the sums."""
    images = np.array([[0, 1], [2, 255]], np.uint8).reshape(2, 1, 1, 2)
    made = mean_and_std(images, np.array([0, 1]), 255)
    assert made == ((0.2529411764705882,), (0.4313235266262432,))
    assert mean_and_std(images, np.array([1, 0]), 255) == made


def test_a_constant_channel_has_no_spread():
    assert mean_and_std(np.full((3, 1, 2, 2), 9, np.uint8), np.arange(3), 10) == ((0.9,), (0.0,))


def test_constants_are_those_of_the_images_as_they_are_trained_on():
    images = np.full((9, 1, 2, 2), 100, np.uint8)
    how = InputShape(shape=(3, 4, 4), by=bind("ltsweep.data.pad", {}))
    mean, std = mean_and_std(images, np.arange(5), 100, how)
    assert mean == (0.25,) * 3  # 4 of 16 pixels
    assert std == (0.1875**0.5,) * 3
