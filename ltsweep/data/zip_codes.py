"""USPS, digits of zip codes: read where torchvision keeps it, else downloaded to that place.

Files already on disk are taken as they are, if they are valid: the fingerprint says which data
they hold. Only a download is compared with the published checksum (md5, as torchvision lists
them).

Format (https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/multiclass.html#usps): text packed
by bzip2, a line for each image, ``label 1:value 2:value ... 256:value``: the label is the digit
plus 1, and values go from -1 (background) to 1 (ink), row by row.
"""

from __future__ import annotations

import bz2
import io
from pathlib import Path

import numpy as np

from ltsweep.data.dataset import DatasetDamaged, RawImages
from ltsweep.data.fetch import fetch_absent

__all__ = ["usps"]

CLASSES = 10
SIDE = 16
PIXELS = SIDE * SIDE
MOST_BYTES = 1 << 27  # of text; the larger file has about 20 MB
MIRROR = "https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/multiclass/"
MD5 = {
    "usps.bz2": "ec16c51db3855ca6c91edd34d0e9b197",
    "usps.t.bz2": "8ea070ee2aca1ac39742fdd1ef5ed118",
}


def usps(data_dir: Path, *, mirror: str = MIRROR) -> RawImages:
    """Return USPS from ``data_dir``/usps.bz2 and usps.t.bz2: images uint8 (N, 1, 16, 16), 0..255.

    Values become bytes as torchvision makes them, cut off below, not rounded. Absent files are
    downloaded from ``mirror`` (the URL of a folder; it never counts towards the identity of the
    data). Raises DatasetMissing if that fails, DatasetDamaged if a file is invalid.
    """
    train, test = map(_read, fetch_absent(MD5, data_dir, mirror))
    return RawImages.of(train=train, test=test, classes=CLASSES)


def _read(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Images uint8 (N, 1, 16, 16) and labels int64 (N,) of one file."""
    table = _numbers(_text(path))
    if table is None:
        raise DatasetDamaged(
            f"{path} does not hold USPS, that is lines of a label from 1 to 10 and the pixels "
            f"1:value to {PIXELS}:value with values from -1 to 1: delete it and get it again."
        )
    values = table[:, 2::2].astype(np.float32)
    images = ((values + 1) / 2 * 255).astype(np.uint8)
    return images.reshape(-1, 1, SIDE, SIDE), table[:, 0].astype(np.int64) - 1


def _text(path: Path) -> bytes:
    with path.open("rb") as stored:
        try:
            content = bz2.BZ2File(stored).read(MOST_BYTES + 1)
        except (OSError, EOFError) as error:
            raise DatasetDamaged(
                f"{path} is not a whole bzip2 file ({error}): delete it and get it again."
            ) from error
    if len(content) > MOST_BYTES:
        raise DatasetDamaged(f"{path} is larger than USPS can be: get it again.")
    return content


def _numbers(text: bytes) -> np.ndarray | None:
    """Label, index and value, index and value, ...: float64 (N, 513). None where it is not that."""
    if not text.strip():
        return None
    try:
        table = np.loadtxt(io.BytesIO(text.replace(b":", b" ")), ndmin=2, comments=None)
    except ValueError:
        return None
    if table.shape[1] != 1 + 2 * PIXELS:
        return None
    labels, indices, values = table[:, 0], table[:, 1::2], table[:, 2::2]
    are_right = (
        np.isin(labels, np.arange(1, CLASSES + 1)).all()
        and (indices == np.arange(1, PIXELS + 1)).all()
        and (np.abs(values) <= 1).all()
    )
    return table if are_right else None
