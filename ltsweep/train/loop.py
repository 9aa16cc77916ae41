"""The training loop of a pack: who steps when, validation, snapshots, checkpoints."""

from collections.abc import Sequence
from typing import Protocol

import torch

from ltsweep.train.dynamics import change_masks
from ltsweep.train.replicate import Batches, Replicate, Tensors
from ltsweep.train.schedules import Factors
from ltsweep.train.strategy import Strategy


class Interrupted(Exception):
    """The training was asked to stop; everything needed to go on has been saved."""


class Events(Protocol):
    """The events of a training. The caller decides what happens at each of them."""

    def validated(self, replicate: Replicate, accuracy: float, loss: float) -> None:
        """Called after each validation, at step `replicate.step` of the schedule."""

    def snapshot(
        self, replicate: Replicate, step: int, state: Tensors, optimizer_state: Tensors
    ) -> None:
        """Called after `step` steps, if the replicate asked for a snapshot of that step."""

    def checkpoint(self, replicate: Replicate, state: Tensors, optimizer_state: Tensors) -> None:
        """Called for each replicate that has taken this step, if it is time to save or stop."""

    def stepped(self, replicate: Replicate) -> None:
        """Called after each step, with the first of the replicates that have taken it."""

    def wants_checkpoint(self) -> bool:
        """Whether it is time to save; asked after each step."""

    def wants_stop(self) -> bool:
        """Whether to save and leave; asked after each step."""


def train(
    pack: Sequence[Replicate], strategy: Strategy, validation: torch.Tensor, events: Events
) -> None:
    """Trains all replicates of a pack to their `stop`, each from the step where it stands.

    The pack must be sorted by step, with one common `stop` and one data layout. A replicate may
    stand further ahead than others: a ticket that resumes at its reset step, or a restored
    checkpoint. It joins when the others have come to its step, so that all see batches of equal
    size. `validation` holds the indices of the validation examples; without any, nothing is
    validated. Raises Interrupted, after saving, if the training was asked to stop.
    """
    begin = [replicate.step for replicate in pack]
    assert begin == sorted(begin)
    stop = pack[0].stop
    batches, factors = Batches(pack), Factors([replicate.schedule for replicate in pack])
    for step in range(begin[0], stop):
        active = [replicate for replicate in pack if replicate.step == step]
        _take_snapshots(active, step, strategy, events)
        batch = batches.at(step, len(active))
        if not change_masks(active, strategy, batch, step):
            strategy.step(batch, factors.at(step, len(active)))
        for replicate in active:
            replicate.step = step + 1
        events.stepped(active[0])
        if (step + 1) % pack[0].schedule.validate_every == 0 or step + 1 == stop:
            _validate(active, strategy, validation, events)
        stopping = events.wants_stop() and step + 1 < stop
        if stopping or events.wants_checkpoint():
            for k, replicate in enumerate(active):
                events.checkpoint(replicate, strategy.state(k), strategy.optimizer_state(k))
        if stopping:
            raise Interrupted
    _take_snapshots(pack, stop, strategy, events)


def _take_snapshots(
    active: Sequence[Replicate], step: int, strategy: Strategy, events: Events
) -> None:
    for k, replicate in enumerate(active):
        if step in replicate.snapshots:
            events.snapshot(replicate, step, strategy.state(k), strategy.optimizer_state(k))


def _validate(
    active: Sequence[Replicate], strategy: Strategy, validation: torch.Tensor, events: Events
) -> None:
    if not len(validation):
        return
    correct, losses = strategy.evaluate("val", validation, range(len(active)))
    accuracies = correct.double().mean(1)
    for replicate, accuracy, loss in zip(active, accuracies, losses, strict=True):
        events.validated(replicate, accuracy.item(), loss.item())
