"""A planned stage: its specification plus what is needed to run it but does not identify it."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from ltsweep.components import Call
from ltsweep.spec import Frozen, RewindSpec, StageSpec
from ltsweep.store import StageDir, Store


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


def snapshot_holder(store: Store, rewind: RewindSpec) -> StageDir | None:
    """The finished stage that holds the dense training's state at a step, if there is one."""
    dense = store.stage(rewind.dense)
    spec = dense.spec()
    keys = [rewind.dense]
    if spec is not None:
        keys.append(StageSpec.model_validate(spec).prefix(rewind.step).key)
    for directory in map(store.stage, keys):
        if directory.is_done() and directory.snapshot(rewind.step).exists():
            return directory
    return None


def snapshot_path(store: Store, rewind: RewindSpec) -> Path:
    """The file with the dense training's state at a step. FileNotFoundError if nobody took it."""
    holder = snapshot_holder(store, rewind)
    if holder is None:
        raise FileNotFoundError(f"no state of step {rewind.step} of stage {rewind.dense}")
    return holder.snapshot(rewind.step)


def missing_prefix(
    store: Store, stage: PlannedStage, stages: Mapping[str, PlannedStage]
) -> PlannedStage | None:
    """The extra stage that `stage` must wait for because the dense training kept no snapshot.

    None while the dense training is still to come: it will keep the snapshots of its plan.
    """
    rewind = stage.spec.weights.rewind
    if rewind is None:
        return None
    if not store.stage(rewind.dense).is_done() or snapshot_holder(store, rewind):
        return None
    return stages[rewind.dense].prefix(rewind.step)
