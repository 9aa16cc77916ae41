"""A dataset of the user's own, without code: four arrays in an .npz file or in idx files.

Nothing that the files say is trusted. The data are identified by what they hold: neither the path,
nor the kind of file, nor where the channels lie in it, makes another dataset.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from ltsweep.data.dataset import DatasetDamaged, DatasetMissing, RawImages
from ltsweep.data.idx import locate, read_idx
from ltsweep.foundations.errors import listed
from ltsweep.foundations.types import Text

__all__ = ["arrays"]

Layout = Literal["auto", "channels_first", "channels_last"]
NAMES = ("train_images", "train_labels", "test_images", "test_labels")
MOST_CHANNELS = 4  # of red, green, blue and opacity; an axis that is longer holds pixels


def arrays(data_dir: Path, *, path: Text | None = None, layout: Layout = "auto") -> RawImages:
    """Return the arrays at ``path``: images uint8 (N, C, H, W), labels 0, 1, ... without a gap.

    ``path``, absolute or relative to ``data_dir``, is an .npz file with the arrays `NAMES`, or a
    folder with four idx files named as MNIST's, gzipped or not. Images are uint8 (N, H, W),
    (N, C, H, W) or (N, H, W, C). ``layout`` says which of the last two where sizes leave it open:
    where not exactly one of the axes is short enough for channels. Raises DatasetMissing where
    there are no such files, DatasetDamaged, naming the file, where they hold something else.
    """
    if path is None:
        raise DatasetMissing(
            f"set dataset.path to an .npz file that holds {listed(NAMES)}, or to a folder of idx "
            "files named as MNIST's."
        )
    try:
        place = data_dir.expanduser().absolute() / Path(path).expanduser()
    except RuntimeError:
        raise DatasetMissing(
            f"dataset.path={path} begins with a home directory that is unknown here: write the "
            "whole path."
        ) from None
    if not place.exists():
        raise DatasetMissing(
            f"there is no {place}: dataset.path={path} must be an .npz file or a folder of idx "
            "files, and is relative to data_dir."
        )
    if not (place.is_dir() or place.is_file()):  # a pipe or a device may be read without end
        raise DatasetDamaged(f"{place} is neither a file nor a folder.")
    found = _from_folder(place) if place.is_dir() else _from_npz(place)
    train, test = (
        _as_part(found[f"{part}_images"], found[f"{part}_labels"], layout)
        for part in ("train", "test")
    )
    if train[0].shape[1:] != test[0].shape[1:]:
        raise DatasetDamaged(
            f"{found['train_images'].where} and {found['test_images'].where} do not belong "
            f"together: an image is {train[0].shape[1:]} and {test[0].shape[1:]} (channels, "
            "height, width)."
        )
    classes = _count_classes(found["train_labels"], found["test_labels"])
    return RawImages.of(train=train, test=test, classes=classes)


@dataclass(frozen=True)
class _Found:
    """An array and the words that say where it was found."""

    where: str
    array: np.ndarray


def _from_npz(path: Path) -> dict[str, _Found]:
    with path.open("rb") as stored:  # a path alone would hide that it cannot be opened
        is_zip = zipfile.is_zipfile(stored)
    if not is_zip:
        raise DatasetDamaged(
            f"{path} is not a whole .npz file: write it with numpy.savez, or copy it again."
        )
    try:
        with np.load(path, allow_pickle=False) as file:
            there = {name: file[name] for name in NAMES if name in file.files}
            names = listed(file.files) or "nothing"
    except Exception as error:  # a damaged file can fail in any way, and in several lines
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise DatasetDamaged(
            f"{path} is not a whole .npz file ({reason}): write it with numpy.savez, without "
            "objects, or copy it again."
        ) from error
    if missing := [name for name in NAMES if name not in there]:
        raise DatasetDamaged(f"{path} holds no {listed(missing, 'and no')}; it holds {names}.")
    return {name: _Found(f"{name} of {path}", np.asarray(there[name])) for name in NAMES}


def _from_folder(folder: Path) -> dict[str, _Found]:
    return {
        "train_images": _from_idx(folder, "train-images", (3, 4)),
        "train_labels": _from_idx(folder, "train-labels", (1,)),
        "test_images": _from_idx(folder, "t10k-images", (3, 4)),
        "test_labels": _from_idx(folder, "t10k-labels", (1,)),
    }


def _from_idx(folder: Path, name: str, axes: tuple[int, ...]) -> _Found:
    """The one of the files NAME-idx3-ubyte, NAME-idx4-ubyte, ... that is there, gzipped or not."""
    names = [f"{name}-idx{count}-ubyte" for count in axes]
    for file, count in zip(names, axes, strict=True):
        path = locate(folder / f"{file}.gz")
        if path.is_file():
            return _Found(str(path), read_idx(path, count))
    raise DatasetMissing(f"{folder} holds no {listed(names, 'or')}, gzipped or not.")


def _as_part(images: _Found, labels: _Found, layout: Layout) -> tuple[np.ndarray, np.ndarray]:
    """Images uint8 (N, C, H, W), a view, and as many labels of any type of whole numbers."""
    if labels.array.dtype.kind not in "iu" or labels.array.ndim != 1:
        raise DatasetDamaged(
            f"{labels.where} is {labels.array.dtype} {labels.array.shape}: labels must be whole "
            "numbers (N,)."
        )
    made = _as_images(images, layout)
    if len(made) != len(labels.array):
        raise DatasetDamaged(
            f"{labels.where} holds {len(labels.array)} labels but {images.where} holds {len(made)} "
            "images: they do not belong together."
        )
    return made, labels.array


def _as_images(found: _Found, layout: Layout) -> np.ndarray:
    """The images with their channels first: uint8 (N, C, H, W), a view."""
    images = found.array
    if images.dtype != np.uint8 or images.ndim not in (3, 4) or images.size == 0:
        raise DatasetDamaged(
            f"{found.where} is {images.dtype} {images.shape}: images must be uint8, from 0 to 255, "
            "and (N, height, width), (N, channels, height, width) or (N, height, width, channels)."
        )
    if images.ndim == 3:
        return images[:, None]
    is_first, is_last = (images.shape[axis] <= MOST_CHANNELS for axis in (1, 3))
    if layout == "auto" and is_first == is_last:
        raise DatasetDamaged(
            f"{found.where} is {images.shape}, which leaves open where its channels are: set "
            "dataset.layout to channels_first or channels_last."
        )
    move = is_last if layout == "auto" else layout == "channels_last"
    return images.transpose(0, 3, 1, 2) if move else images


def _count_classes(train: _Found, test: _Found) -> int:
    """The number of classes, all of which occur among the training labels."""
    present = np.unique(train.array)
    if present[0] < 0 or len(present) <= present[-1]:
        lacking = next(n for n, label in enumerate([*present, None]) if label != n)
        raise DatasetDamaged(
            f"{train.where} goes from {present[0]} to {present[-1]} and lacks {lacking}: classes "
            "must be numbered 0, 1, 2, ... without a gap."
        )
    if len(present) < 2:
        raise DatasetDamaged(f"{train.where} holds one class only: there must be two or more.")
    unknown = np.setdiff1d(test.array, present)
    if len(unknown):
        raise DatasetDamaged(
            f"{test.where} holds the label {unknown[0]}, but the classes that are trained go from "
            f"0 to {present[-1]}."
        )
    return len(present)
