"""Tests the SVHN loader on small MATLAB files: as published, damaged, downloaded."""

import hashlib
import inspect

import numpy as np
import pytest
import scipy.io

import ltsweep.data.house_numbers
from ltsweep.data.dataset import DatasetDamaged, DatasetMissing
from ltsweep.data.house_numbers import MD5, MIRROR, svhn

NO_SERVER = "http://127.0.0.1:9/"
TRAIN, TEST = MD5


def images(count, seed=0):
    """As MATLAB has them: height, width, channel, number."""
    return np.random.default_rng(seed).integers(0, 256, (32, 32, 3, count)).astype(np.uint8)


def digits(*labels):
    return np.array(labels, np.uint8).reshape(-1, 1)


@pytest.fixture
def stored(tmp_path):
    folder = tmp_path / "stored"
    folder.mkdir()
    for name, labels in ((TRAIN, (1, 10, 9, 4)), (TEST, (10, 2))):
        content = {"X": images(len(labels)), "y": digits(*labels)}
        scipy.io.savemat(folder / name, content, do_compression=True)
    return folder


def test_images_are_channels_first_and_a_zero_is_class_0(stored):
    raw = svhn(stored, mirror=NO_SERVER)
    assert raw.train_labels.tolist() == [1, 0, 9, 4] and raw.test_labels.tolist() == [0, 2]
    assert raw.train_images.shape == (4, 3, 32, 32) and raw.train_images.dtype == np.uint8
    published = images(4)
    for place in ((0, 0, 0, 0), (3, 2, 5, 30), (2, 1, 31, 0)):
        number, channel, row, column = place
        assert raw.train_images[place] == published[row, column, channel, number]
    assert raw.classes == 10


def test_how_a_file_is_packed_does_not_change_the_data(stored):
    before = svhn(stored, mirror=NO_SERVER).fingerprint
    scipy.io.savemat(stored / TEST, {"X": images(2), "y": digits(10, 2).astype(np.float64)})
    assert svhn(stored, mirror=NO_SERVER).fingerprint == before


@pytest.mark.parametrize(
    "content",
    [
        {"X": images(2)},
        {"y": digits(1, 2)},
        {"X": images(2), "y": digits(1, 2, 3)},
        {"X": images(2), "y": digits(0, 2)},
        {"X": images(2), "y": digits(11, 2)},
        {"X": images(2), "y": np.array([[1.5], [2]])},
        {"X": images(2), "y": "ab"},
        {"X": images(2).astype(np.float32), "y": digits(1, 2)},
        {"X": images(2)[:31], "y": digits(1, 2)},
        {"X": images(2)[:, :, :1], "y": digits(1, 2)},
        {"X": images(2)[..., 0], "y": digits(1)},
        {"X": np.zeros((32, 32, 3, 0), np.uint8), "y": np.zeros((0, 1))},
    ],
)
def test_other_contents_are_refused_in_one_sentence(stored, content):
    scipy.io.savemat(stored / TEST, content)
    with pytest.raises(DatasetDamaged, match="does not hold SVHN's cropped digits") as caught:
        svhn(stored, mirror=NO_SERVER)
    assert str(caught.value).startswith(f"{stored / TEST} ")


@pytest.mark.parametrize("damage", [lambda b: b"", lambda b: b[:-40], lambda b: b"no file" * 99])
def test_a_damaged_file_is_named_in_one_sentence(stored, damage):
    path = stored / TRAIN
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DatasetDamaged, match="is not a whole MATLAB 5 file") as caught:
        svhn(stored, mirror=NO_SERVER)
    assert str(caught.value).startswith(f"{path} ")


def test_a_flipped_bit_is_seen(stored):
    path = stored / TRAIN
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 16
    path.write_bytes(content)
    with pytest.raises(DatasetDamaged, match=r"train_32x32\.mat is not a whole MATLAB 5 file"):
        svhn(stored, mirror=NO_SERVER)


def test_what_is_absent_is_downloaded_and_checked(stored, tmp_path, mirror, monkeypatch):
    mirror.files.update({name: (stored / name).read_bytes() for name in MD5})
    fresh = tmp_path / "fresh"
    with pytest.raises(DatasetDamaged, match=f"md5 {MD5[TRAIN]}"):
        svhn(fresh, mirror=mirror.url)
    md5s = {name: hashlib.md5(content).hexdigest() for name, content in mirror.files.items()}
    monkeypatch.setattr(ltsweep.data.house_numbers, "MD5", md5s)
    made = svhn(fresh, mirror=mirror.url)
    assert made.fingerprint == svhn(stored, mirror=NO_SERVER).fingerprint


def test_offline_is_one_sentence_that_says_what_to_do(tmp_path, mirror):
    mirror.server.server_close()
    with pytest.raises(DatasetMissing) as caught:
        svhn(tmp_path, mirror=mirror.url)
    assert str(caught.value).startswith(
        f"{TRAIN}, {TEST} are missing in {tmp_path} and {mirror.url}{TRAIN} could not be "
        "downloaded (ConnectionError): put the files there yourself, or say "
    )


def test_the_default_mirror_is_the_publishers():
    assert inspect.signature(svhn).parameters["mirror"].default == MIRROR
