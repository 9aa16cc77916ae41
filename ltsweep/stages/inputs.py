"""What stages start from: where it lies, and what is missing of it."""

from collections.abc import Mapping
from pathlib import Path

from ltsweep.plan.stage import PlannedStage
from ltsweep.spec import RewindSpec, StageSpec
from ltsweep.store.store import StageDir, Store


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
