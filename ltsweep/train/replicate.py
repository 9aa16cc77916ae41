"""A replicate: one network of a pack, where it stands, and its own order of the training data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import NamedTuple

import torch

from ltsweep.data.augment import Batch, stack
from ltsweep.foundations.components import Call
from ltsweep.foundations.randomness import generator, permutation
from ltsweep.part_spec import Part
from ltsweep.spec import DynamicsSpec, ScheduleSpec, StageSpec

Tensors = dict[str, torch.Tensor]


class DataOrder:
    """The order in which a replicate sees its training examples at one level, and how augmented.

    Every epoch is a permutation of its own, derived from (seed, level, epoch), so that any step can
    be reached without replaying those before it; so are the flips and crops of its examples, by
    their place in the epoch. The last batch of an epoch is short.
    """

    def __init__(
        self,
        seed: int,
        level: int,
        examples: int,
        batch_size: int,
        flip: bool = False,
        crop: int = 0,
    ) -> None:
        self.seed, self.level = seed, level
        self._examples, self.batch_size = examples, batch_size
        self._flip, self._crop = flip, crop
        self.steps_per_epoch = ceil(examples / batch_size)

    def places(self, step: int) -> tuple[int, slice]:
        """The epoch of a step, and where in the epoch's order the examples of the step are."""
        epoch, position = divmod(step, self.steps_per_epoch)
        first = position * self.batch_size
        return epoch, slice(first, first + self.batch_size)

    def epoch(self, epoch: int) -> Batch:
        """All training examples in the order of an epoch, with flips and shifts: no K dimension."""

        def below(bound: int, purpose: str, *shape: int) -> torch.Tensor:
            random = generator(self.seed, purpose, self.level, epoch)
            return torch.randint(bound, (self._examples, *shape), generator=random)

        return Batch(
            permutation(self.seed, "data order", self._examples, self.level, epoch),
            below(2, "flip").bool() if self._flip else None,
            below(2 * self._crop + 1, "crop", 2) if self._crop else None,
        )

    def examples_before(self, step: int) -> int:
        """How many examples the steps before this one have seen, short batches counted exactly."""
        epochs, position = divmod(step, self.steps_per_epoch)
        return epochs * self._examples + min(position * self.batch_size, self._examples)


class MaskChange(NamedTuple):
    """A change of a mask before a step: what it keeps from then on, and how many it has grown."""

    step: int
    kept: dict[str, int]
    grown: int


class Validation(NamedTuple):
    """A point of the validation curve; the loss is None where it is not finite."""

    step: int
    accuracy: float
    loss: float | None


@dataclass
class Replicate:
    """One network in training.

    `state` holds parameters and buffers by name at step `step`; `mask` bool tensors of the prunable
    weights (empty: nothing is pruned), which `dynamics` may change; its rule is given `given`.
    `optimizer_state` is None for a fresh start. `validation` collects records of step, accuracy and
    loss, `changes` those of the mask. Parameters that are `frozen`, by name, stay bit for bit as
    they are; no optimizer has them.
    """

    key: str
    state: Tensors
    mask: Tensors
    optimizer: Call
    schedule: ScheduleSpec
    order: DataOrder
    step: int
    stop: int
    optimizer_state: Tensors | None = None
    snapshots: tuple[int, ...] = ()
    dynamics: DynamicsSpec | None = None
    given: Mapping[str, Part] = field(default_factory=dict)
    frozen: frozenset[str] = frozenset()
    validation: list[Validation] = field(default_factory=list)
    changes: list[MaskChange] = field(default_factory=list)

    @classmethod
    def of(
        cls, spec: StageSpec, key: str, state: Tensors, mask: Tensors, examples: int
    ) -> "Replicate":
        """A replicate at the start of a stage's training, pruned weights already zero."""
        masked = {
            name: value * mask[name] if name in mask else value for name, value in state.items()
        }
        data, batch_size = spec.train.data, spec.train.batch_size
        augment = data.augment
        order = DataOrder(spec.seed, spec.level, examples, batch_size, augment.flip, augment.crop)
        return cls(
            key=key,
            state=masked,
            mask=mask,
            optimizer=spec.train.optimizer,
            schedule=spec.train.schedule,
            order=order,
            step=spec.start,
            stop=spec.stop,
            dynamics=spec.train.dynamics,
            given=spec.dynamics_given,
        )


class Batches:
    """What the replicates of a pack, all of one dataset, see at each step, on the CPU.

    It is drawn an epoch at a time, because drawing it step by step takes as long as a small net.
    """

    def __init__(self, pack: Sequence[Replicate]) -> None:
        self._orders = [replicate.order for replicate in pack]
        self._drawn = (-1, 0)  # the epoch and for how many replicates
        self._epoch = Batch(torch.empty(0))

    def at(self, step: int, active: int) -> Batch:
        """The batch of one step of the first `active` replicates."""
        epoch, places = self._orders[0].places(step)
        if self._drawn != (epoch, active):
            orders = self._orders[:active]
            self._drawn, self._epoch = (epoch, active), stack([o.epoch(epoch) for o in orders])
        return self._epoch[:, places]
