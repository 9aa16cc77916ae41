"""The records of a store, typed: a point's file, and the lines that tell of a stage's training.

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
from ltsweep.store.declared import Declared
from ltsweep.store.labels import sides_of
from ltsweep.store.stored import Inside, Key, Stored, in_one_line
from ltsweep.store.ticket_record import TicketRecord

Outcome = Literal["trained", "diverged"]
TRAINED: Outcome = "trained"
DIVERGED: Outcome = "diverged"


class SettingColumns(Stored):
    """A point's settings in few words, in the order of the CSV: for people, never parsed."""

    source: str
    source_optimizer: str
    target: str
    target_optimizer: str
    model: str
    pruning: str
    init: str
    init_scale: float
    reset: str
    norm_statistics: str = "running"  # which were the only ones
    rescale: str = "none"  # likewise


SETTING_COLUMNS = tuple(SettingColumns.model_fields)
SOURCE_ALONE = ("pruning", "reset")  # sections that no point has whose ticket is there already
_OF_TARGETS = {
    "dataset": "target",
    "optimizer": "target_optimizer",
    "schedule": "target_schedule",
    "batch_size": "target_batch_size",
}


class Spelling(Stored):
    """What an experiment said of a point that another one says otherwise, to the same effect."""

    config: dict[str, Any]
    columns: SettingColumns
    overlap: str | None = None
    yardsticks: str | None = None


class PointRecord(Stored):
    """What points/<id>.json holds: a resolved configuration and the stages it is made of.

    Attributes:
        id: of the curve; `cell` is the same without the seed.
        levels: number of the deepest level.
        experiment: that the point was last submitted by; None for a selection without a name.
        config: the composed configuration, but for `report`.
        reset_step: optimizer step that tickets are rewound to; None in files of early versions.
        stages: their keys, by level.
        dense: key of the dense training from a fresh draw, where level 0 is another training.
        overlap: names the count of images that source and target share, where a target is named.
        yardsticks: names the linear classifiers of the target's data, where they are declared.
        ticket: where its ticket comes from, if that is a file.
        spellings: by experiment, what others that share the point said of it: `schedule.length=1ep`
            and `10it` are one training. Selections without a name are "".

    """

    id: Inside
    cell: str
    seed: int
    method: str
    levels: int
    experiment: Inside | None
    config: dict[str, Any]
    columns: SettingColumns
    report: Declared
    reset_step: int | None = None
    stages: tuple[Key, ...]
    dense: Key | None = None
    overlap: Inside | None = None
    yardsticks: Inside | None = None
    ticket: TicketRecord | None = None
    spellings: dict[str, Spelling] = {}

    @property
    def spelling(self) -> Spelling:
        """What is said of it by the experiment that it was last submitted by."""
        return Spelling(**{name: getattr(self, name) for name in Spelling.model_fields})

    def said_by(self, experiment: str | None) -> Self:
        """The point as this experiment says it, if it said it otherwise; None: no experiment."""
        said = self.spellings.get(experiment or "")
        if said is None or experiment == self.experiment:
            return self
        return self.model_copy(update={name: getattr(said, name) for name in Spelling.model_fields})

    def joined_by(self, other: Self) -> Self:
        """The same, when it is said by another experiment, which does not submit it."""
        return self._deepest(other)._keeping(other)

    def in_place_of(self, known: Self) -> Self:
        """The same, when it is submitted and `known` is what the store has."""
        kept = self.model_copy(update={"spellings": known.spellings})
        return kept._deepest(known)._keeping(known)

    def _deepest(self, other: Self) -> Self:
        """With the levels of the one that has more."""
        if len(other.stages) <= len(self.stages):
            return self
        return self.model_copy(update={"stages": other.stages, "levels": other.levels})

    def _keeping(self, other: Self) -> Self:
        """With what another one says, where that is told otherwise; an experiment has one say."""
        said = {n: one for n, one in self.spellings.items() if n != (self.experiment or "")}
        if other.experiment != self.experiment and other.spelling != self.spelling:
            said[other.experiment or ""] = other.spelling
        return self.model_copy(update={"spellings": said}) if said or self.spellings else self

    @property
    def is_transferred(self) -> bool:
        """Whether the ticket is trained on a target that has something for itself."""
        named = any(self.config.get(name) is not None for name in _OF_TARGETS.values())
        return named or self.ticket is not None

    @property
    def pruning(self) -> dict[str, Any]:
        """What its tickets are pruned with, as configured."""
        found: dict[str, Any] = self.ticket.pruning if self.ticket else self.config["pruning"]
        return found

    @property
    def sides(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """What the source and the target may have differently: data, optimizer, and so on."""
        source = {name: self.config.get(name) for name in _OF_TARGETS}
        own = {name: self.config.get(target) for name, target in _OF_TARGETS.items()}
        target = {n: source[n] if value is None else value for n, value in own.items()}
        return {**source, "dataset": sides_of(self.config)[0]}, target

    @model_validator(mode="after")
    def _config_has_later_settings(self) -> Self:
        """Files of early versions lack what there was no choice of."""
        self.config.setdefault("norm_statistics", self.columns.norm_statistics)
        for init in (self.config.get("init"), self.config.get("control_init")):
            if init is not None:
                init.setdefault("rescale", "none")
                init.setdefault("rescale_where", "final")
        return self


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
