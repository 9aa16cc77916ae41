"""CIFAR-10 and CIFAR-100: read where torchvision keeps them, else downloaded and unpacked there.

Files already on disk are taken as they are, if they are valid: the fingerprint says which data
they hold. Only a download is compared with the published checksum (md5, as torchvision lists
them).
"""

from __future__ import annotations

import tarfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ltsweep.data.dataset import DatasetDamaged, RawImages
from ltsweep.data.fetch import fetch
from ltsweep.data.python_batch import MOST_BYTES, read_batch
from ltsweep.foundations.files import write_atomic

__all__ = ["cifar10", "cifar100"]

MIRROR = "https://www.cs.toronto.edu/~kriz/"


@dataclass(frozen=True)
class Published:
    """What the publisher calls files and labels of a dataset, and the md5 of their archive."""

    folder: str
    training: tuple[str, ...]
    test: str
    archive: str
    md5: str
    labels: str
    classes: int


CIFAR10 = Published(
    folder="cifar-10-batches-py",
    training=tuple(f"data_batch_{number}" for number in range(1, 6)),
    test="test_batch",
    archive="cifar-10-python.tar.gz",
    md5="c58f30108f718f92721af3b95e74349a",
    labels="labels",
    classes=10,
)
CIFAR100 = Published(
    folder="cifar-100-python",
    training=("train",),
    test="test",
    archive="cifar-100-python.tar.gz",
    md5="eb9058c3a382ffc7106e4002c42a8d85",
    labels="fine_labels",
    classes=100,
)


def cifar10(data_dir: Path, *, mirror: str = MIRROR) -> RawImages:
    """Return CIFAR-10 from ``data_dir``/cifar-10-batches-py: images uint8 (N, 3, 32, 32), 0..255.

    Absent files are taken from the archive beside that folder, which is downloaded from ``mirror``
    (the URL of a folder; it never counts towards the identity of the data). Raises DatasetMissing
    if that fails, DatasetDamaged if a file is invalid.
    """
    return _read(data_dir, CIFAR10, mirror)


def cifar100(data_dir: Path, *, mirror: str = MIRROR) -> RawImages:
    """Return CIFAR-100, with its 100 fine labels, from ``data_dir``/cifar-100-python.

    Otherwise as `cifar10`.
    """
    return _read(data_dir, CIFAR100, mirror)


def _read(data_dir: Path, files: Published, mirror: str) -> RawImages:
    data_dir = data_dir.expanduser().absolute()
    folder = data_dir / files.folder
    names = (*files.training, files.test)
    absent = {f"{files.folder}/{name}" for name in names if not (folder / name).is_file()}
    if absent:
        instead = f"put it there yourself, or its folder {files.folder}"
        fetch({files.archive: files.md5}, data_dir, mirror, instead=instead)
        folder.mkdir(exist_ok=True)
        _extract(absent, data_dir / files.archive)
    *training, test = (read_batch(folder / name, files.classes, files.labels) for name in names)
    images, labels = (np.concatenate(arrays) for arrays in zip(*training, strict=True))
    return RawImages.of(train=(images, labels), test=test, classes=files.classes)


def _extract(names: set[str], archive: Path) -> None:
    """Write these members of the archive, and nothing else, beside it, each atomically."""
    missing = set(names)
    try:
        with tarfile.open(archive, "r:gz") as members:
            for member in members:
                wanted = member.name in missing and member.isreg() and member.size <= MOST_BYTES
                content = members.extractfile(member) if wanted else None
                if content is not None:
                    write_atomic(archive.parent / member.name, content.read())
                    missing.remove(member.name)
    except (tarfile.TarError, EOFError) as error:
        raise DatasetDamaged(f"{archive} is not a whole archive ({error}): delete it.") from error
    if missing:
        raise DatasetDamaged(f"{archive} holds no {', '.join(sorted(missing))}: delete it.")
