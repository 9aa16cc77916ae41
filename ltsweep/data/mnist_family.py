"""MNIST, Fashion-MNIST, KMNIST: read where torchvision keeps them, else downloaded to that place.

Files already on disk are taken as they are, if they are valid: the fingerprint says which data
they hold. Only a download is compared with the published checksum (md5, as torchvision lists
them).
"""

from __future__ import annotations

from pathlib import Path

from ltsweep.data.dataset import DatasetDamaged, RawImages
from ltsweep.data.fetch import fetch
from ltsweep.data.idx import locate, read_images_and_labels

__all__ = ["fashion_mnist", "kmnist", "mnist"]

CLASSES = 10
MNIST_MIRROR = "https://ossci-datasets.s3.amazonaws.com/mnist/"
MNIST_MD5 = {
    "train-images-idx3-ubyte.gz": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
    "train-labels-idx1-ubyte.gz": "d53e105ee54ea40749a09fcbcd1e9432",
    "t10k-images-idx3-ubyte.gz": "9fb629c4189551a2d022fa330f9573f3",
    "t10k-labels-idx1-ubyte.gz": "ec29112dd5afa0611ce80d1b7f02629c",
}
FASHION_MNIST_MIRROR = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"
FASHION_MNIST_MD5 = {
    "train-images-idx3-ubyte.gz": "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
    "train-labels-idx1-ubyte.gz": "25c81989df183df01b3e8a0aad5dffbe",
    "t10k-images-idx3-ubyte.gz": "bef4ecab320f06d8554ea6380940ec79",
    "t10k-labels-idx1-ubyte.gz": "bb300cfdad3c16e7a12a480ee83cd310",
}
KMNIST_MIRROR = "http://codh.rois.ac.jp/kmnist/dataset/kmnist/"
KMNIST_MD5 = {
    "train-images-idx3-ubyte.gz": "bdb82020997e1d708af4cf47b453dcf7",
    "train-labels-idx1-ubyte.gz": "e144d726b3acfaa3e44228e80efcd344",
    "t10k-images-idx3-ubyte.gz": "5c965bf0a639b31b8f53240b1b52f4d7",
    "t10k-labels-idx1-ubyte.gz": "7320c461ea6c1c855c0b718fb2a4b134",
}


def mnist(data_dir: Path, *, mirror: str = MNIST_MIRROR) -> RawImages:
    """Return MNIST from ``data_dir``/MNIST/raw: images uint8 (N, 1, 28, 28), values 0..255.

    Absent files are downloaded from ``mirror`` (the URL of a folder; it never counts towards the
    identity of the data). Raises DatasetMissing if that fails, DatasetDamaged if a file is invalid.
    """
    return _read(data_dir / "MNIST" / "raw", MNIST_MD5, mirror)


def fashion_mnist(data_dir: Path, *, mirror: str = FASHION_MNIST_MIRROR) -> RawImages:
    """Return Fashion-MNIST from ``data_dir``/FashionMNIST/raw; otherwise as `mnist`."""
    return _read(data_dir / "FashionMNIST" / "raw", FASHION_MNIST_MD5, mirror)


def kmnist(data_dir: Path, *, mirror: str = KMNIST_MIRROR) -> RawImages:
    """Return Kuzushiji-MNIST from ``data_dir``/KMNIST/raw; otherwise as `mnist`."""
    return _read(data_dir / "KMNIST" / "raw", KMNIST_MD5, mirror)


def _read(folder: Path, published: dict[str, str], mirror: str) -> RawImages:
    """Read the files in ``folder`` named by ``published``, whose order is that of `MNIST_MD5`."""
    folder = folder.expanduser().absolute()
    absent = {name: md5 for name, md5 in published.items() if not locate(folder / name).is_file()}
    fetch(absent, folder, mirror)
    train_images, train_labels, test_images, test_labels = (
        locate(folder / name) for name in published
    )
    train = read_images_and_labels(train_images, train_labels, CLASSES)
    test = read_images_and_labels(test_images, test_labels, CLASSES)
    if train[0].shape[1:] != test[0].shape[1:]:
        raise DatasetDamaged(
            f"{test_images} holds images of {test[0].shape[2]}x{test[0].shape[3]} pixels but "
            f"{train_images} of {train[0].shape[2]}x{train[0].shape[3]}: they do not belong "
            "together."
        )
    return RawImages.of(train=train, test=test, classes=CLASSES)
