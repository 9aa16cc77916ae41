"""Reads the CIFAR datasets' python batches, pickles of one array and its labels, and trusts none.

Format (https://www.cs.toronto.edu/~kriz/cifar.html): a dictionary with ``data``, uint8 (N, 3072),
each row the red, green and blue pixels of a 32x32 image, and ``labels`` (CIFAR-10) or
``fine_labels`` (CIFAR-100), a list of N numbers.
"""

from __future__ import annotations

import io
import pickle
import pickletools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ltsweep.data.dataset import DatasetDamaged

SHAPE = (3, 32, 32)
PIXELS = 3 * 32 * 32
MOST_BYTES = 1 << 28  # a published file has up to 155 MB, a copy that Python 3 made of it 230 MB


def read_batch(path: Path, classes: int, labelled: str = "labels") -> tuple[np.ndarray, np.ndarray]:
    """Read one file: images uint8 (N, 3, 32, 32) and labels int64 (N,), N >= 1.

    ``labelled`` is what the dictionary calls the labels.
    Raises DatasetDamaged, naming the file, if it is anything but such a batch; OSError if it cannot
    be opened. No code that the file names is run.
    """
    with path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise DatasetDamaged(f"{path} is larger than any CIFAR batch: get it again.")
    try:
        complete = _ends_where_it_says(content)
        batch = _Unpickler(io.BytesIO(content), encoding="bytes").load()
    except _Forbidden as error:
        raise DatasetDamaged(
            f"{path} names {error}, which no CIFAR batch needs: do not use this file, get it again."
        ) from error
    except Exception as error:  # a damaged pickle can fail in any way
        raise DatasetDamaged(
            f"{path} is not a whole pickle ({type(error).__name__}: {error}): delete it and get it "
            "again."
        ) from error
    images = _pixels(batch)
    labels = _labels(batch, labelled, classes)
    if not complete or images is None or labels is None or len(images) != len(labels):
        raise DatasetDamaged(
            f"{path} does not hold a CIFAR batch, that is rows of {PIXELS} bytes and as many "
            f"{labelled} from 0 to {classes - 1}: delete it and get it again."
        )
    return images, labels


class _Forbidden(Exception):
    """The pickle asks for something that is no part of an array; the message is its name."""


class _Array:
    """Stands for an array or its type of elements: keeps what the pickle says of it."""

    def __init__(self, *arguments: Any) -> None:
        self.arguments = arguments
        self.state: Any = None

    def __setstate__(self, state: Any) -> None:
        self.state = state


def _encode(text: str, encoding: bytes | str) -> bytes:
    """How Python 3 writes bytes into pickles that Python 2 can read."""
    if encoding not in ("latin1", b"latin1"):
        raise pickle.UnpicklingError(f"text in {encoding!r}")
    return text.encode("latin1")


# What arrays of numpy 1 and 2 are made with. Nothing of numpy is called: it trusts its callers.
_NEEDED: dict[tuple[str, str], Callable[..., Any]] = {
    ("numpy.core.multiarray", "_reconstruct"): _Array,
    ("numpy._core.multiarray", "_reconstruct"): _Array,
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _Array,
    ("_codecs", "encode"): _encode,
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Callable[..., Any]:
        """Stand-ins for what arrays are made with; _Forbidden for everything else."""
        if (module, name) not in _NEEDED:
            raise _Forbidden(f"{module}.{name}")
        return _NEEDED[module, name]


def _ends_where_it_says(content: bytes) -> bool:
    """Whether nothing follows the pickle; its memo is checked, for which it could claim any size.

    ValueError where it is cut off or numbers the memo's entries beyond its own length.
    """
    end = 0
    for operation, argument, position in pickletools.genops(content):
        if operation.name in ("PUT", "LONG_BINPUT") and (argument or 0) > len(content):
            raise ValueError(f"entry {argument} of the memo")
        end = position or 0
    return end + 1 == len(content)


def _pixels(batch: Any) -> np.ndarray | None:
    """The images, or None where `data` is no array of bytes in rows of a whole image."""
    array = batch.get(b"data") if isinstance(batch, dict) else None
    match array:
        case _Array(
            state=(1, (int(count), int(width)), _Array(arguments=(kind, *_)), False, bytes(content))
        ):
            rows = kind in ("u1", b"u1") and width == PIXELS and count > 0
            if rows and len(content) == count * PIXELS:
                return np.frombuffer(content, np.uint8).reshape(count, *SHAPE)
    return None


def _labels(batch: Any, labelled: str, classes: int) -> np.ndarray | None:
    """The labels, or None where they are no list of numbers of classes."""
    labels = batch.get(labelled.encode()) if isinstance(batch, dict) else None
    if isinstance(labels, list) and all(type(x) is int and 0 <= x < classes for x in labels):
        return np.array(labels, np.int64)
    return None
