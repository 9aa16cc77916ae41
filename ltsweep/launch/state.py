"""The state of a launch, read from the store: done, failed, out of reach, ready."""

from collections.abc import Collection
from typing import Any

from ltsweep.launch.launch import Launch
from ltsweep.part_spec import Input
from ltsweep.plan.stage import PlannedStage
from ltsweep.stages.inputs import missing_prefix
from ltsweep.store.claims import newest_claim
from ltsweep.store.records import DIVERGED
from ltsweep.store.store import Store


class LaunchState:
    """What has become of a launch's stages: done, failed, blocked by a parent, or still open.

    `refresh` reads the store, and the sets hold what it saw. A stage that was seen done is not
    looked at again. With `own`, the state covers these stages alone: the other pending stages of
    the launch are somebody else's, to be waited for and not to be run.
    """

    def __init__(self, launch: Launch, store: Store, own: Collection[str] | None = None) -> None:
        self._store = store
        self._all: dict[str, PlannedStage] = {stage.key: stage for stage in launch.stages}
        mine = launch.pending if own is None else [key for key in launch.pending if key in own]
        self.stages: dict[str, PlannedStage] = {key: self._all[key] for key in mine}
        self._others: set[str] = set(launch.pending) - set(mine)
        self.done: set[str] = set()
        self.diverged: set[str] = set()
        self.failed: set[str] = set()
        self.blocked: dict[str, str] = {}
        self._diverged_outside: dict[str, bool] = {}
        self._prefix_keys: dict[tuple[str, int], str] = {}
        self._decided: set[tuple[str, str, int | None]] = set()  # snapshots that were looked for

    def refresh(self) -> None:
        """Looks at every stage that is not done and whose parents are; no other can change."""
        for key, stage in self.stages.items():
            if key not in self.done and all(map(self._is_done_or_elsewhere, stage.spec.parents)):
                self._look_at(key)
        self._add_prefixes()
        self._block_descendants()

    def is_finished(self) -> bool:
        """Whether every stage is settled: done, failed, or blocked by a parent that is not."""
        return len(self.settled()) == len(self.stages)

    def settled(self) -> set[str]:
        """Stages that this launch will not work on any more: done, failed or blocked."""
        return self.done | self.failed | set(self.blocked)

    def ready(self) -> list[str]:
        """Unsettled stages that can start: every stage they read has been trained."""
        settled = self.settled()
        return [
            key
            for key, stage in self.stages.items()
            if key not in settled and all(map(self._is_usable, self.needs(stage)))
        ]

    def planned(self, key: str) -> PlannedStage:
        """A stage of the launch, own or not."""
        return self._all[key]

    def failure(self, key: str) -> dict[str, Any]:
        """Why a failed stage failed: `error`, `traceback`, `log`."""
        return self._store.stage(key).failure() or {"error": "unknown", "traceback": "", "log": ""}

    def _is_done_or_elsewhere(self, key: str) -> bool:
        return key in self.done or key not in self.stages

    def _look_at(self, key: str) -> None:
        directory = self._store.stage(key)
        if directory.is_done():
            self.done.add(key)
            self.failed.discard(key)
            if directory.outcome() == DIVERGED:
                self.diverged.add(key)
        elif directory.failure() is not None:
            self.failed.add(key)
        else:
            self.failed.discard(key)

    def needs(self, stage: PlannedStage) -> list[str]:
        """Keys of the stages that `stage` starts from, and of the prefixes that it waits for.

        A prefix counts if this launch runs it.
        """
        prefixes = [self._prefix_key(source) for source in stage.spec.snapshots_read]
        extra = [key for key in prefixes if key in self.stages or key in self._others]
        return [*stage.spec.parents, *extra]

    def _prefix_key(self, source: Input) -> str:
        assert source.step is not None
        name = (source.stage, source.step)
        if name not in self._prefix_keys:
            self._prefix_keys[name] = self._all[source.stage].spec.prefix(source.step).key
        return self._prefix_keys[name]

    def _is_usable(self, parent: str) -> bool:
        if parent in self.stages:
            return parent in self.done and parent not in self.diverged
        return parent not in self.blocked and not self._is_open_elsewhere(parent)

    def _is_open_elsewhere(self, parent: str) -> bool:
        """Whether a stage of somebody else is still to be done."""
        if parent in self._others and self._store.stage(parent).is_done():
            self._others.discard(parent)
        return parent in self._others

    def _lost_elsewhere(self, parent: str) -> str | None:
        """The stage at fault if `parent` is somebody else's and nobody will finish it.

        A stage will not be finished if it failed, or if no live process or job has it any more.
        """
        if not self._is_open_elsewhere(parent):
            return None
        directory = self._store.stage(parent)
        if directory.failure() is not None:
            return parent
        claim = newest_claim(directory.path)
        if claim is not None and claim.is_live():
            return None
        if not self._is_open_elsewhere(parent):  # it was finished meanwhile
            return None
        farther = (self._lost_elsewhere(key) for key in self._all[parent].spec.parents)
        return next((key for key in farther if key is not None), parent)

    def _add_prefixes(self) -> None:
        """Adds prefix stages for snapshots that done trainings have not kept.

        Another launch may have run a training without a snapshot that a stage here reads.
        """
        extra: dict[str, PlannedStage] = {}
        settled = self.settled()
        for key, stage in self.stages.items():
            for source in stage.spec.snapshots_read if key not in settled else ():
                name = (source.stage, source.what, source.step)
                if name not in self._decided and self._store.stage(source.stage).is_done():
                    self._decided.add(name)
                    prefix = missing_prefix(self._store, source, self._all[source.stage])
                    if prefix is not None and prefix.key not in self.stages:
                        extra[prefix.key] = prefix
        if extra:
            self.stages = {**extra, **self.stages}
            self._all |= extra

    def _block_descendants(self) -> None:
        """Marks the stages that can no longer be reached, each with the ancestor at fault.

        Parents come before their children in `stages`, so one pass is enough.
        """
        self.blocked = {}
        for key, stage in self.stages.items():
            if key in self.done:
                continue
            for parent in self.needs(stage):
                if (
                    parent in self.failed
                    or parent in self.diverged
                    or self._diverged_before(parent)
                ):
                    self.blocked[key] = parent
                elif parent in self.blocked:
                    self.blocked[key] = self.blocked[parent]
                elif lost := self._lost_elsewhere(parent):
                    self.blocked[key] = lost

    def _diverged_before(self, parent: str) -> bool:
        """Whether a done parent outside `stages` diverged, and so has no weights to give."""
        if parent in self.stages or self._is_open_elsewhere(parent):
            return False
        if parent not in self._diverged_outside:
            outcome = self._store.stage(parent).outcome()
            self._diverged_outside[parent] = outcome == DIVERGED
        return self._diverged_outside[parent]
