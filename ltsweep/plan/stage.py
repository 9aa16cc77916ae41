"""A planned stage: its specification plus what is needed to run it but does not identify it."""

from functools import cached_property

from ltsweep.foundations.components import Call
from ltsweep.spec import Frozen, StageSpec


class PlannedStage(Frozen):
    """A stage as launches hand it to workers.

    `loader` finds the dataset on this machine; `memory` is what the training takes at most, in
    bytes; `is_ladder` says that a deeper level may start from the final weights; `snapshots` are
    the steps that rewinding stages of this plan ask for.
    """

    spec: StageSpec
    loader: Call
    memory: int
    is_ladder: bool = False
    snapshots: tuple[int, ...] = ()

    @cached_property
    def key(self) -> str:
        """The stage's content address."""
        return self.spec.key

    def prefix(self, step: int) -> "PlannedStage":
        """The stage that runs this dense training again for a snapshot at `step`."""
        return PlannedStage(
            spec=self.spec.prefix(step),
            loader=self.loader,
            memory=self.memory,
            snapshots=(step,),
        )
