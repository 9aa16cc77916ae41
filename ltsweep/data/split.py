"""Takes the parts of a dataset: classes, a half, the validation and the training images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ltsweep.data.dataset import RawImages
from ltsweep.data.order import fixed_order
from ltsweep.data_spec import Split
from ltsweep.foundations.errors import listed


@dataclass(frozen=True)
class Parts:
    """A dataset in its three parts: images uint8 (N, C, H, W), labels int64 (N,).

    The test part is the published one, or what of it is of the chosen classes; the validation part
    may be empty. Labels are in [0, ``classes``). ``fingerprint`` is that of the unsplit dataset:
    the parts follow from it together with the `Split`.
    """

    train_images: np.ndarray
    train_labels: np.ndarray
    val_images: np.ndarray
    val_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray
    classes: int
    fingerprint: str


def classes_of(raw: RawImages, how: Split) -> int:
    """The number of classes among the parts of a dataset."""
    return raw.classes if how.classes is None else len(how.classes)


def places(raw: RawImages, how: Split) -> tuple[np.ndarray, np.ndarray]:
    """Where the validation images and those trained on lie among the training images of ``raw``.

    ``fixed_order(N, how.split_seed)`` gives the order of the N images as published, in which
    everything is taken:

    1. of ``how.classes``, or all, the images;
    2. of each class the first half (``how.half`` a, which gets the odd image) or the others (b);
    3. the first ``how.validation`` of these as the validation part;
    4. the rest as the training part, or its first ``how.examples``, or the first
       ``how.per_class`` of each class. So smaller training sets lie inside larger ones.

    A replicate's seed has no say, so replicates share their data. Raises ValueError, with a
    sentence for the user, where `misfit` has one.
    """
    if problem := misfit(raw, how, "the dataset"):
        raise ValueError(f"{problem}.")
    val, train = _held_out_and_rest(raw, how)
    if how.per_class is not None:
        train = train[_ranks(raw.train_labels[train]) < how.per_class]
    return val, train[: how.examples]


def split(raw: RawImages, how: Split) -> Parts:
    """The dataset in its parts, with the training images apart as ``places`` says."""
    val, train = places(raw, how)
    test_images, test_labels = raw.test_images, raw.test_labels
    if how.classes is not None:
        test = np.isin(test_labels, how.classes)
        test_images, test_labels = test_images[test], test_labels[test]
    return Parts(
        train_images=raw.train_images[train],
        train_labels=_numbered(raw.train_labels[train], how),
        val_images=raw.train_images[val],
        val_labels=_numbered(raw.train_labels[val], how),
        test_images=test_images,
        test_labels=_numbered(test_labels, how),
        classes=classes_of(raw, how),
        fingerprint=raw.fingerprint,
    )


def misfit(raw: RawImages, how: Split, called: str) -> str | None:
    """A sentence, without its full stop, where a dataset cannot be split so; None where it can.

    ``called`` is what the sentence calls the dataset.
    """
    if problem := _wrong_classes(raw, how, called) or _no_halves(raw, how, called):
        return problem
    subset = [f"dataset.{name}" for name in ("classes", "half") if getattr(how, name) is not None]
    owner = f"training images of {called}" + (f" with {listed(subset)}" if subset else "")
    val, train = _held_out_and_rest(raw, how)
    if not len(train):
        return (
            f"dataset.validation={how.validation} must be less than {len(val)}, the number of "
            f"{owner} that it is taken from"
        )
    if how.examples is not None and how.per_class is not None:
        return (
            f"dataset.examples={how.examples} and dataset.per_class={how.per_class} both say how "
            "many images are trained on: set one of them to null"
        )
    if (how.examples or 0) > len(train):
        return (
            f"dataset.examples={how.examples} must be at most {len(train)}, the number of {owner} "
            "without its validation images, or null"
        )
    counts = np.bincount(raw.train_labels[train], minlength=raw.classes)
    fewest = min(_classes_used(raw, how), key=lambda number: int(counts[number]))
    if (how.per_class or 0) > counts[fewest]:
        return (
            f"dataset.per_class={how.per_class} must be at most {counts[fewest]}, the number of "
            f"{owner} in class {fewest} without its validation images, or null"
        )
    return None


def _wrong_classes(raw: RawImages, how: Split, called: str) -> str | None:
    if how.classes is None:
        return None
    setting = f"dataset.classes=[{','.join(map(str, how.classes))}]"
    known = np.intersect1d(raw.train_labels, raw.test_labels)
    unknown = [number for number in how.classes if number not in known]
    if unknown:
        return f"{setting}: {called} has no class {unknown[0]}, only {known[0]} to {known[-1]}"
    twice = [number for number in how.classes if how.classes.count(number) > 1]
    if twice:
        return f"{setting} lists class {twice[0]} twice"
    if len(how.classes) < 2:
        return f"{setting} must list two classes of {called} or more, or be null for all of them"
    return None


def _no_halves(raw: RawImages, how: Split, called: str) -> str | None:
    counts = np.bincount(raw.train_labels, minlength=raw.classes)
    single = [number for number in _classes_used(raw, how) if counts[number] < 2]
    if how.half is None or not single:
        return None
    return (
        f"dataset.half={how.half} needs two training images or more of each class, but {called} "
        f"has {counts[single[0]]} of class {single[0]}"
    )


def _classes_used(raw: RawImages, how: Split) -> tuple[int, ...]:
    """The numbers, in the dataset as published, of the classes that are used."""
    return tuple(range(raw.classes)) if how.classes is None else how.classes


def _held_out_and_rest(raw: RawImages, how: Split) -> tuple[np.ndarray, np.ndarray]:
    """The places of the validation images and of all others in the chosen classes and half."""
    order = fixed_order(len(raw.train_labels), how.split_seed)
    if how.classes is not None:
        order = order[np.isin(raw.train_labels[order], how.classes)]
    if how.half is not None:
        labels = raw.train_labels[order]
        is_a = _ranks(labels) < (np.bincount(labels)[labels] + 1) // 2
        order = order[is_a if how.half == "a" else ~is_a]
    return order[: how.validation], order[how.validation :]


def _ranks(labels: np.ndarray) -> np.ndarray:
    """How many of the labels before each one are equal to it: int64 (N,)."""
    order = np.argsort(labels, kind="stable")
    ordered = labels[order]
    ranks = np.empty(len(labels), np.int64)
    ranks[order] = np.arange(len(labels)) - np.searchsorted(ordered, ordered)
    return ranks


def _numbered(labels: np.ndarray, how: Split) -> np.ndarray:
    """The labels by their places in the list of chosen classes: int64 (N,)."""
    if how.classes is None:
        return labels
    numbers = np.zeros(max(how.classes) + 1, np.int64)
    numbers[list(how.classes)] = np.arange(len(how.classes))
    return np.take(numbers, labels)
