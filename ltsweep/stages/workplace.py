"""Where stages run: the store, the device, and the datasets and architectures already loaded."""

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import torch

from ltsweep.data.dataset import RawImages
from ltsweep.data.reshape import reshaped_parts
from ltsweep.data.resident import Resident
from ltsweep.data.split import split
from ltsweep.data_spec import DataSpec
from ltsweep.foundations.components import Call
from ltsweep.models.net import Net
from ltsweep.spec import TrainSpec
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
    _data: dict[str, Resident] = field(default_factory=dict)
    _nets: dict[str, Net] = field(default_factory=dict)

    def data(self, spec: DataSpec, loader: Call) -> Resident:
        """The dataset on the device. DataChanged if its content is not what was planned."""
        what = spec.model_dump_json()
        if what not in self._data:
            raw = self._read(loader, keep=spec.input is None)
            if raw.fingerprint != spec.fingerprint:
                raise DataChanged(
                    f"the data under {self.data_dir} changed since the sweep was planned: "
                    f"fingerprint {raw.fingerprint[:12]} instead of {spec.fingerprint[:12]}"
                )
            parts = reshaped_parts(split(raw, spec.split), spec.input)
            self._data[what] = Resident(parts, self.device, spec.normalise, spec.augment)
        return self._data[what]

    def _read(self, loader: Call, *, keep: bool) -> RawImages:
        """A dataset as published, kept for its other splits where they are used in its shape."""
        name = loader.model_dump_json()
        raw: RawImages = self._raw.get(name) or loader(self.data_dir)
        if keep:
            self._raw[name] = raw
        return raw

    def net(self, train: TrainSpec, data: Resident) -> Net:
        """The architecture for this dataset's images and classes."""
        call, apart = train.model, train.head == "apart"
        what = (call.model_dump_json(), train.prunable, apart, data.input_shape, data.classes)
        name = " ".join(map(str, what))
        if name not in self._nets:
            build = partial(call, data.input_shape, data.classes)
            is_own = call.source is not None
            net = Net.of(build, data.input_shape, train.prunable, is_own=is_own)
            self._nets[name] = net.with_head_apart() if apart else net
        return self._nets[name]
