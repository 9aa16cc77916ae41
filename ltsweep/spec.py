"""Stage specifications: frozen, typed, and hashed into the key that names a stage everywhere.

CONTRIBUTING ("Keys that last") says how a specification may change.
"""

import hashlib
import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Literal, NamedTuple

from ltsweep.data_spec import DataSpec, Frozen
from ltsweep.foundations.components import Call, late
from ltsweep.part_spec import (
    Exported,
    InitSpec,
    Input,
    Part,
    PruningSpec,
    Rescale,
    RuleSpec,
    ScoreData,
    nested,
)

SCHEMA = 3  # part of every key: raised when the meaning of all specifications changes
KEY_DIGITS = 20
_CANONICAL = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), allow_nan=False, check_circular=False
)


class ScheduleSpec(Frozen):
    """Training length, warm-up and learning rate over time, all in optimizer steps."""

    total: int
    warmup: int
    factor: Call
    validate_every: int


class DynamicsSpec(Frozen):
    """A rule by which the mask changes in training, and when.

    It is asked every `every` steps after step `begin` and before step `until`.
    """

    rule: Call
    every: int
    until: int
    begin: int = late(0)

    def steps(self) -> range:
        """The steps at which the rule is asked."""
        return range(self.begin + self.every, self.until, self.every)


class TrainSpec(Frozen):
    """Everything about a training but its weights, mask and randomness.

    `numbers` say how weights and activations are represented in the forward pass, `precision` in
    what format products are taken; evaluations take them in the same, or in fp32. `strategy` is how
    it executes, where that is forced. `prunable` holds patterns of the names of what is prunable in
    `model`. `net` is `any` where the model has more than plain linear layers, convolutions and
    batch norms: such nets were once begun with constants in place of their own values.
    `norm_statistics` are those that norm layers use at every evaluation: the training's running
    ones, or others that are taken anew for it. A `head` that is apart is not prunable. Prunable
    weights that are `frozen` stay as they begin, those of the head apart.
    """

    data: DataSpec
    model: Call
    objective: Call
    optimizer: Call
    schedule: ScheduleSpec
    batch_size: int
    precision: Literal["fp32", "bf16"]
    numbers: Call
    dynamics: DynamicsSpec | None = late(None)
    strategy: Literal["auto", "by_density", "stacked", "sparse", "loop"] = late("auto")
    prunable: Literal["auto"] | tuple[str, ...] = late("auto")
    net: Literal["plain", "any"] = late("plain")
    head: Literal["pruned", "apart"] = late("pruned")
    norm_statistics: Literal["running", "recalibrated"] = late("running")
    evaluation_precision: Literal["same", "fp32"] = late("same")
    frozen: Literal["none", "prunable"] = late("none")

    @cached_property
    def digest(self) -> str:
        """What of a training is in the key of a stage: thousands of stages share a few."""
        return digest(self.model_dump(mode="json"))


class Moved(Frozen):
    """What of a state that was made elsewhere is not taken to another training.

    A `head` is drawn anew from this distribution, as the dense training on these data draws it.
    `norm` says what norms begin with: their own values, with statistics that have seen nothing, or
    neutral ones.
    """

    head: InitSpec | None
    norm: Literal["keep", "reset_stats", "reinit"]


class _Reads(NamedTuple):
    """What a stage reads, in ways that are asked for again and again."""

    inputs: tuple[Input, ...]
    snapshots: tuple[Input, ...]
    parents: tuple[str, ...]
    tickets: tuple[str, ...]


class StageSpec(Frozen):
    """One network trained at one level, from step `start` to `stop` of its schedule.

    `stop` differs from the schedule's total only for a prefix: the beginning of a training, run
    again to take a snapshot that nobody had asked for the first time. Without `optimizer_state` the
    optimizer starts fresh. `moved` says what of the weights' state is replaced, if some is, and
    `rescale` how what the mask keeps of it is rescaled. `dynamics_given` is what the rule by which
    the mask changes is given of the level.
    """

    train: TrainSpec
    seed: int
    level: int
    mask: RuleSpec | None
    weights: RuleSpec
    start: int
    stop: int
    optimizer_state: Input | None = late(None)
    moved: Moved | None = late(None)
    rescale: Rescale | None = late(None)
    dynamics_given: dict[str, Part] = late({})

    @property
    def key(self) -> str:
        """Content address: the same inputs and parents give the same key on any machine."""
        rest = self.model_dump(mode="json", exclude={"train"})
        return digest({**rest, "train": self.train.digest})

    @property
    def inputs(self) -> tuple[Input, ...]:
        """What this stage reads from others; what a next mask is made from is its own affair."""
        return self._reads.inputs

    @property
    def snapshots_read(self) -> tuple[Input, ...]:
        """States at a step that this stage, or a next mask it reads, is made from."""
        return self._reads.snapshots

    @property
    def parents(self) -> tuple[str, ...]:
        """Keys of the stages whose results this one starts from."""
        return self._reads.parents

    @property
    def tickets(self) -> tuple[str, ...]:
        """Digests of the tickets from files that this stage starts from."""
        return self._reads.tickets

    @cached_property
    def _reads(self) -> "_Reads":
        rules = [self.weights] if self.mask is None else [self.mask, self.weights]
        parts = [part for rule in rules for part in rule.given.values()]
        inputs = [part for part in (*parts, self.optimizer_state) if isinstance(part, Input)]
        scored = [part for source in inputs if source.given for part in nested(source.given)]
        all_read = [*inputs, *(part for part in scored if isinstance(part, Input))]
        states = [source.origin if source.what == "next mask" else source for source in all_read]
        snapshots = [source for source in states if source.step is not None]
        parents = dict.fromkeys(source.stage for source in (*inputs, *snapshots))
        tickets = dict.fromkeys(part.ticket for part in parts if isinstance(part, Exported))
        return _Reads(tuple(inputs), tuple(snapshots), tuple(parents), tuple(tickets))

    @property
    def scored(self) -> list[DataSpec]:
        """The data that its rules, and the criteria of next masks that it reads, may score on."""
        rules = [self.weights] if self.mask is None else [self.mask, self.weights]
        parts = [part for rule in rules for part in nested(rule.given)]
        return [part.data for part in parts if isinstance(part, ScoreData)]

    @property
    def is_prefix(self) -> bool:
        """Whether this stage only runs the beginning of a schedule, for its snapshot."""
        return self.stop < self.train.schedule.total

    def prefix(self, step: int) -> "StageSpec":
        """The stage that runs this training again up to `step`."""
        return self.model_copy(update={"stop": step})


class ResetSpec(Frozen):
    """The step that tickets are rewound to, and what schedule and optimizer do from there."""

    step: int
    schedule: Literal["resume", "restart"]
    optimizer: Literal["fresh", "snapshot"] = late("fresh")


class MethodSpec(Frozen):
    """A method by its name and its rules, those of its ladder included where it has one.

    `lr` is the constant rate of that ladder, or of levels that go on from the target's own
    training, if there is one. `step` is that of the state that it starts from, where it has one of
    its own. What is `frozen` is so in its own trainings alone.
    """

    name: str
    mask: Call | None
    weights: Call | None
    ladder: tuple[Call, Call] | None = late(None)
    dynamics: DynamicsSpec | None = late(None)
    step: int | None = late(None)
    lr: float | None = late(None)
    frozen: Literal["none", "prunable"] = late("none")


class CellSpec(Frozen):
    """What identifies a cell: a point without its seed and without its number of levels.

    A `ticket` from a file, by its digest, has been pruned and reset already. `ladder_rescale` is
    the rescaling of the ladder that its masks come from.
    """

    train: TrainSpec
    init: InitSpec
    control_init: InitSpec
    pruning: PruningSpec | None
    reset: ResetSpec | None
    method: MethodSpec
    source: TrainSpec | None = late(None)
    moved: Moved | None = late(None)
    ticket: str | None = late(None)
    rescale: Rescale | None = late(None)
    ladder_rescale: Rescale | None = late(None)


def key_of(written: Mapping[str, Any]) -> str:
    """The key of a stage from its specification as JSON, whatever else is in it."""
    return digest({**written, "train": digest(written["train"])})


def digest(value: Any) -> str:
    """Hash of the canonical JSON of `value` and the schema version; ValueError on NaN."""
    text = _CANONICAL.encode({"schema": SCHEMA, "value": value})
    return hashlib.sha256(text.encode()).hexdigest()[:KEY_DIGITS]
