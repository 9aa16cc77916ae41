"""What is left to do: stages not done, done ones whose files are damaged, snapshots never taken."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ltsweep.foundations.files import DamagedFile
from ltsweep.foundations.tensor_files import load_tensors
from ltsweep.plan.points import Plan
from ltsweep.plan.stage import PlannedStage
from ltsweep.spec import MaskSpec, RewindSpec, digest
from ltsweep.stages.inputs import missing_prefix, snapshot_holder
from ltsweep.store.store import StageDir, Store


@dataclass
class Pending:
    """Stages to train, in the order of the plan; `reopen` are done ones to be trained again."""

    stages: dict[str, PlannedStage] = field(default_factory=dict)
    reopen: dict[str, str] = field(default_factory=dict)

    def reopen_damaged(self, store: Store) -> None:
        """Takes DONE away from the damaged ones; their tickets and records stay until replaced."""
        for key, reason in self.reopen.items():
            store.stage(key).reopen(reason)


def find_pending(plan: Plan, store: Store) -> Pending:
    """Compares a plan with a store; changes nothing."""
    pending = Pending()
    done = set()
    present = store.keys()
    for key, stage in plan.stages.items():
        directory = store.stage(key) if key in present else None
        if directory is None or not directory.is_done():
            pending.stages[key] = stage
            continue
        done.add(key)
        if reason := directory.damage(contents=False):
            _again(pending, plan.stages, key, reason)
    parents = _Parents(plan.stages, store, done)
    waiting = list(pending.stages.values())
    while waiting:
        for again, reason in parents.unusable(waiting.pop()):
            if again.key not in pending.stages:
                if again.key in plan.stages:
                    _again(pending, plan.stages, again.key, reason)
                pending.stages[again.key] = again
                waiting.append(again)
    order = {key: number for number, key in enumerate(plan.stages)}
    by_level = sorted(pending.stages.values(), key=lambda s: (s.spec.level, order.get(s.key, -1)))
    pending.stages = {stage.key: stage for stage in by_level}
    return pending


def _again(pending: Pending, stages: Mapping[str, PlannedStage], key: str, reason: str) -> None:
    pending.stages[key] = stages[key]
    pending.reopen[key] = reason


class _Parents:
    """What stages start from, as far as it is done; each dense training is looked at once."""

    def __init__(
        self, stages: Mapping[str, PlannedStage], store: Store, done: Collection[str]
    ) -> None:
        self._stages, self._store, self._done = stages, store, done
        self._states: dict[RewindSpec, list[tuple[PlannedStage, str]]] = {}

    def unusable(self, stage: PlannedStage) -> list[tuple[PlannedStage, str]]:
        """Done stages that this one cannot start from, the prefix it may need, and the reasons."""
        found = []
        rewind = stage.spec.weights.rewind
        if rewind is not None and rewind.dense in self._done:
            if rewind not in self._states:
                self._states[rewind] = list(self._no_state(stage, rewind))
            found += self._states[rewind]
        mask = stage.spec.mask
        if mask is not None and mask.ladder is not None and mask.ladder in self._done:
            ladder = self._store.stage(mask.ladder)
            if reason := _ladder_damage(self._store.stage(stage.key), ladder, mask):
                found.append((self._stages[mask.ladder], reason))
        return found

    def _no_state(
        self, stage: PlannedStage, rewind: RewindSpec
    ) -> Iterator[tuple[PlannedStage, str]]:
        """Why there is no state to rewind to, with the stage that will bring it."""
        prefix = missing_prefix(self._store, stage, self._stages)
        if prefix is not None:
            yield prefix, "a snapshot nobody had asked for"
        else:
            holder = snapshot_holder(self._store, rewind)
            if holder is not None and (reason := holder.damage(contents=True)):
                yield self._stages[rewind.dense], reason


def _ladder_damage(own: StageDir, ladder: StageDir, mask: MaskSpec) -> str | None:
    """Why the ladder's last stage cannot give this stage its mask; None if it can, or need not."""
    assert mask.pruning is not None
    made = ladder.next_mask(digest(mask.pruning.model_dump(mode="json")))
    if _is_intact(own.ticket) or _is_intact(made):
        return None
    done = ladder.done() or {}
    if done.get("outcome") == "diverged":
        return None  # there is no next mask, and there never will be
    if reason := ladder.damage(contents=True):
        return reason
    if not ladder.final.exists() and not _is_intact(made):
        return f"{ladder.final} is gone"
    return None


def _is_intact(path: Path) -> bool:
    try:
        load_tensors(path)
    except (FileNotFoundError, DamagedFile):
        return False
    return True
