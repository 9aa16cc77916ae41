"""Pending stages: those not done, done ones with damaged files, prefixes for missing snapshots."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from ltsweep.part_spec import Input
from ltsweep.plan.plan import Plan
from ltsweep.plan.stage import PlannedStage
from ltsweep.stages.inputs import lacking, missing_prefix
from ltsweep.store.claims import newest_claim
from ltsweep.store.store import Store


@dataclass
class Pending:
    """Stages to train, by level, and of one level in the order of the plan.

    `reopen` has the reason for each stage that is done and must be trained again.
    """

    stages: dict[str, PlannedStage] = field(default_factory=dict)
    reopen: dict[str, str] = field(default_factory=dict)

    def reopen_damaged(self, store: Store) -> None:
        """Takes DONE away from the damaged ones; their tickets and records stay until replaced.

        Whoever finished such a stage may live on and never look at it again, so its claim goes too.
        """
        for key, reason in self.reopen.items():
            directory = store.stage(key)
            standing = newest_claim(directory.path)
            is_of_who_finished = directory.is_done()  # as long as DONE stands, nobody else claims
            directory.reopen(reason)
            if standing is not None and is_of_who_finished:
                standing.release()


def find_pending(plan: Plan, store: Store) -> Pending:
    """The stages of a plan that a store still lacks. Changes nothing but the store's index."""
    pending = Pending()
    sound = store.sound(plan.stages)
    done = {*sound}
    present = store.keys()
    for key, stage in plan.stages.items():
        if key in sound:
            continue
        directory = store.stage(key) if key in present else None
        if directory is None or not directory.is_done():
            pending.stages[key] = stage
            continue
        done.add(key)
        if reason := directory.damage():
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
    store.index.save()
    order = {key: number for number, key in enumerate(plan.stages)}
    by_level = sorted(pending.stages.values(), key=lambda s: (s.spec.level, order.get(s.key, -1)))
    pending.stages = {stage.key: stage for stage in by_level}
    return pending


def _again(pending: Pending, stages: Mapping[str, PlannedStage], key: str, reason: str) -> None:
    pending.stages[key] = stages[key]
    pending.reopen[key] = reason


class _Parents:
    """Checks what stages read of done stages; a snapshot is checked once for all its readers."""

    def __init__(
        self, stages: Mapping[str, PlannedStage], store: Store, done: Collection[str]
    ) -> None:
        self._stages, self._store, self._done = stages, store, done
        self._states: dict[tuple[str, str, int], list[tuple[PlannedStage, str]]] = {}

    def unusable(self, stage: PlannedStage) -> list[tuple[PlannedStage, str]]:
        """The stages that must run before `stage` can start, although its parents are done.

        Each comes with the reason. A damaged parent runs again; a prefix makes a missing snapshot.
        """
        found = []
        at_steps = stage.spec.snapshots_read
        for source in at_steps:
            assert source.step is not None
            name = (source.stage, source.what, source.step)
            if name not in self._states:
                self._states[name] = list(self._lacking(stage, source))
            found += self._states[name]
        for source in stage.spec.inputs:
            if source.step is None:
                found += self._lacking(stage, source)
        return found

    def _lacking(self, stage: PlannedStage, source: Input) -> Iterator[tuple[PlannedStage, str]]:
        """The stages that have to make once more what `stage` reads from `source`, and why."""
        if source.stage not in self._done:
            return
        for part, reason in lacking(self._store, self._store.stage(stage.key), source):
            provider = self._stages[part.stage]
            yield missing_prefix(self._store, part, provider) or provider, reason
