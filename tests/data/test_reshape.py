"""Tests images of another shape: channels repeated or made luma, then the size, part by part."""

import numpy as np
import pytest
from PIL import Image

from ltsweep.data.dataset import RawImages
from ltsweep.data.reshape import CHUNK, reshaped, reshaped_parts, with_channels
from ltsweep.data.sizes import resize
from ltsweep.data.split import split
from ltsweep.data_spec import InputShape, Split
from ltsweep.foundations.components import bind
from ltsweep.foundations.contracts import ContractError


def some(count, channels, *, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (count, channels, 4, 4), np.uint8)


def shape(*shape, by=None):
    return InputShape(shape=shape, by=None if by is None else bind(by, {}))


def test_a_single_channel_is_repeated():
    grey = np.array([[[[7, 8]]]], np.uint8)
    assert with_channels(grey, 3).tolist() == [[[[7, 8]]] * 3]


@pytest.mark.parametrize(
    ("red", "green", "blue", "luma"),
    [
        (255, 0, 0, 76),
        (0, 255, 0, 150),
        (0, 0, 255, 29),
        (255, 255, 255, 255),
        (9, 9, 9, 9),
        (0, 0, 3, 0),
        (0, 0, 5, 1),
    ],
)
def test_luma(red, green, blue, luma):
    colour = np.array([[[[red]], [[green]], [[blue]]]], np.uint8)
    assert with_channels(colour, 1).tolist() == [[[[luma]]]]


def test_luma_is_that_of_pillow():
    colour = some(50, 3)
    pillow = [np.asarray(Image.fromarray(i.transpose(1, 2, 0)).convert("L")) for i in colour]
    assert (with_channels(colour, 1)[:, 0] == np.stack(pillow)).all()


def test_channels_come_before_the_size():
    colour = some(3, 3)
    made = reshaped(colour, shape(1, 6, 5, by="ltsweep.data.resize"))
    assert (made == resize(with_channels(colour, 1), 6, 5)).all()
    assert (reshaped(colour, shape(1, 4, 4)) == with_channels(colour, 1)).all()
    assert reshaped(colour, None) is colour


def test_an_image_is_made_by_itself_wherever_it_lies():
    images, how = some(2 * CHUNK + 3, 1), shape(1, 3, 7, by="ltsweep.data.resize")
    order = np.random.default_rng(1).permutation(len(images))
    assert (reshaped(images, how)[order] == reshaped(images[order], how)).all()
    assert reshaped(images[:0], how).shape == (0, 1, 3, 7)


def test_all_parts_are_reshaped_and_nothing_else_changes():
    labels = np.arange(20) % 2
    raw = RawImages.of(train=(some(20, 1), labels), test=(some(9, 1), labels[:9]), classes=2)
    parts = split(raw, Split(validation=5, split_seed=0, examples=None))
    made = reshaped_parts(parts, shape(3, 6, 6, by="ltsweep.data.pad"))
    assert made.train_images.shape == (15, 3, 6, 6)
    assert made.val_images.shape == (5, 3, 6, 6) and made.test_images.shape == (9, 3, 6, 6)
    assert (made.val_images[:, 2, 1:5, 1:5] == parts.val_images[:, 0]).all()
    assert made.train_labels is parts.train_labels and made.fingerprint == raw.fingerprint


def floats(images, height, width):
    return np.zeros((len(images), 1, height, width))


def corner(images, height, width):
    return images[:, :, :height, :width]


def broken(images, height, width):
    raise KeyError("no way")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (
            "floats",
            " must return an array uint8 (2, 1, 6, 6); given uint8 (2, 1, 4, 4) and the size "
            "(6, 6), it returned float64 (2, 1, 6, 6)",
        ),
        ("broken", ", given uint8 (2, 1, 4, 4) and the size (6, 6), raised KeyError: 'no way'"),
    ],
)
def test_a_way_of_ones_own_is_held_to_what_it_must_return(name, sentence):
    how = shape(1, 6, 6, by=f"tests.data.test_reshape.{name}")
    with pytest.raises(ContractError) as wrong:
        reshaped(some(2, 1), how)
    assert sentence in str(wrong.value)
