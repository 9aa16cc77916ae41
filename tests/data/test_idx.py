"""Tests the idx reader on literal bytes, whole and damaged."""

import gzip

import numpy as np
import pytest

from ltsweep.data.dataset import DatasetDamaged
from ltsweep.data.idx import locate, read_idx, read_images_and_labels

# two images of 1x3 pixels
IMAGES = b"\0\0\x08\x03" + b"\0\0\0\x02\0\0\0\x01\0\0\0\x03" + b"\x01\x02\x03\xfd\xfe\xff"
LABELS = b"\0\0\x08\x01" + b"\0\0\0\x02" + b"\x09\x00"


@pytest.fixture(params=["plain", "plain.gz"])
def write(request, tmp_path):
    """Write bytes as a file, plain or gzipped."""

    def to_file(content, name="file"):
        path = tmp_path / f"{name}-{request.param}"
        path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
        return path

    return to_file


def test_reads_literal_bytes(write):
    images = read_idx(write(IMAGES), axes=3)
    assert images.dtype == np.uint8
    assert images.tolist() == [[[1, 2, 3]], [[253, 254, 255]]]
    assert read_idx(write(LABELS), axes=1).tolist() == [9, 0]


def test_reads_a_pair(write):
    images, labels = read_images_and_labels(write(IMAGES, "a"), write(LABELS, "b"), classes=10)
    assert images.shape == (2, 1, 1, 3)
    assert labels.tolist() == [9, 0]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "begins with nothing"),
        (b"\x1f\x8b\x08\x00", "begins with 1f 8b 08 00 instead of 00 00 08 03"),
        (LABELS, "not an idx file of unsigned bytes with 3 axes"),
        (b"\0\0\x0d\x03" + IMAGES[4:], "begins with 00 00 0d 03"),
        (IMAGES[:10], "cut off within its header"),
        (IMAGES[:16], "promises 6 bytes of data, more than it holds"),
        (IMAGES[:-1], "promises 6 bytes of data, more than it holds"),
        (IMAGES + b"\0", "goes on after the 6 bytes"),
        (b"\0\0\x08\x03" + b"\xff" * 12, "more than it holds"),  # 2**96 bytes, not allocated
    ],
)
def test_damaged_files_are_named(write, content, message):
    path = write(content)
    with pytest.raises(DatasetDamaged, match=message) as caught:
        read_idx(path, axes=3)
    assert str(caught.value).startswith(str(path))


@pytest.mark.parametrize(
    "damage", [lambda z: z[:-12], lambda z: b"no" + z, lambda z: z[:-8] + b"!" * 8]
)
def test_damaged_gzip_is_named(tmp_path, damage):
    path = tmp_path / "images.gz"
    path.write_bytes(damage(gzip.compress(IMAGES)))
    with pytest.raises(DatasetDamaged, match="images.gz is not a whole gzip file"):
        read_idx(path, axes=3)


def test_a_small_gzip_that_unpacks_to_much_is_not_unpacked(tmp_path):
    path = tmp_path / "images.gz"
    path.write_bytes(gzip.compress(IMAGES + bytes(1 << 24)))
    with pytest.raises(DatasetDamaged, match="goes on after the 6 bytes"):
        read_idx(path, axes=3)


def test_counts_must_agree(write):
    one_label = b"\0\0\x08\x01" + b"\0\0\0\x01" + b"\x09"
    labels = write(one_label, "labels")
    with pytest.raises(DatasetDamaged, match="holds 1 labels but .* holds 2 images") as caught:
        read_images_and_labels(write(IMAGES, "images"), labels, classes=10)
    assert str(caught.value).startswith(str(labels))


def test_labels_must_be_classes(write):
    with pytest.raises(DatasetDamaged, match="holds the label 9, .* go from 0 to 8"):
        read_images_and_labels(write(IMAGES, "images"), write(LABELS, "labels"), classes=9)


def test_no_images(write):
    images = write(b"\0\0\x08\x03" + bytes(12), "images")
    with pytest.raises(DatasetDamaged, match="holds no images"):
        read_images_and_labels(images, write(b"\0\0\x08\x01" + bytes(4), "labels"), classes=10)


def test_locate_prefers_the_unzipped_file(tmp_path):
    zipped, plain = tmp_path / "x-ubyte.gz", tmp_path / "x-ubyte"
    assert locate(zipped) == zipped
    plain.touch()
    assert locate(zipped) == plain
