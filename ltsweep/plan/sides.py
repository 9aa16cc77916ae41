"""The two sides of a point: the source makes the ticket, the target is what it is trained on."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

from ltsweep.config.components import Dataset, Input, Model, Optimizer, Schedule
from ltsweep.config.followers import FOLLOWERS
from ltsweep.config.settings import PointConfig
from ltsweep.plan.facts import Facts


@dataclass(frozen=True, eq=False)
class Side:
    """What one side of a point trains on, as its configuration says.

    The configuration may lack parts that were wrong in themselves.
    """

    config: PointConfig
    role: Literal["source", "target"]

    @property
    def dataset(self) -> Dataset:
        """What is trained on."""
        dataset: Dataset = self.setting("dataset")
        return dataset

    @property
    def input(self) -> Input:
        """How images are brought to one shape, on both sides alike."""
        return self.config.input

    @property
    def shaped_like(self) -> Dataset:
        """The dataset whose images have the size and the channels that are wanted."""
        if self.input.changes_nothing:
            return self.dataset
        return Side(self.config, "target" if self.input.size == "target" else "source").dataset

    @property
    def model(self) -> Model:
        """The architecture, which both sides share."""
        return self.config.model

    @property
    def optimizer(self) -> Optimizer:
        """The optimizer."""
        optimizer: Optimizer = self.setting("optimizer")
        return optimizer

    @property
    def schedule(self) -> Schedule:
        """The length of a training and its learning rate over time."""
        schedule: Schedule = self.setting("schedule")
        return schedule

    @property
    def batch_size(self) -> int:
        """Examples of a step."""
        size: int = self.setting("batch_size")
        return size

    @property
    def head_is_fresh(self) -> bool:
        """Whether the head is drawn anew for each training, on both sides alike."""
        return head_is_fresh(self.config)

    @property
    def ticket(self) -> Path | None:
        """The file that the ticket comes from, if it is not made by the source."""
        return getattr(self.config, "ticket", None)

    def setting(self, name: str) -> Any:
        """A section or a value of the configuration: the target's own where it has one."""
        return getattr(self.config, self.called(name))

    def called(self, name: str) -> str:
        """What a setting of the source's is called where this side has one of its own."""
        own = _TARGETS.get(name, name)
        has_own = self.role == "target" and getattr(self.config, own, None) is not None
        return own if has_own else name


def head_is_fresh(config: PointConfig) -> bool:
    """What `transfer.head` comes to: a head is of its data, so others get another."""
    transfer = getattr(config, "transfer", None)
    if transfer is None or transfer.head == "auto":
        elsewhere = (getattr(config, name, None) for name in ("target", "ticket"))
        return any(made is not None for made in elsewhere)
    return bool(transfer.head == "fresh")


_TARGETS = {followed: name for name, followed in FOLLOWERS.items()} | {
    "batch_size": "target_batch_size"
}

FactSource = Callable[[Side], Facts]


class Sides(NamedTuple):
    """Both sides; one object where the target is the source, or where there is no source."""

    source: Side
    target: Side


def sides(config: PointConfig) -> Sides:
    """The sides of a configuration; those of a ticket from a file have but a target."""
    if getattr(config, "ticket", None) is not None:
        target = Side(config, "target")
        return Sides(target, target)
    source = Side(config, "source")
    named = any(getattr(config, name, None) is not None for name in _TARGETS.values())
    return Sides(source, Side(config, "target") if named or head_is_fresh(config) else source)
