"""Finds what a plan must know of datasets and architectures, each loaded once."""

from math import prod
from pathlib import Path

import torch

from ltsweep.config import PointConfig
from ltsweep.data.dataset import DatasetDamaged, DatasetMissing, RawImages
from ltsweep.data.split import split
from ltsweep.models.facts import build_meta, prunable_layers
from ltsweep.plan import Facts, RequestError


class FactFinder:
    """Answers `make_plan`'s questions; remembers answers, since thousands of points share a few."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._raw: dict[str, RawImages | str] = {}
        self._known: dict[str, Facts | RequestError] = {}

    def __call__(self, config: PointConfig) -> Facts:
        """The facts for one point. RequestError if the data are missing or unsuitable."""
        name = f"{config.dataset.model_dump_json()} {config.model.model_dump_json()}"
        if name not in self._known:
            try:
                self._known[name] = self._find(config)
            except RequestError as error:
                self._known[name] = error
        found = self._known[name]
        if isinstance(found, RequestError):
            raise found
        return found

    def _find(self, config: PointConfig) -> Facts:
        raw = self._load(config)
        dataset = config.dataset
        shape = raw.train_images.shape[1:]
        if not len(dataset.mean) == len(dataset.std) == shape[0]:
            raise RequestError(
                [
                    f"dataset.mean and dataset.std need {shape[0]} values for {dataset.name}, "
                    f"not {len(dataset.mean)} and {len(dataset.std)}"
                ]
            )
        try:
            parts = split(raw, validation=dataset.validation, split_seed=dataset.split_seed)
        except ValueError as error:
            raise RequestError([f"dataset {dataset.name}: {error}"]) from error
        try:
            module = build_meta(config.model.bind(), shape, raw.classes)
            layers = prunable_layers(module, shape)
        except (ValueError, RuntimeError) as error:
            raise RequestError(
                [f"model {config.model.name} does not suit {dataset.name} {shape}: {error}"]
            ) from error
        return Facts(
            fingerprint=raw.fingerprint,
            train_examples=len(parts.train_labels),
            layers={layer.name: prod(layer.shape) for layer in layers},
        )

    def _load(self, config: PointConfig) -> RawImages:
        loader = config.dataset.bind()
        name = loader.model_dump_json()
        if name not in self._raw:
            try:
                self._raw[name] = loader(self._data_dir)
            except (DatasetMissing, DatasetDamaged) as error:
                self._raw[name] = str(error)
        raw = self._raw[name]
        if isinstance(raw, str):
            raise RequestError([raw])
        return raw


def resolve_device(device: str) -> torch.device:
    """The device that 'auto' stands for here. RequestError when CUDA is asked for and absent."""
    available = torch.cuda.is_available()
    if device == "cuda" and not available:
        raise RequestError(["device=cuda, but torch sees no CUDA device here; use device=cpu"])
    return torch.device("cuda" if available and device != "cpu" else "cpu")
