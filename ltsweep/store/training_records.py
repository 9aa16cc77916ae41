"""What views read of a stage's records: its validations as columns, and its closing record.

A report holds those of thousands of stages at once, so what takes most memory is shared.
"""

import math
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple, Self

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from ltsweep.foundations.files import read_bytes
from ltsweep.store.records import (
    ClosingRecord,
    PrefixRecord,
    ValidationRecord,
    last_closing_record,
    validation_curve,
)
from ltsweep.store.stage_dir import StageDir

_LINES = TypeAdapter(
    list[Annotated[ValidationRecord | ClosingRecord | PrefixRecord, Field(discriminator="event")]]
)
_RECORDED_ALIKE = {"data", "versions", "slurm", "scoring"}  # by many stages


class Validation(NamedTuple):
    """One validation during a training; the loss is None where it is not finite."""

    step: int
    accuracy: float
    loss: float | None


@dataclass(frozen=True, slots=True)
class Validations:
    """The validations of a training by step, in columns; a loss that is not finite is nan."""

    steps: "array[int]"
    accuracies: "array[float]"
    losses: "array[float]"

    @classmethod
    def of(cls, records: Iterable[ValidationRecord]) -> Self:
        """Of records that are sorted by step. ValueError where a step is no step of a training."""
        records = list(records)
        losses = (math.nan if record.loss is None else record.loss for record in records)
        try:
            steps = array("q", [record.step for record in records])
        except OverflowError as error:
            raise ValueError(f"step: {error}") from None
        return cls(steps, array("d", [record.accuracy for record in records]), array("d", losses))

    def __len__(self) -> int:
        return len(self.steps)

    def __iter__(self) -> Iterator[Validation]:
        for step, accuracy, loss in zip(self.steps, self.accuracies, self.losses, strict=True):
            yield Validation(step, accuracy, loss if math.isfinite(loss) else None)

    def first_of_two(self, goal: float) -> int | None:
        """The step of the first of two validations in a row that reach this accuracy."""
        before: int | None = None
        for step, accuracy in zip(self.steps, self.accuracies, strict=True):
            if accuracy < goal:
                before = None
            elif before is not None:
                return before
            else:
                before = step
        return None


class TrainingReader:
    """Reads what stages have recorded; what many have recorded alike is in memory once."""

    def __init__(self) -> None:
        self._alike: dict[str, dict[str, Any]] = {}
        self._given: dict[frozenset[str], set[str]] = {}

    def read(self, stage: StageDir) -> tuple[Validations, ClosingRecord]:
        """The validations of a training that came to its end, and its closing record.

        ValueError, in one line, where they are damaged or not all there, DamagedFile where nobody
        can read them.
        """
        validations, end = _at_once(stage) or _line_by_line(stage)
        if end is None:
            raise ValueError("no closing record")
        return Validations.of(validations), self._shared(end)

    def _shared(self, end: ClosingRecord) -> ClosingRecord:
        name = end.model_dump_json(include=_RECORDED_ALIKE)
        values = {field: getattr(end, field) for field in _RECORDED_ALIKE}
        shared = end.model_copy(update=self._alike.setdefault(name, values))
        for record in (shared, *shared.layers.values()):
            self._share_what_was_given(record)
        return shared

    def _share_what_was_given(self, record: BaseModel) -> None:
        """Pydantic notes with each record which fields it was given: more bytes than its values."""
        given = record.model_fields_set
        known = self._given.setdefault(frozenset(given), given)
        object.__setattr__(record, "__pydantic_fields_set__", known)


def _at_once(stage: StageDir) -> tuple[list[ValidationRecord], ClosingRecord | None] | None:
    """Both, in a third of the time, where every line is a whole record of a known kind."""
    content = read_bytes(stage.records_path) or b""
    lines = content.removesuffix(b"\n").split(b"\n")
    try:
        records = _LINES.validate_json(b"[%s]" % b",".join(lines))
    except ValidationError:
        return None
    if len(records) != len(lines):
        return None
    validations = {record.step: record for record in records if record.event == "validation"}
    ends = [record for record in records if record.event == "end"]
    return [validations[step] for step in sorted(validations)], ends[-1] if ends else None


def _line_by_line(stage: StageDir) -> tuple[list[ValidationRecord], ClosingRecord | None]:
    lines = stage.records()
    return validation_curve(lines), last_closing_record(lines)
