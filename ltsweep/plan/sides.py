"""The two sides of a point: the source makes the ticket, the target is what it is trained on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from ltsweep.config.settings import Dataset, Model, Optimizer, PointConfig, Schedule
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
        return self.config.dataset

    @property
    def model(self) -> Model:
        """The architecture, which both sides share."""
        return self.config.model

    @property
    def optimizer(self) -> Optimizer:
        """The optimizer."""
        return self.config.optimizer

    @property
    def schedule(self) -> Schedule:
        """The length of a training and its learning rate over time."""
        return self.config.schedule

    @property
    def batch_size(self) -> int:
        """Examples of a step."""
        return self.config.batch_size


FactSource = Callable[[Side], Facts]


class Sides(NamedTuple):
    """Both sides; one object where the target is the source."""

    source: Side
    target: Side


def sides(config: PointConfig) -> Sides:
    """The sides of a configuration."""
    source = Side(config, "source")
    return Sides(source, source)
