"""Finds what a plan must know of datasets and architectures, each loaded once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from torch import nn

from ltsweep.config.components import Dataset, Input, Model
from ltsweep.config.sentences import show
from ltsweep.data.constants import mean_and_std
from ltsweep.data.dataset import DatasetDamaged, DatasetMissing, RawImages
from ltsweep.data.split import classes_of, misfit, places
from ltsweep.data_spec import InputShape, Normalise
from ltsweep.foundations.components import Call
from ltsweep.foundations.contracts import ContractError, attempt, broken, shown
from ltsweep.foundations.errors import RequestError
from ltsweep.models.layers import Layer
from ltsweep.models.net import Footprint, Net
from ltsweep.plan.architectures import architecture
from ltsweep.plan.input_shapes import Shape, constants_for, input_shape, shape_of, two_images
from ltsweep.plan.tickets import ExportedTicket, find_ticket


@dataclass(frozen=True)
class Facts:
    """What a plan must know of a dataset and an architecture on it.

    `train_examples` counts the images that are trained on; `layers` are the prunable ones in the
    order of execution; `module` is the net without storage. `has_own_parts` says that an own model
    has more than plain layers (`TrainSpec.net`), `description` what of it is prunable. `input`
    is what is done to the images, if anything, and `converts_channels` whether that gives them
    another number of channels. `normalise` are the normalisation constants, None
    for those of the dataset's settings; `is_computed` says whether any of them had to be computed.
    `ticket` is the one that comes from a file, if one does.
    """

    fingerprint: str
    train_examples: int
    classes: int
    net: Net
    has_own_parts: bool = False
    description: str | None = None
    input: InputShape | None = None
    converts_channels: bool = False
    normalise: Normalise | None = None
    is_computed: bool = False
    ticket: ExportedTicket | None = None

    @property
    def layers(self) -> tuple[Layer, ...]:
        """See Facts."""
        return self.net.layers

    @property
    def multiply_adds(self) -> int | None:
        """Of one example's forward pass through the whole net; None where it can't be told."""
        found = [layer.dense_multiply_adds for layer in self.net.drawn]
        return None if None in found else sum(count for count in found if count is not None)

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
    def input(self) -> Input:
        """How its images are brought to the shape of others."""

    @property
    def shaped_like(self) -> Dataset:
        """The dataset whose images are those others."""

    @property
    def model(self) -> Model:
        """What is trained."""

    @property
    def head_is_fresh(self) -> bool:
        """Whether the head is drawn anew for each training, and so is not prunable."""

    @property
    def ticket(self) -> Path | None:
        """The file that a ticket comes from, if one does."""


class FactFinder:
    """Answers `make_plan`'s questions; remembers answers, since thousands of points share a few."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._raw: dict[str, RawImages | str] = {}
        self._known: dict[str, Facts | RequestError] = {}
        self._tickets: dict[Path, ExportedTicket] = {}

    def __call__(self, side: Trained) -> Facts:
        """The facts for one side. RequestError if data or ticket are missing or unsuitable."""
        found = self._without_ticket(side)
        return found if side.ticket is None else replace(found, ticket=self._ticket(side.ticket))

    def _ticket(self, path: Path) -> ExportedTicket:
        if path not in self._tickets:
            self._tickets[path] = find_ticket(path)
        return self._tickets[path]

    def _without_ticket(self, side: Trained) -> Facts:
        raw = self._load(side.dataset)
        how = input_shape(side.input, shape_of(raw), self._shape_wanted(side))
        parts = (side.dataset, side.model, *([] if how is None else [side.input, how]))
        name = " ".join(part.model_dump_json() for part in parts)
        found = self._remembered(name, lambda: self._find(side, raw, how))
        if not side.head_is_fresh:
            return found
        return self._remembered(f"{name}, head apart", lambda: _with_head_apart(found, side))

    def _shape_wanted(self, side: Trained) -> Shape:
        try:
            return shape_of(self._load(side.shaped_like))
        except RequestError as error:
            raise RequestError([]) from error  # the side that these images are of tells why

    def _remembered(self, name: str, find: Callable[[], Facts]) -> Facts:
        if name not in self._known:
            try:
                self._known[name] = find()
            except RequestError as error:
                self._known[name] = error
        found = self._known[name]
        if isinstance(found, RequestError):
            raise found
        return found

    def _find(self, side: Trained, raw: RawImages, how: InputShape | None) -> Facts:
        dataset = side.dataset
        images = two_images(raw, dataset.name, side.input, how)
        problems = list(_misfits(dataset, raw, images.shape[1:]))
        classes = raw.classes if problems else classes_of(raw, dataset.split)
        normalise = None if problems else _normalise(dataset, raw, how, problems)
        try:
            made = architecture(side.model, dataset.name, images, classes, normalise)
        except RequestError as error:
            raise RequestError([*problems, *error.problems]) from error
        if problems:
            raise RequestError(problems)
        return Facts(
            fingerprint=raw.fingerprint,
            train_examples=len(places(raw, dataset.split)[1]),
            classes=classes,
            net=made.net,
            has_own_parts=made.has_own_parts,
            description=made.description,
            input=how,
            converts_channels=how is not None and how.shape[0] != shape_of(raw)[0],
            normalise=normalise,
            is_computed=None in _constants(dataset, raw, how),
        )

    def _load(self, dataset: Dataset) -> RawImages:
        loader = dataset.bind()
        name = loader.model_dump_json()
        if name not in self._raw:
            try:
                self._raw[name] = _loaded(loader, self._data_dir)
            except (DatasetMissing, DatasetDamaged, OSError, ContractError) as error:
                self._raw[name] = f"dataset={dataset.name}: {error}"
        raw = self._raw[name]
        if isinstance(raw, str):
            raise RequestError([raw])
        return raw


def _with_head_apart(facts: Facts, side: Trained) -> Facts:
    try:
        return replace(facts, net=facts.net.with_head_apart())
    except ValueError as error:
        sentence = f"transfer.head=fresh does not suit model={side.model.name}: {error}"
        raise RequestError([sentence]) from error


def _loaded(loader: Call, data_dir: Path) -> RawImages:
    """What a loader returns. ContractError unless that is a dataset; what ltsweep offers is one."""
    raw = attempt(
        loader.target,
        "the data directory",
        loader,
        data_dir,
        passing=(DatasetMissing, DatasetDamaged, OSError),
    )
    contract = "ltsweep.data.dataset.RawImages as RawImages.of makes them"
    if not isinstance(raw, RawImages):
        raise broken(loader.target, contract, shown(raw))
    if loader.source is not None:
        try:
            raw.check()
        except ValueError as error:
            raise broken(loader.target, contract, f"others: {error}") from error
    return raw


def _misfits(dataset: Dataset, raw: RawImages, shape: tuple[int, ...]) -> Iterator[str]:
    """Sentences about settings of the dataset that its images, made of this shape, do not bear."""
    channels, size = shape_of(raw)[0], shape[1:]
    if problem := misfit(raw, dataset.split, dataset.name):
        yield problem
    if dataset.crop >= min(size):
        yield (
            f"dataset.crop={dataset.crop} must be less than {min(size)}, the lesser of height and "
            f"width of the images of {dataset.name}, else it would leave nothing of some"
        )
    for name, values in (("mean", dataset.mean), ("std", dataset.std)):
        if values is not None and len(values) not in (channels, shape[0]):
            yield (
                f"dataset.{name}={show(values)} must have as many values as {dataset.name} has "
                f"channels: {channels}"
            )


def _constants(
    dataset: Dataset, raw: RawImages, how: InputShape | None
) -> tuple[tuple[float, ...] | None, ...]:
    """The mean and the standard deviation that are set; None for what has to be computed."""
    channels = (shape_of(raw) if how is None else how.shape)[0]
    return constants_for(dataset.mean, channels), constants_for(dataset.std, channels)


def _normalise(
    dataset: Dataset, raw: RawImages, how: InputShape | None, problems: list[str]
) -> Normalise | None:
    """The constants as set, or as computed on the images that are trained on.

    None, and a sentence among the problems, where these images have no contrast to be normalised.
    """
    mean, std = _constants(dataset, raw, how)
    if mean is None or std is None:
        own = mean_and_std(raw.train_images, places(raw, dataset.split)[1], dataset.white, how)
        mean, std = mean or own[0], std or own[1]
    if 0 not in std:
        return Normalise(mean=mean, std=std, white=dataset.white)
    problems.append(
        f"dataset.std=null cannot be computed: channel {std.index(0)} of the images of "
        f"{dataset.name} that are trained on is the same everywhere; set dataset.std"
    )
    return None
