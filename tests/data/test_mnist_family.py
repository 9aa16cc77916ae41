"""Tests the MNIST loaders on small files in torchvision's layout."""

import gzip
import hashlib
import inspect

import numpy as np
import pytest

import ltsweep.data.mnist_family
from ltsweep.data.dataset import DatasetDamaged, DatasetMissing
from ltsweep.data.mnist_family import (
    FASHION_MNIST_MIRROR,
    KMNIST_MIRROR,
    MNIST_MIRROR,
    fashion_mnist,
    kmnist,
    mnist,
)

NO_SERVER = "http://127.0.0.1:9/"  # the discard port: these tests find all files on disk


@pytest.fixture
def stored(tmp_path, small_mnist):
    """Return a data folder that holds small gzipped files under each dataset's name."""
    for name in ("MNIST", "FashionMNIST", "KMNIST"):
        raw = tmp_path / name / "raw"
        raw.mkdir(parents=True)
        for file, content in small_mnist.items():
            (raw / file).write_bytes(content)
    return tmp_path


@pytest.mark.parametrize("loader", [mnist, fashion_mnist, kmnist])
def test_reads_the_stored_files(stored, loader):
    raw = loader(stored, mirror=NO_SERVER)
    assert raw.train_images.shape == (30, 1, 4, 3) and raw.train_images.dtype == np.uint8
    assert raw.test_images.shape == (20, 1, 4, 3)
    assert raw.train_labels.tolist() == [*range(10)] * 3
    assert raw.test_labels.tolist() == [*range(10)] * 2
    assert raw.classes == 10


def test_compression_does_not_change_the_fingerprint(stored):
    before = mnist(stored, mirror=NO_SERVER).fingerprint
    for zipped in list((stored / "MNIST" / "raw").iterdir()):
        zipped.with_suffix("").write_bytes(gzip.decompress(zipped.read_bytes()))
        zipped.unlink()
    assert mnist(stored, mirror=NO_SERVER).fingerprint == before


def test_downloads_only_what_is_absent(stored, small_mnist, mirror, monkeypatch):
    mirror.files.update(small_mnist)
    md5s = {name: hashlib.md5(content).hexdigest() for name, content in small_mnist.items()}
    monkeypatch.setattr(ltsweep.data.mnist_family, "MNIST_MD5", md5s)
    before = mnist(stored, mirror=mirror.url).fingerprint
    assert mirror.requested == []
    (stored / "MNIST" / "raw" / "t10k-images-idx3-ubyte.gz").unlink()
    assert mnist(stored, mirror=mirror.url).fingerprint == before
    assert mirror.requested == ["t10k-images-idx3-ubyte.gz"]


@pytest.mark.parametrize(
    ("loader", "md5"),
    [
        (mnist, "f68b3c2dcbeaaa9fbdd348bbdeb94873"),
        (kmnist, "bdb82020997e1d708af4cf47b453dcf7"),
    ],
)
def test_what_is_not_the_published_file_is_refused(tmp_path, small_mnist, mirror, loader, md5):
    mirror.files.update(small_mnist)
    with pytest.raises(DatasetDamaged, match=f"md5 {md5}"):
        loader(tmp_path, mirror=mirror.url)


def test_missing_names_all_files_and_the_folder(tmp_path, mirror):
    with pytest.raises(DatasetMissing) as caught:
        fashion_mnist(tmp_path, mirror=mirror.url)
    assert str(caught.value).startswith(
        "train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz, "
        f"t10k-labels-idx1-ubyte.gz are missing in {tmp_path / 'FashionMNIST' / 'raw'} and "
    )


def test_train_and_test_images_of_two_sizes(stored, to_idx):
    other = stored / "MNIST" / "raw" / "t10k-images-idx3-ubyte"
    other.write_bytes(to_idx(np.zeros((20, 5, 3), np.uint8)))
    with pytest.raises(DatasetDamaged, match="holds images of 5x3 pixels but .* of 4x3") as caught:
        mnist(stored, mirror=NO_SERVER)
    assert str(caught.value).startswith(str(other))


def test_the_default_mirrors_are_the_publishers():
    mirrors = {mnist: MNIST_MIRROR, fashion_mnist: FASHION_MNIST_MIRROR, kmnist: KMNIST_MIRROR}
    default = {f: inspect.signature(f).parameters["mirror"].default for f in mirrors}
    assert default == mirrors
