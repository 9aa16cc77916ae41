"""Tests the USPS loader on small libsvm files: as published, damaged, downloaded."""

import bz2
import hashlib
import inspect

import numpy as np
import pytest

import ltsweep.data.zip_codes
from ltsweep.data.dataset import DatasetDamaged, DatasetMissing
from ltsweep.data.zip_codes import MD5, MIRROR, usps

NO_SERVER = "http://127.0.0.1:9/"
TRAIN, TEST = MD5


def line(label, values):
    """A line as published, with a space at its end."""
    pixels = " ".join(f"{number}:{value}" for number, value in enumerate(values, 1))
    return f"{label} {pixels} \n"


def lines(*labels):
    values = np.random.default_rng(len(labels)).integers(-1000, 1001, (len(labels), 256)) / 1000
    return "".join(
        line(label, of_one.tolist()) for label, of_one in zip(labels, values, strict=True)
    )


@pytest.fixture
def stored(tmp_path):
    folder = tmp_path / "stored"
    folder.mkdir()
    for name, labels in ((TRAIN, (7, 1, 10, 2)), (TEST, (10, 5))):
        (folder / name).write_bytes(bz2.compress(lines(*labels).encode()))
    return folder


def test_labels_become_digits_and_values_bytes_row_by_row(stored):
    values = [-1, 1, 0, -0.5] + [0.25] * 12 + [-1] * 240
    (stored / TEST).write_bytes(bz2.compress(line(4, values).encode()))
    raw = usps(stored, mirror=NO_SERVER)
    assert raw.train_labels.tolist() == [6, 0, 9, 1] and raw.test_labels.tolist() == [3]
    assert raw.train_images.shape == (4, 1, 16, 16) and raw.train_images.dtype == np.uint8
    assert raw.test_images[0, 0, 0].tolist() == [0, 255, 127, 63] + [159] * 12
    assert not raw.test_images[0, 0, 1:].any() and raw.classes == 10


def test_bytes_are_those_of_torchvision(stored):
    """Its way, in words of its own: single precision, then cut off."""
    tokens = [text.split()[1:] for text in lines(7, 1, 10, 2).splitlines()]
    values = np.asarray([[token.split(":")[-1] for token in row] for row in tokens], np.float32)
    expected = ((values.reshape(-1, 16, 16) + 1) / 2 * 255).astype(np.uint8)
    assert (usps(stored, mirror=NO_SERVER).train_images[:, 0] == expected).all()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "no numbers\n",
        lines(0, 5),
        lines(11),
        line(1.5, [0] * 256),
        line(1, [0] * 255),
        line(1, [0] * 257),
        line(1, [0] * 256) + line(2, [0] * 255),
        line(1, [1.01] + [0] * 255),
        line(1, ["nan"] + [0] * 255),
        line(1, [0] * 256).replace("7:", "8:", 1),
    ],
)
def test_other_contents_are_refused_in_one_sentence(stored, text):
    (stored / TRAIN).write_bytes(bz2.compress(text.encode()))
    with pytest.raises(DatasetDamaged, match="does not hold USPS, that is lines of a") as caught:
        usps(stored, mirror=NO_SERVER)
    assert str(caught.value).startswith(f"{stored / TRAIN} ")


@pytest.mark.parametrize("damage", [lambda b: b"no file", lambda b: b[:-9], lambda b: b[:99]])
def test_a_damaged_file_is_named_in_one_sentence(stored, damage):
    path = stored / TEST
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DatasetDamaged, match="is not a whole bzip2 file") as caught:
        usps(stored, mirror=NO_SERVER)
    assert str(caught.value).startswith(f"{path} ")


def test_no_more_is_unpacked_than_the_data_can_be(stored, monkeypatch):
    monkeypatch.setattr(ltsweep.data.zip_codes, "MOST_BYTES", 1000)
    with pytest.raises(DatasetDamaged, match=r"usps\.bz2 is larger than USPS can be"):
        usps(stored, mirror=NO_SERVER)


def test_what_is_absent_is_downloaded_and_checked(stored, tmp_path, mirror, monkeypatch):
    mirror.files.update({name: (stored / name).read_bytes() for name in MD5})
    fresh = tmp_path / "fresh"
    with pytest.raises(DatasetDamaged, match=f"md5 {MD5[TRAIN]}"):
        usps(fresh, mirror=mirror.url)
    md5s = {name: hashlib.md5(content).hexdigest() for name, content in mirror.files.items()}
    monkeypatch.setattr(ltsweep.data.zip_codes, "MD5", md5s)
    made = usps(fresh, mirror=mirror.url)
    assert made.fingerprint == usps(stored, mirror=NO_SERVER).fingerprint


def test_offline_is_one_sentence_that_says_what_to_do(tmp_path, mirror):
    mirror.server.server_close()
    with pytest.raises(DatasetMissing) as caught:
        usps(tmp_path, mirror=mirror.url)
    assert str(caught.value).startswith(
        f"{TRAIN}, {TEST} are missing in {tmp_path} and {mirror.url}{TRAIN} could not be "
        "downloaded (ConnectionError): put the files there yourself, or say "
    )


def test_the_default_mirror_is_the_publishers():
    assert inspect.signature(usps).parameters["mirror"].default == MIRROR
