"""What is left to do: stages not done, done ones whose files are damaged, snapshots never taken."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ltsweep.files import DamagedFile
from ltsweep.plan import Plan
from ltsweep.planned import PlannedStage, missing_prefix, snapshot_holder
from ltsweep.spec import MaskSpec, digest
from ltsweep.store import StageDir, Store
from ltsweep.tickets import load_tensors


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
    for key in plan.stages:
        directory = store.stage(key)
        if not directory.is_done():
            pending.stages[key] = plan.stages[key]
        elif reason := directory.damage(contents=False):
            _again(pending, plan.stages, key, reason)
    waiting = list(pending.stages.values())
    while waiting:
        stage = waiting.pop()
        for again, reason in _unusable_parents(stage, plan.stages, store):
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


def _unusable_parents(
    stage: PlannedStage, stages: Mapping[str, PlannedStage], store: Store
) -> list[tuple[PlannedStage, str]]:
    """Done stages that `stage` cannot start from, and the prefix it may need, with the reasons."""
    found = []
    prefix = missing_prefix(store, stage, dict(stages))
    if prefix is not None:
        found.append((prefix, "a snapshot nobody had asked for"))
    rewind = stage.spec.weights.rewind
    if rewind is not None and prefix is None:
        holder = snapshot_holder(store, rewind)
        if holder is not None and (reason := holder.damage(contents=True)):
            found.append((stages[rewind.dense], reason))
    mask = stage.spec.mask
    if mask is not None and mask.ladder is not None and store.stage(mask.ladder).is_done():
        reason = _ladder_damage(store.stage(stage.key), store.stage(mask.ladder), mask)
        if reason is not None:
            found.append((stages[mask.ladder], reason))
    return found


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
