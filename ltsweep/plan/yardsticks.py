"""Fits linear classifiers to the data of targets, once for each: what a net has to beat."""

from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import NamedTuple

from ltsweep.data.linear_classifiers import (
    HELD_OUT,
    LOGISTIC_PENALTIES,
    RIDGE_PENALTIES,
    Family,
    Inputs,
    fit,
    logistic,
    ridge,
)
from ltsweep.data.reshape import reshaped_parts
from ltsweep.data.split import Parts, split
from ltsweep.plan.overlaps import Found
from ltsweep.store.store import Store
from ltsweep.store.yardsticks import LinearClassifier, Yardsticks


class _Way(NamedTuple):
    """A family of classifiers, and the most images and features that it is fitted to."""

    name: str
    family: Family
    penalties: tuple[float, ...]
    most_images: float
    most_features: int


# more would take a launch many minutes
_WAYS = (
    _Way("logistic regression", logistic, LOGISTIC_PENALTIES, 20_000, 1_000),
    _Way("ridge regression", ridge, RIDGE_PENALTIES, float("inf"), 4_000),
)


def fit_yardsticks(data: Mapping[str, Found], store: Store, data_dir: Path) -> None:
    """Fits the classifiers of each data, by name, that the store does not tell of yet.

    Nothing is fitted to data that are no longer what was planned.
    """
    for name, found in data.items():
        if Yardsticks.load(store, name) is None and (made := _yardsticks(found, data_dir)):
            made.save(store, name)


def _yardsticks(found: Found, data_dir: Path) -> Yardsticks | None:
    raw = found.loader(data_dir)
    if raw.fingerprint != found.data.fingerprint:
        return None
    parts = reshaped_parts(split(raw, found.data.split), found.data.input)
    del raw
    inputs = Inputs.of(parts, found.data.normalise)
    return Yardsticks(classifiers=tuple(_classifier(way, parts, inputs) for way in _WAYS))


def _classifier(way: _Way, parts: Parts, inputs: Inputs) -> LinearClassifier:
    images, features = len(parts.train_images), prod(parts.train_images.shape[1:])
    about = LinearClassifier(name=way.name, parameters=(features + 1) * parts.classes)
    if images < HELD_OUT:
        return about.model_copy(update={"left_out": f"{images} training images are too few"})
    for count, most, what in (
        (images, way.most_images, "images"),
        (features, way.most_features, "pixels and channels"),
    ):
        if count > most:
            reason = f"{count:,} {what} are more than {most:,}"
            return about.model_copy(update={"left_out": reason})
    return about.model_copy(update=fit(way.family, inputs, way.penalties)._asdict())
