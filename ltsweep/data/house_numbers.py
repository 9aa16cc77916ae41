"""SVHN, house numbers: read where torchvision keeps it, else downloaded to that place.

Files already on disk are taken as they are, if they are valid: the fingerprint says which data
they hold. Only a download is compared with the published checksum (md5, as torchvision lists
them).

Format (http://ufldl.stanford.edu/housenumbers/, "cropped digits"): MATLAB 5 files with ``X``, uint8
(32, 32, 3, N), and ``y``, (N, 1), the digit, which for a zero is 10.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ltsweep.data.dataset import DatasetDamaged, RawImages
from ltsweep.data.fetch import fetch_absent

__all__ = ["svhn"]

CLASSES = 10
SHAPE = (32, 32, 3)  # height, width, channels
MIRROR = "http://ufldl.stanford.edu/housenumbers/"
MD5 = {
    "train_32x32.mat": "e26dedcc434d2e4c54c9b2d4a06d8373",
    "test_32x32.mat": "eb5a983be6a315427106f1b164d9cef3",
}


def svhn(data_dir: Path, *, mirror: str = MIRROR) -> RawImages:
    """Return SVHN from ``data_dir``/train_32x32.mat and test_32x32.mat, without the extra images.

    Images are uint8 (N, 3, 32, 32), values 0..255, and labels the digits. Absent files are
    downloaded from ``mirror`` (the URL of a folder; it never counts towards the identity of the
    data). Raises DatasetMissing if that fails, DatasetDamaged if a file is invalid.
    """
    train, test = map(_read, fetch_absent(MD5, data_dir, mirror))
    return RawImages.of(train=train, test=test, classes=CLASSES)


def _read(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Images uint8 (N, 3, 32, 32) and labels int64 (N,) of one file."""
    import scipy.io  # here, because most runs read no such file

    with path.open("rb") as file:
        try:
            content = scipy.io.loadmat(file, variable_names=["X", "y"])
        except Exception as error:  # a damaged file can fail in any way, and in several lines
            reason = " ".join(f"{type(error).__name__}: {error}".split())
            raise DatasetDamaged(
                f"{path} is not a whole MATLAB 5 file ({reason}): delete it and get it again."
            ) from error
    images, digits = content.get("X"), content.get("y")
    if not (_are_images(images) and _are_digits(digits, images.shape[-1])):
        raise DatasetDamaged(
            f"{path} does not hold SVHN's cropped digits, that is X of bytes (32, 32, 3, N) and y "
            "(N, 1) of numbers from 1 to 10: delete it and get it again."
        )
    return images.transpose(3, 2, 0, 1), digits.reshape(-1).astype(np.int64) % 10


def _are_images(found: object) -> bool:
    if not isinstance(found, np.ndarray) or found.dtype != np.uint8 or found.ndim != 4:
        return False
    return found.shape[:3] == SHAPE and found.size > 0


def _are_digits(found: object, count: int) -> bool:
    if not isinstance(found, np.ndarray) or found.dtype.kind not in "iuf":
        return False
    return found.shape == (count, 1) and bool(np.isin(found, np.arange(1, 11)).all())
