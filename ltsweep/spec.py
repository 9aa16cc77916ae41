"""Stage specifications: frozen, typed, and hashed into the key that names a stage everywhere."""

import hashlib
import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from ltsweep.foundations.components import Call

SCHEMA = 2  # part of every key: raised when the meaning of a specification changes
KEY_DIGITS = 20


class Frozen(BaseModel):
    """Base of all specifications: immutable, no unknown fields, no NaN."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class DataSpec(Frozen):
    """A dataset by content, never by path, and how it is split, normalised and augmented."""

    fingerprint: str
    validation: int
    examples: int | None
    split_seed: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    white: float
    flip: bool
    crop: int


class ScheduleSpec(Frozen):
    """Training length, warm-up and learning rate over time, all in optimizer steps."""

    total: int
    warmup: int
    factor: Call
    validate_every: int


class TrainSpec(Frozen):
    """Everything about a training but its weights, mask and randomness."""

    data: DataSpec
    model: Call
    optimizer: Call
    schedule: ScheduleSpec
    batch_size: int
    precision: Literal["fp32", "bf16"]


class InitSpec(Frozen):
    """A weight distribution and the factor on its standard deviation."""

    distribution: Call
    scale: float


class PruningSpec(Frozen):
    """What is pruned per level: scores, scope, and fractions of what remains."""

    score: Call
    scope: Literal["global", "layerwise"]
    fraction: float
    output_fraction: float | None


class MaskSpec(Frozen):
    """Where a mask comes from: the ladder's last stage, or a kept count alone."""

    rule: Call
    pruning: PruningSpec | None = None
    ladder: str | None = None
    kept: int | None = None


class RewindSpec(Frozen):
    """A state of the source's dense training: that stage's key and the step."""

    dense: str
    step: int


class WeightsSpec(Frozen):
    """Where the weights come from: a draw, a state to rewind to, or both."""

    rule: Call
    init: InitSpec | None = None
    rewind: RewindSpec | None = None


class StageSpec(Frozen):
    """One network trained at one level, from step `start` to `stop` of its schedule.

    `stop` differs from the schedule's total only for the prefix of a dense training that is run
    again to take a snapshot nobody had asked for the first time.
    """

    train: TrainSpec
    seed: int
    level: int
    mask: MaskSpec | None
    weights: WeightsSpec
    start: int
    stop: int

    @property
    def key(self) -> str:
        """Content address: the same inputs and parents give the same key on any machine."""
        return digest(self.model_dump(mode="json"))

    @property
    def parents(self) -> tuple[str, ...]:
        """Keys of the stages whose results this one starts from."""
        keys = []
        if self.mask is not None and self.mask.ladder is not None:
            keys.append(self.mask.ladder)
        if self.weights.rewind is not None:
            keys.append(self.weights.rewind.dense)
        return tuple(dict.fromkeys(keys))

    @property
    def is_prefix(self) -> bool:
        """Whether this stage only runs the beginning of a schedule, for its snapshot."""
        return self.stop < self.train.schedule.total

    def prefix(self, step: int) -> "StageSpec":
        """The stage that runs this dense training again up to `step`."""
        return self.model_copy(update={"stop": step})


def digest(value: Any) -> str:
    """Hash of the canonical JSON of `value` and the schema version; ValueError on NaN."""
    text = json.dumps(
        {"schema": SCHEMA, "value": value}, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    return hashlib.sha256(text.encode()).hexdigest()[:KEY_DIGITS]
