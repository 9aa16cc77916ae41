"""CIFAR-10: read where torchvision keeps it, else downloaded and unpacked to that place.

Files already on disk are taken as they are, if they are valid: the fingerprint says which data
they hold. Only a download is compared with the published checksum.
"""

from __future__ import annotations

import tarfile
from pathlib import Path

import numpy as np

from ltsweep.data.dataset import DatasetDamaged, RawImages
from ltsweep.data.fetch import fetch
from ltsweep.data.python_batch import MOST_BYTES, read_batch
from ltsweep.foundations.files import write_atomic

__all__ = ["cifar10"]

CLASSES = 10
FOLDER = "cifar-10-batches-py"
TRAINING = tuple(f"data_batch_{number}" for number in range(1, 6))
TEST = "test_batch"
ARCHIVE = "cifar-10-python.tar.gz"
MD5 = "c58f30108f718f92721af3b95e74349a"
MIRROR = "https://www.cs.toronto.edu/~kriz/"


def cifar10(data_dir: Path, *, mirror: str = MIRROR) -> RawImages:
    """Return CIFAR-10 from ``data_dir``/cifar-10-batches-py: images uint8 (N, 3, 32, 32), 0..255.

    Absent files are taken from the archive beside that folder, which is downloaded from ``mirror``
    (the URL of a folder; it never counts towards the identity of the data). Raises DatasetMissing
    if that fails, DatasetDamaged if a file is invalid.
    """
    data_dir = data_dir.expanduser().absolute()
    folder = data_dir / FOLDER
    absent = {f"{FOLDER}/{name}" for name in (*TRAINING, TEST) if not (folder / name).is_file()}
    if absent:
        instead = f"put it there yourself, or its folder {FOLDER}"
        fetch({ARCHIVE: MD5}, data_dir, mirror, instead=instead)
        _extract(absent, data_dir / ARCHIVE)
    batches = [read_batch(folder / name, CLASSES) for name in TRAINING]
    images, labels = (np.concatenate(arrays) for arrays in zip(*batches, strict=True))
    return RawImages.of(
        train=(images, labels), test=read_batch(folder / TEST, CLASSES), classes=CLASSES
    )


def _extract(names: set[str], archive: Path) -> None:
    """Write these members of the archive, and nothing else, beside it, each atomically."""
    (archive.parent / FOLDER).mkdir(exist_ok=True)
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
