"""Tests what a loader's result must be, and the fingerprint."""

import hashlib

import numpy as np
import pytest

from ltsweep.data.dataset import RawImages, fingerprint_of

IMAGES = np.arange(8, dtype=np.uint8).reshape(2, 1, 2, 2)
LABELS = np.array([0, 1])


def of(images=IMAGES, labels=LABELS, test_images=IMAGES, classes=2):
    return RawImages.of(train=(images, labels), test=(test_images, LABELS), classes=classes)


def test_fingerprint_is_the_documented_bytes():
    images = b"uint8 2x1x2x2\n" + bytes(range(8))
    labels = b"int64 2\n" + bytes((0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0))
    assert of().fingerprint == hashlib.sha256((images + labels) * 2).hexdigest()


def test_fingerprint_ignores_memory_layout_and_label_type():
    layout = np.asfortranarray(IMAGES)
    assert of(images=layout).fingerprint == of().fingerprint
    assert of(labels=LABELS.astype(np.uint8)).fingerprint == of().fingerprint
    big_endian = LABELS.astype(">i8")
    assert fingerprint_of(IMAGES, big_endian, IMAGES, LABELS) == of().fingerprint


@pytest.mark.parametrize("position", range(4))
def test_fingerprint_depends_on_every_array(position):
    arrays = [IMAGES, LABELS, IMAGES, LABELS]
    before = fingerprint_of(*arrays)
    arrays[position] = arrays[position][::-1].copy()
    assert fingerprint_of(*arrays) != before


def test_fingerprint_depends_on_the_shape():
    wide = IMAGES.reshape(2, 1, 1, 4)
    assert of(images=wide, test_images=wide).fingerprint != of().fingerprint


def test_arrays_are_fit_for_torch():
    frozen = np.frombuffer(IMAGES.tobytes(), np.uint8).reshape(IMAGES.shape)
    made = of(images=frozen, labels=LABELS.astype(np.uint8))
    assert made.train_images.flags.writeable and made.train_images.flags.c_contiguous
    assert made.train_labels.dtype == np.int64


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"images": IMAGES / 255}, "training images are float64"),
        ({"images": IMAGES[:, 0]}, r"\(2, 2, 2\), not uint8 \(N, C, H, W\)"),
        ({"images": IMAGES[:0], "labels": LABELS[:0]}, "N >= 1"),
        ({"labels": LABELS[:1]}, r"labels are int64 \(1,\), not integers \(2,\)"),
        ({"labels": LABELS / 1}, "labels are float64"),
        ({"classes": 1}, "from 0 to 1, not within 0 to 0"),
        ({"labels": LABELS - 1}, "from -1 to 0"),
        ({"test_images": IMAGES.reshape(2, 1, 1, 4)}, r"\(1, 2, 2\) but test images \(1, 1, 4\)"),
    ],
)
def test_refuses_what_does_not_fit(wrong, message):
    with pytest.raises(ValueError, match=message):
        of(**wrong)
