"""Where stages run: the store, the device, and the datasets and architectures already loaded."""

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import torch

from ltsweep.data.dataset import RawImages
from ltsweep.data.resident import Resident
from ltsweep.data.split import split
from ltsweep.foundations.components import Call
from ltsweep.models.net import Net
from ltsweep.spec import DataSpec, TrainSpec
from ltsweep.store.store import Store
from ltsweep.train.graphs import Recorder


class DataChanged(Exception):
    """The files no longer hold the data that the sweep was planned with."""


@dataclass
class Workplace:
    """One process's means: each dataset and architecture is loaded once."""

    store: Store
    data_dir: Path
    device: torch.device
    keep_all: bool
    checkpoint_seconds: float
    kept_ends: frozenset[str] = frozenset()  # stages whose end others than their ladder ask for
    recorder: Recorder = field(default_factory=Recorder)
    _raw: dict[str, RawImages] = field(default_factory=dict)
    _data: dict[DataSpec, Resident] = field(default_factory=dict)
    _nets: dict[str, Net] = field(default_factory=dict)

    def data(self, spec: DataSpec, loader: Call) -> Resident:
        """The dataset on the device. DataChanged if its content is not what was planned."""
        if spec not in self._data:
            name = loader.model_dump_json()
            if name not in self._raw:
                self._raw[name] = loader(self.data_dir)
            raw = self._raw[name]
            if raw.fingerprint != spec.fingerprint:
                raise DataChanged(
                    f"the data under {self.data_dir} changed since the sweep was planned: "
                    f"fingerprint {raw.fingerprint[:12]} instead of {spec.fingerprint[:12]}"
                )
            parts = split(raw, spec.split)
            self._data[spec] = Resident(parts, self.device, spec.normalise, spec.augment)
        return self._data[spec]

    def net(self, train: TrainSpec, data: Resident) -> Net:
        """The architecture for this dataset's images and classes."""
        name = f"{train.model.model_dump_json()} {train.prunable} {data.input_shape} {data.classes}"
        if name not in self._nets:
            build = partial(train.model, data.input_shape, data.classes)
            is_own = train.model.source is not None
            self._nets[name] = Net.of(build, data.input_shape, train.prunable, is_own=is_own)
        return self._nets[name]
