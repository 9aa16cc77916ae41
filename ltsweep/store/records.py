"""The records of a stage, typed: the lines that tell of its training.

Writers build these types and readers get them; nobody else spells the keys of the files.
"""

import math
from collections.abc import Iterable
from typing import Any, Literal, Self

from pydantic import (
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)

from ltsweep.store.data_read import DataRead, PartName, of_early_version
from ltsweep.store.stored import Stored, in_one_line

Outcome = Literal["trained", "diverged"]
TRAINED: Outcome = "trained"
DIVERGED: Outcome = "diverged"


class ValidationRecord(Stored):
    """One validation during a training; the loss is None where it is not finite."""

    event: Literal["validation"]
    step: int
    accuracy: float
    loss: float | None


class LayerRecord(Stored):
    """Weights of one layer: all, those that the mask keeps, and those that something reaches.

    `rms_over_init_std` is the size of the kept weights at the start over that of a fresh draw; at
    the end it is None where they are not finite, and both are of weights from a file, which does
    not say what they were drawn from. Nobody knows what is live in a net whose numbers do not stay
    positive on their way. `is_output` and `is_first` are None in records of early versions.
    `rescaled_by` is the size of the kept weights after rescaling over that before; None where they
    were not rescaled.
    """

    total: int = Field(gt=0)
    kept: int
    live: int | None
    dead_units: int | None
    rms_over_init_std: float | None
    rms_over_init_std_end: float | None
    is_output: bool | None = None
    is_first: bool | None = None
    rescaled_by: float | None = None


class ScoringRecord(Stored):
    """What the scores of a mask took: images through the net, each pass counted, and seconds."""

    images: int
    seconds: float


class ClosingRecord(Stored):
    """What is measured when a stage ends, and where it was trained.

    A metric needs no field to be written and read: `number` finds it by its name. Those that have
    a default are not measured where the training diverged. `cuda_graphs` tells whether a GPU
    replayed whole steps, and is None on a CPU; `params_left` is None in records of early versions.
    `training_multiply_adds` are those of all its steps, `grown_connections` counts what a mask that
    changes in training has grown, `chance_accuracy` is the share of the most frequent class of the
    test images; all are None in records of early versions. So are `weight_bits`, which a kept
    weight takes to be stored, and `evaluation_images` and `recalibration_images`, which all
    evaluations of a stage put through the net. `norm_statistics_images` counts the training images
    that statistics were taken from for each evaluation; None where none were.
    `scoring` is what the mask's scores took, whichever stage made them first; None without a mask,
    and in records of early versions.
    """

    model_config = ConfigDict(extra="allow")

    event: Literal["end"]
    outcome: Outcome
    level: int
    seed: int
    steps: int
    examples: int

    layers: dict[str, LayerRecord]
    prunable: int = Field(gt=0)
    kept: int = Field(ge=0)
    live_kept: int | None
    params_left: int | None = None
    dead_units: int | None
    multiply_adds: int | None
    multiply_adds_dense: int | None
    training_multiply_adds: int | None = None
    grown_connections: int | None = None
    weight_bits: int | None = None
    evaluation_images: int | None = None
    recalibration_images: int | None = None
    emptied_layers: tuple[str, ...]

    seconds: float
    device: str
    device_name: str
    strategy: str
    cuda_graphs: bool | None = None
    pack_size: int
    precision: str
    threads: int
    data: tuple[DataRead, ...]
    versions: dict[str, str | None]
    commit: str | None
    host: str
    slurm: dict[str, str]
    began: str
    ended: str

    train_accuracy: float | None = None
    train_loss: float | None = None
    val_accuracy: float | None = None
    val_loss: float | None = None
    val_accuracy_before: float | None = None
    test_accuracy: float | None = None
    test_loss: float | None = None
    test_correct: str | None = None
    test_examples: int | None = None
    chance_accuracy: float | None = None
    early_stop_step: int | None = None
    norm_statistics_images: int | None = None
    scoring: ScoringRecord | None = None

    @property
    def scoring_images(self) -> int | None:
        """Images that scores put through the net."""
        return None if self.scoring is None else self.scoring.images

    @field_validator("data", mode="before")
    @classmethod
    def _early_versions_told_fingerprints(cls, value: Any) -> Any:
        return of_early_version(value) if isinstance(value, dict) else value

    @model_validator(mode="after")
    def _counts_fit(self) -> Self:
        if self.kept > self.prunable:
            raise ValueError(f"kept {self.kept} of {self.prunable} weights")
        return self

    @property
    def density(self) -> float:
        """Kept weights over prunable weights."""
        return self.kept / self.prunable

    def images_of(self, part: PartName) -> int | None:
        """How many images of a part accuracies were measured on; None where nobody knows."""
        if part == "test":
            return self.test_examples
        counts = [read.parts.get(part) for read in self.data if read.purpose == "measured on"]
        return next(filter(None, counts), None)

    def number(self, name: str) -> float | None:
        """A number by its name; None where it is absent or not finite."""
        return finite(getattr(self, name, None))


class PrefixRecord(Stored):
    """What closes the beginning of a training: what it read, and what it took.

    All of it is None in records of early versions.
    """

    event: Literal["prefix"]
    data: tuple[DataRead, ...] | None = None
    training_multiply_adds: int | None = None
    seconds: float | None = None


_VALIDATIONS = TypeAdapter(list[ValidationRecord])  # three times as fast as one by one


def validation_curve(lines: Iterable[dict[str, Any]]) -> list[ValidationRecord]:
    """The validations among parsed lines, one per step: a resumed training repeats some.

    ValueError, in one line, where one is damaged.
    """
    try:
        found = _VALIDATIONS.validate_python([r for r in lines if r.get("event") == "validation"])
    except ValidationError as error:
        raise in_one_line(error) from None
    by_step = {record.step: record for record in found}
    return [by_step[step] for step in sorted(by_step)]


def last_closing_record(lines: Iterable[dict[str, Any]]) -> ClosingRecord | None:
    """The last closing record among parsed lines. ValueError, in one line, where it is damaged."""
    ends = [line for line in lines if line.get("event") == "end"]
    return ClosingRecord.read(ends[-1]) if ends else None


def last_prefix_record(lines: Iterable[dict[str, Any]]) -> PrefixRecord | None:
    """The last record of a prefix among parsed lines. ValueError, in one line, where damaged."""
    ends = [line for line in lines if line.get("event") == "prefix"]
    return PrefixRecord.read(ends[-1]) if ends else None


def finite(value: Any) -> float | None:
    """The number itself, or None for anything that is not a finite number."""
    if isinstance(value, bool) or not isinstance(value, (float, int)):
        return None
    return value if math.isfinite(value) else None
