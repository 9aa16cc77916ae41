"""Reads idx files, the format of MNIST and its kin, and trusts nothing that they say.

Format (https://yann.lecun.com/exdb/mnist/): bytes 0, 0, element type, number of axes; the size of
each axis as a big-endian uint32; the elements in C order. Only unsigned bytes (type 8) are read.
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np

from ltsweep.data.dataset import DatasetDamaged

UNSIGNED_BYTE = 0x08
DEFLATE_RATIO = 1032  # deflate cannot compress better than this, so no gz file holds more


def locate(zipped: Path) -> Path:
    """Return the unzipped file beside ``zipped`` (NAME.gz) if there is one, else ``zipped``."""
    plain = zipped.with_suffix("")
    return plain if plain.is_file() else zipped


def read_images_and_labels(
    images_path: Path, labels_path: Path, classes: int
) -> tuple[np.ndarray, np.ndarray]:
    """Read a pair of idx files: images uint8 (N, 1, H, W) and labels uint8 (N,), N >= 1.

    Raises DatasetDamaged, naming the file at fault, if either is no valid idx file, if their counts
    differ or if a label is not in [0, classes).
    """
    images = read_idx(images_path, axes=3)
    labels = read_idx(labels_path, axes=1)
    if images.size == 0:
        raise DatasetDamaged(f"{images_path} holds no images.")
    if len(images) != len(labels):
        raise DatasetDamaged(
            f"{labels_path} holds {len(labels)} labels but {images_path} holds {len(images)} "
            "images: they do not belong together."
        )
    if labels.max() >= classes:
        raise DatasetDamaged(
            f"{labels_path} holds the label {labels.max()}, but the labels of this dataset go from "
            f"0 to {classes - 1}."
        )
    return images[:, None], labels


def read_idx(path: Path, axes: int) -> np.ndarray:
    """Read one idx file, gzipped if its name ends in .gz: uint8, as many axes as asked for.

    Raises DatasetDamaged, naming the file, if it is not exactly one such array; OSError if it
    cannot be opened.
    """
    zipped = path.suffix == ".gz"
    with path.open("rb") as stored:
        held = path.stat().st_size * (DEFLATE_RATIO if zipped else 1)
        try:
            # GzipFile is a BufferedIOBase, which the stubs don't count as a BinaryIO
            file = cast(BinaryIO, gzip.GzipFile(fileobj=stored)) if zipped else stored
            return _read_array(file, path, axes, held)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise DatasetDamaged(
                f"{path} is not a whole gzip file ({error}): delete it and get it again."
            ) from error


def _read_array(file: BinaryIO, path: Path, axes: int, held: int) -> np.ndarray:
    """Read the array in ``file``, of which at most ``held`` bytes exist."""
    header = file.read(4 + 4 * axes)
    magic = bytes((0, 0, UNSIGNED_BYTE, axes))
    if header[:4] != magic:
        raise DatasetDamaged(
            f"{path} is not an idx file of unsigned bytes with {axes} axes: it begins with "
            f"{header[:4].hex(' ') or 'nothing'} instead of {magic.hex(' ')}."
        )
    if len(header) < 4 + 4 * axes:
        raise DatasetDamaged(f"{path} is cut off within its header: delete it and get it again.")
    shape = struct.unpack(f">{axes}I", header[4:])
    promised = math.prod(shape)
    # Checked before anything is allocated: a damaged header may promise more than memory holds.
    array = np.empty(promised if promised <= held else 0, np.uint8)
    if promised > held or file.readinto(array.data) < promised:  # type: ignore[attr-defined]
        raise DatasetDamaged(
            f"{path} is cut off: its header promises {promised} bytes of data, more than it holds; "
            "delete it and get it again."
        )
    if file.read(1):
        raise DatasetDamaged(
            f"{path} goes on after the {promised} bytes of data that its header promises: delete "
            "it and get it again."
        )
    return array.reshape(shape)
