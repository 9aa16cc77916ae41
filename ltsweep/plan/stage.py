"""A planned stage: its specification plus what is needed to run it but does not identify it."""

from functools import cached_property

from ltsweep.data_spec import Frozen
from ltsweep.foundations.components import Call
from ltsweep.spec import StageSpec


class Means(Frozen):
    """What the trainings of a role need: one object for all of them.

    `loaders` find the data that they may read on this machine, by fingerprint; `dataset` and
    `model` are what their point calls them; `source` is what it calls the data of the training that
    a ticket or weights are taken from, None where they are of this training; `memory` is what a
    training takes at most, in bytes, and `multiply_adds` what one example's forward pass through
    the whole net takes, None where that can't be told.
    """

    loaders: dict[str, Call]
    dataset: str
    model: str
    source: str | None = None
    memory: int
    multiply_adds: int | None = None


class PlannedStage(Frozen):
    """A stage as launches hand it to workers.

    `is_ladder` says that a deeper level may start from its end. `snapshots` and
    `optimizer_snapshots` are the steps that stages of this plan ask for, and `keeps_end` says that
    one asks for the state at the end.
    """

    spec: StageSpec
    means: Means
    is_ladder: bool = False
    snapshots: tuple[int, ...] = ()
    optimizer_snapshots: tuple[int, ...] = ()
    keeps_end: bool = False

    @cached_property
    def key(self) -> str:
        """The stage's content address."""
        return self.spec.key

    def prefix(self, step: int) -> "PlannedStage":
        """The stage that runs this training again for the snapshots at `step`."""
        return PlannedStage(
            spec=self.spec.prefix(step),
            means=self.means,
            snapshots=(step,),
            optimizer_snapshots=(step,),
        )
