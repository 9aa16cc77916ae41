"""The data that a stage reads: told from what was loaded for it, part by part and by purpose."""

from collections.abc import Sequence

from ltsweep.data.resident import Part, Resident
from ltsweep.data_spec import DataSpec
from ltsweep.plan.stage import PlannedStage
from ltsweep.store.data_read import DataRead, PartName, Purpose

_NAMES: dict[Part, PartName] = {"train": "training", "val": "validation", "test": "test"}


def read_by_training(
    planned: PlannedStage, data: Resident, measured: Sequence[Part]
) -> list[DataRead]:
    """What a stage's own training read, with the parts that its net was measured on."""
    train = planned.spec.train
    read: dict[Purpose, Sequence[Part]] = {"trained on": ("train",), "measured on": measured}
    if measured and train.norm_statistics == "recalibrated":
        read["recalibrated on"] = ("train",)
    name = planned.means.dataset
    return [
        _read(purpose, parts, data, train.data, name) for purpose, parts in read.items() if parts
    ]


def scored_on(data: Resident, spec: DataSpec, name: str | None) -> DataRead:
    """That weights were scored on training images."""
    return _read("scored on", ("train",), data, spec, name)


def _read(
    purpose: Purpose, parts: Sequence[Part], data: Resident, spec: DataSpec, name: str | None
) -> DataRead:
    return DataRead(
        purpose=purpose,
        parts={_NAMES[part]: data.size(part) for part in parts},
        fingerprint=data.fingerprint,
        name=name,
        split=spec.split.model_dump(mode="json"),
    )
