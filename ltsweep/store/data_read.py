"""What a stage read of datasets, as it records it: which images of which data, and what for."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from ltsweep.store.stored import Stored

Purpose = Literal["trained on", "measured on", "recalibrated on", "scored on"]
PartName = Literal["training", "validation", "test"]

_EARLY_PARTS: Mapping[str, tuple[PartName, ...]] = {
    "train, validation and test": ("training", "validation", "test"),
    "train and test": ("training", "test"),
}


class DataRead(Stored):
    """Images of a dataset that a stage read for one purpose.

    Attributes:
        purpose: an optimizer took steps on them, accuracies or losses were measured on them,
            statistics of batch norm were taken from them, or weights were scored on them.
        parts: how many images each part has that was read from; None in early versions.
        fingerprint: of the whole dataset, as it was found when it was read.
        name: what configurations call it; None where that is not known.
        split: the settings that say which images the parts have; None in early versions.

    """

    purpose: Purpose
    parts: dict[PartName, int | None]
    fingerprint: str
    name: str | None = None
    split: dict[str, Any] | None = None


def without_twins(read: Iterable[DataRead]) -> tuple[DataRead, ...]:
    """What was read, each once, in the order in which it came first."""
    return tuple({entry.model_dump_json(): entry for entry in read}.values())


def as_plain(read: Iterable[DataRead]) -> list[dict[str, Any]]:
    """What was read as JSON has it, each once."""
    return [entry.stored() for entry in without_twins(read)]


def entries(stored: Iterable[Any]) -> list[DataRead]:
    """What a mask's file tells of the data that it was scored on.

    Files of early versions have fingerprints alone.
    """
    return [
        DataRead(purpose="scored on", parts={"training": None}, fingerprint=entry)
        if isinstance(entry, str)
        else DataRead.read(entry)
        for entry in stored
    ]


def of_early_version(parts_read: Mapping[str, str]) -> list[dict[str, Any]]:
    """What the record of an early version tells: fingerprints, by the parts that were read.

    Every stage trained on the training images, and was measured on each of its parts.
    """
    return [
        {"purpose": purpose, "parts": parts, "fingerprint": fingerprint}
        for words, fingerprint in parts_read.items()
        for purpose, parts in (
            ("trained on", {"training": None}),
            ("measured on", dict.fromkeys(_EARLY_PARTS.get(words, ()))),
        )
    ]
