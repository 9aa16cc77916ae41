"""A replicate: one network of a pack, where it stands, and its own order of the training data."""

from dataclasses import dataclass, field
from functools import lru_cache
from math import ceil
from typing import NamedTuple

import torch

from ltsweep.components import Call
from ltsweep.randomness import permutation
from ltsweep.spec import ScheduleSpec, StageSpec

Tensors = dict[str, torch.Tensor]


class DataOrder:
    """The order in which a replicate sees its training examples at one level.

    Every epoch is a permutation of its own, derived from (seed, level, epoch), so that any step can
    be reached without replaying those before it. The last batch of an epoch is short.
    """

    def __init__(self, seed: int, level: int, examples: int, batch_size: int) -> None:
        self._seed, self._level = seed, level
        self._examples, self._batch_size = examples, batch_size
        self.steps_per_epoch = ceil(examples / batch_size)
        self._epoch = lru_cache(maxsize=2)(self._permutation)

    def batch(self, step: int) -> torch.Tensor:
        """Indices of the training examples of this step, int64 of shape (batch,)."""
        epoch, position = divmod(step, self.steps_per_epoch)
        first = position * self._batch_size
        return self._epoch(epoch)[first : first + self._batch_size]

    def examples_before(self, step: int) -> int:
        """How many examples the steps before this one have seen, short batches counted exactly."""
        epochs, position = divmod(step, self.steps_per_epoch)
        return epochs * self._examples + min(position * self._batch_size, self._examples)

    def _permutation(self, epoch: int) -> torch.Tensor:
        return permutation(self._seed, "data order", self._examples, self._level, epoch)


class Validation(NamedTuple):
    """A point of the validation curve; the loss is None where it is not finite."""

    step: int
    accuracy: float
    loss: float | None


@dataclass
class Replicate:
    """One network in training.

    `state` holds parameters and buffers by name at step `step`; `mask` bool tensors of the prunable
    weights (empty: nothing is pruned). `optimizer_state` is None for a fresh start. `validation`
    collects records of step, accuracy and loss.
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
    validation: list[Validation] = field(default_factory=list)

    @classmethod
    def of(
        cls, spec: StageSpec, key: str, state: Tensors, mask: Tensors, examples: int
    ) -> "Replicate":
        """A replicate at the start of a stage's training, pruned weights already zero."""
        masked = {
            name: value * mask[name] if name in mask else value for name, value in state.items()
        }
        order = DataOrder(spec.seed, spec.level, examples, spec.train.batch_size)
        return cls(
            key=key,
            state=masked,
            mask=mask,
            optimizer=spec.train.optimizer,
            schedule=spec.train.schedule,
            order=order,
            step=spec.start,
            stop=spec.stop,
        )
