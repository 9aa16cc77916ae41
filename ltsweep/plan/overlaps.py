"""Counts the test images of targets that their sources were trained on, once for each pair."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ltsweep.data.dataset import RawImages
from ltsweep.data.duplicates import count_duplicates, digests
from ltsweep.data.split import places
from ltsweep.data_spec import DataSpec
from ltsweep.foundations.components import Call
from ltsweep.store.overlap import Overlap
from ltsweep.store.store import Store


class Found(NamedTuple):
    """Data of one side of a point, and what finds them."""

    loader: Call
    data: DataSpec


class Pair(NamedTuple):
    """The data of a source and of a target."""

    source: Found
    target: Found


def count_overlaps(pairs: Mapping[str, Pair], store: Store, data_dir: Path) -> None:
    """Counts for each pair, by its name, what the store does not tell yet.

    Images are compared as they were published, before `input` changes them. Nothing is counted for
    data that are no longer what was planned.
    """
    counting = _Counting(data_dir)
    for name, pair in pairs.items():
        if Overlap.load(store, name) is None and (found := counting.overlap(pair)) is not None:
            found.save(store, name)


class _Digested(NamedTuple):
    """A dataset whose images have gone: what identifies them is a fraction of their size."""

    labels: RawImages
    shape: tuple[int, ...]
    train: np.ndarray
    test: np.ndarray

    @classmethod
    def of(cls, raw: RawImages) -> "_Digested":
        """What is compared of a dataset as published."""
        nothing = np.empty((0, *raw.train_images.shape[1:]), np.uint8)
        labels = replace(raw, train_images=nothing, test_images=nothing)
        train, test = digests(raw.train_images), digests(raw.test_images)
        return cls(labels, raw.train_images.shape[1:], train, test)


@dataclass
class _Counting:
    """Reads each dataset once."""

    data_dir: Path
    _known: dict[str, _Digested] = field(default_factory=dict)

    def overlap(self, pair: Pair) -> Overlap | None:
        """What the two have in common; None where the data have changed."""
        source, target = map(self._digested, pair)
        of_source, of_target = pair.source.data, pair.target.data
        fingerprints = source.labels.fingerprint, target.labels.fingerprint
        if fingerprints != (of_source.fingerprint, of_target.fingerprint):
            return None
        trained = source.train[places(source.labels, of_source.split)[1]]
        test = target.test
        if (classes := of_target.split.classes) is not None:
            test = test[np.isin(target.labels.test_labels, classes)]
        is_alike = source.shape == target.shape
        return Overlap(
            duplicates=count_duplicates(test, trained) if is_alike else None,
            test_images=len(test),
            training_images=len(trained),
        )

    def _digested(self, found: Found) -> _Digested:
        name = found.loader.model_dump_json()
        if name not in self._known:
            self._known[name] = _Digested.of(found.loader(self.data_dir))
        return self._known[name]
