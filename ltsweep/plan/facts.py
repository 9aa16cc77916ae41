"""Finds what a plan must know of datasets and architectures, each loaded once."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from torch import nn

from ltsweep.config.sentences import show
from ltsweep.config.settings import Dataset, Model
from ltsweep.data.dataset import DatasetDamaged, DatasetMissing, RawImages
from ltsweep.data.split import places
from ltsweep.foundations.components import Call
from ltsweep.foundations.errors import RequestError
from ltsweep.models.layers import Footprint, Layer, build_meta, footprint, prunable_layers


@dataclass(frozen=True)
class Facts:
    """What a plan must know of a dataset and an architecture on it.

    `train_examples` counts the training set without the validation split; `layers` are the prunable
    ones in the order of execution; `module` is the net without storage.
    """

    fingerprint: str
    train_examples: int
    layers: tuple[Layer, ...]
    footprint: Footprint
    module: nn.Module = field(repr=False, compare=False)


class Trained(Protocol):
    """Whatever has a dataset and an architecture: a side of a point."""

    @property
    def dataset(self) -> Dataset:
        """What is trained on."""

    @property
    def model(self) -> Model:
        """What is trained."""


class FactFinder:
    """Answers `make_plan`'s questions; remembers answers, since thousands of points share a few."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._raw: dict[str, RawImages | str] = {}
        self._known: dict[str, Facts | RequestError] = {}

    def __call__(self, side: Trained) -> Facts:
        """The facts for one side. RequestError if the data are missing or unsuitable."""
        name = f"{side.dataset.model_dump_json()} {side.model.model_dump_json()}"
        if name not in self._known:
            try:
                self._known[name] = self._find(side.dataset, side.model)
            except RequestError as error:
                self._known[name] = error
        found = self._known[name]
        if isinstance(found, RequestError):
            raise found
        return found

    def _find(self, dataset: Dataset, model: Model) -> Facts:
        raw = self._load(dataset)
        shape = raw.train_images.shape[1:]
        problems = list(_bad_constants(dataset, raw))
        try:
            module = build_meta(model.bind(), shape, raw.classes)
            layers, size = prunable_layers(module, shape), footprint(module, shape)
        except (ValueError, RuntimeError, TypeError) as error:
            image = "x".join(map(str, shape))
            reason = str(error).partition("\n")[0]
            problems.append(f"model={model.name} does not suit {dataset.name} ({image}): {reason}")
        if problems:
            raise RequestError(problems)
        return Facts(
            fingerprint=raw.fingerprint,
            train_examples=len(places(raw, dataset.split)[1]),
            layers=tuple(layers),
            footprint=size,
            module=module,
        )

    def _load(self, dataset: Dataset) -> RawImages:
        loader = dataset.bind()
        name = loader.model_dump_json()
        if name not in self._raw:
            try:
                self._raw[name] = _if_dataset(loader(self._data_dir), loader)
            except (DatasetMissing, DatasetDamaged, OSError) as error:
                self._raw[name] = f"dataset={dataset.name}: {error}"
        raw = self._raw[name]
        if isinstance(raw, str):
            raise RequestError([raw])
        return raw


def _if_dataset(found: object, loader: Call) -> RawImages | str:
    """What a loader returned, or a sentence where that is no dataset."""
    if isinstance(found, RawImages):
        return found
    return f"dataset._target_: '{loader.target}' returns {type(found).__name__}, not RawImages"


def _bad_constants(dataset: Dataset, raw: RawImages) -> Iterator[str]:
    """Sentences about settings of the dataset that its images do not bear."""
    images, channels, *size = raw.train_images.shape
    if dataset.validation >= images:
        yield (
            f"dataset.validation={dataset.validation} must be less than {images}, the number of "
            f"training images of {dataset.name} that it is taken from"
        )
    elif (dataset.examples or 0) > images - dataset.validation:
        yield (
            f"dataset.examples={dataset.examples} must be at most {images - dataset.validation}, "
            f"the number of training images of {dataset.name} without its validation images, or "
            "null"
        )
    if dataset.crop >= min(size):
        yield (
            f"dataset.crop={dataset.crop} must be less than {min(size)}, the lesser of height and "
            f"width of the images of {dataset.name}, else it would leave nothing of some"
        )
    for name, values in (("mean", dataset.mean), ("std", dataset.std)):
        if len(values) != channels:
            yield (
                f"dataset.{name}={show(values)} must have as many values as {dataset.name} has "
                f"channels: {channels}"
            )
