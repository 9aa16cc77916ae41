"""Finds what a plan must know of datasets and architectures, each loaded once."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

import torch
from torch import nn

from ltsweep.config.sentences import show
from ltsweep.config.settings import Dataset, Model
from ltsweep.data.dataset import DatasetDamaged, DatasetMissing, RawImages
from ltsweep.data.split import places
from ltsweep.foundations.errors import RequestError
from ltsweep.models import probe
from ltsweep.models.layers import Layer
from ltsweep.models.net import Footprint, Net


@dataclass(frozen=True)
class Facts:
    """What a plan must know of a dataset and an architecture on it.

    `train_examples` counts the training set without the validation split; `layers` are the prunable
    ones in the order of execution; `module` is the net without storage. `has_own_parts` says that
    an own model has more than plain layers (`TrainSpec.net`), `description` what of it is
    prunable.
    """

    fingerprint: str
    train_examples: int
    net: Net
    has_own_parts: bool = False
    description: str | None = None

    @property
    def layers(self) -> tuple[Layer, ...]:
        """See Facts."""
        return self.net.layers

    @property
    def footprint(self) -> Footprint:
        """What decides the memory of a training."""
        return self.net.footprint

    @property
    def module(self) -> nn.Module:
        """See Facts."""
        return self.net.module


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
        call, is_own = model.bind(), model.bind().source is not None
        problems = list(_bad_constants(dataset, raw))
        faults: list[str] = []
        try:
            net = Net.of(partial(call, shape, raw.classes), shape, model.prunable)
            if is_own and not problems:
                faults += probe.faults(net, _two_images(dataset, raw), raw.classes)
        except Exception as error:  # building and calling it runs a user's module
            if not is_own and not isinstance(error, ValueError | RuntimeError):
                raise
            faults.append(_in_words(error))
        image = "x".join(map(str, shape))
        who = f"model={model.name}" + (f" ({call.target})" if is_own else "")
        problems += [f"{who} does not suit {dataset.name} ({image}): {fault}" for fault in faults]
        if problems:
            raise RequestError(problems)
        return Facts(
            fingerprint=raw.fingerprint,
            train_examples=len(places(raw, dataset.split)[1]),
            net=net,
            has_own_parts=is_own and not probe.is_plain(net),
            description=f"{who} on {dataset.name}: {net.described()}" if is_own else None,
        )

    def _load(self, dataset: Dataset) -> RawImages:
        loader = dataset.bind()
        name = loader.model_dump_json()
        if name not in self._raw:
            try:
                self._raw[name] = loader(self._data_dir)
            except (DatasetMissing, DatasetDamaged, OSError) as error:
                self._raw[name] = f"dataset={dataset.name}: {error}"
        raw = self._raw[name]
        if isinstance(raw, str):
            raise RequestError([raw])
        return raw


def _two_images(dataset: Dataset, raw: RawImages) -> torch.Tensor:
    """The first two of the training set as nets see them: float32 (2, C, H, W)."""
    how = dataset.normalise
    mean, std = (torch.tensor(values).view(-1, 1, 1) for values in (how.mean, how.std))
    return (torch.from_numpy(raw.train_images[:2]).float() / how.white - mean) / std


def _in_words(error: Exception) -> str:
    if isinstance(error, ValueError | RuntimeError):
        return str(error)
    return f"{type(error).__name__}: {error}"


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
