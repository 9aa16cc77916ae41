"""The state of each stage, as its directory, its claims and its job tell it."""

import json
import os
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal, TypeVar

from ltsweep.foundations.files import open_to_read
from ltsweep.foundations.notices import warn_once
from ltsweep.launch.cancellation import why_cancelled
from ltsweep.launch.jobs import JobRecord
from ltsweep.launch.slurm.client import JobState
from ltsweep.steer.launches import (
    StageInLaunch,
    StoredLaunch,
    read_launch,
)
from ltsweep.steer.selectors import Chosen
from ltsweep.steer.slurm_jobs import BEGUN, SlurmJobs, job_name, may_live
from ltsweep.store.claims import STALE_SECONDS, Claim, newest_claim
from ltsweep.store.records import DIVERGED, ClosingRecord, ValidationRecord
from ltsweep.store.store import Store
from ltsweep.store.stored import Stored

State = Literal[
    "done",
    "diverged",
    "damaged",
    "failed",
    "blocked",
    "running",
    "unknown",
    "queued",
    "waiting",
    "cancelled",
    "open",
    "lost",
]
Kind = TypeVar("Kind", bound=Stored)
_TAIL_BYTES = 100_000  # holds the closing record, whose largest part are the bits of the test set


@dataclass(frozen=True)
class StageState:
    """One stage: its state, and what there is to say about it.

    Attributes:
        key: the stage.
        state: "open" means that the stage could run and no process has it; "lost" means that no
            Slurm job will run the stage any more, and none has done so; "unknown" means that Slurm
            does not answer, so that the stage's job may be waiting, running or gone; "damaged" that
            the stage was done, and its records are no longer what was written.
        reason: why the stage failed, why its launch was ended, or what of it is damaged.
        other: the stage that this one waits for, or that blocks it.
        claim: the claim of the process that runs the stage.
        job: the job that the stage runs in, is queued in or ran in, if that is known.
        job_state: what Slurm says of that job.

    """

    key: str
    state: State
    reason: str = ""
    other: str = ""
    claim: Claim | None = None
    job: JobRecord | None = None
    job_state: JobState | None = None


@dataclass
class Stages:
    """Finds the states of stages, looking at each stage once.

    `launches` say what the stages start from. `others` are further launches that work on some of
    the stages too.
    """

    store: Store
    launches: Sequence[StoredLaunch]
    others: Sequence[StoredLaunch] = ()
    _seen: dict[str, StageState] = field(default_factory=dict)
    _by_id: dict[str, StoredLaunch | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._by_id = {launch.id: launch for launch in (*self.launches, *self.others)}

    @classmethod
    def of(cls, chosen: Chosen) -> "Stages":
        """The stages of the curves that were chosen."""
        stages = cls(chosen.store, chosen.launches, chosen.others)
        stages.look_for_done({key for point in chosen.points for key in point.stages})
        return stages

    def look_for_done(self, keys: Iterable[str]) -> None:
        """Looks at many stages at once, of which most may be done."""
        for key, outcome in self.store.sound_at_a_glance(keys).items():
            self._seen[key] = _ended(key, outcome)

    def state(self, key: str) -> StageState:
        """The state of a stage."""
        if key not in self._seen:
            self._seen[key] = self._look(key)
        return self._seen[key]

    def planned(self, key: str) -> StageInLaunch | None:
        """The stage as its newest launch plans it; None if none of the launches has it."""
        found = (launch.stage(key) for launch in self.launches)
        return next((stage for stage in found if stage is not None), None)

    def seen(self) -> list[StageState]:
        """The states of all stages looked at: those asked for, and those that they start from."""
        return list(self._seen.values())

    def job(self, key: str) -> JobRecord | None:
        """The job that has a stage, or had it last."""
        return self._job(key, self._claim(key))

    def last_process(self, key: str) -> Claim | None:
        """The newest claim of a stage, if it is that of a process."""
        claim = self._claim(key)
        return claim if claim is not None and claim.owner.is_process() else None

    def end(self, key: str) -> ClosingRecord | None:
        """The closing record of a finished stage; None if none can be read."""
        return _last(self.store.stage(key).records_path, "end", ClosingRecord)

    def validation(self, key: str) -> ValidationRecord | None:
        """The last validation of a stage; None if none can be read."""
        return _last(self.store.stage(key).records_path, "validation", ValidationRecord)

    @cached_property
    def _present(self) -> frozenset[str]:
        """Keys of the stages that have a directory.

        One listing replaces a look at each of thousands of stages that have not begun.
        """
        there = self.store.stages_dir.is_dir()
        return frozenset(os.listdir(self.store.stages_dir) if there else ())

    @cached_property
    def slurm(self) -> SlurmJobs:
        """What Slurm says of the launches' jobs."""
        return SlurmJobs((*self.launches, *self.others))

    def unknown_jobs(self) -> list[str]:
        """Jobs that have stages to do and may live, while Slurm does not answer."""
        pending = {key for launch in self.launches for key in launch.pending}
        found = (self._doubtful_job(key) for key in sorted(pending) if self.slurm.silence)
        return list(dict.fromkeys(job_name(job) for job in found if job is not None))

    def _doubtful_job(self, key: str) -> JobRecord | None:
        directory = self.store.stage(key)
        if key in self._present and (directory.is_done() or directory.failure() is not None):
            return None
        claim = self._claim(key)
        job = self._job(key, claim)
        return job if job is not None and may_live(job, claim) else None

    def _look(self, key: str) -> StageState:
        if key not in self._present:
            return self._unsettled(key, None)
        directory = self.store.stage(key)
        if directory.is_done():
            if reason := directory.damage_at_a_glance():
                return StageState(key, "damaged", reason=reason)
            return _ended(key, directory.outcome())
        failure = directory.failure()
        claim = newest_claim(directory.path)
        if failure is not None:
            reason = failure["error"].strip()
            return StageState(key, "failed", reason=reason, job=self._job(key, claim))
        return self._unsettled(key, claim)

    def _unsettled(self, key: str, claim: Claim | None) -> StageState:
        job = self._job(key, claim)
        slurm = self.slurm.said(job)
        if slurm is not None and not slurm.has_ended and slurm.state not in BEGUN:
            return self._after_parents(key, StageState(key, "queued", job=job, job_state=slurm))
        if claim is not None and _runs(claim):
            return StageState(key, "running", claim=claim, job=job, job_state=slurm)
        launch = next((one for one in self.launches if key in one.pending), None)
        state: State = "open"
        if launch is not None and launch.is_cancelled:
            why = why_cancelled(launch.directory)
            return self._after_parents(key, StageState(key, "cancelled", reason=why))
        if job is not None and may_live(job, claim) and self.slurm.silence:
            state = "unknown"
        elif launch is not None and self._has_lost(key, launch, job):
            state = "lost"
        return self._after_parents(key, StageState(key, state, job=job, job_state=slurm))

    def _has_lost(self, key: str, launch: StoredLaunch, job: JobRecord | None) -> bool:
        """Whether the launch has lost a stage that no process has: none of its jobs will take it.

        `job` is the job that had the stage last. In a launch whose workers draw on a common pool,
        some worker will take the stage, whatever became of an older launch's job.
        """
        own = launch.job_of(key) or (job if launch.is_of_jobs else None)
        if own is None or own.id is None:
            return launch.is_of_jobs
        said = self.slurm.said(own)
        return not self.slurm.silence and (said is None or said.has_ended)

    def _after_parents(self, key: str, free: StageState) -> StageState:
        """`free`, the stage's state by itself, unless a parent blocks it or is not done yet."""
        planned = self.planned(key)
        parents = [self.state(parent) for parent in planned.parents] if planned else []
        for parent in parents:
            if parent.state in ("failed", "diverged"):
                return StageState(key, "blocked", other=parent.key)
            if parent.state == "blocked":
                return StageState(key, "blocked", other=parent.other)
        if free.state in ("queued", "unknown", "lost"):
            return free
        for parent in parents:
            if parent.state == "cancelled":
                return StageState(key, "cancelled", parent.reason, parent.key)
            if parent.state != "done":
                return StageState(key, "waiting", other=parent.key)
        return free

    def _claim(self, key: str) -> Claim | None:
        return newest_claim(self.store.stage(key).path) if key in self._present else None

    def _job(self, key: str, claim: Claim | None) -> JobRecord | None:
        if claim is not None:
            own = self._launch(claim.owner.launch)
            if own is not None and (job := own.job_of(key, claim.owner.pid, claim.owner.host)):
                return job
        found = (launch.job_of(key) for launch in self.launches)
        return next((job for job in found if job is not None), None)

    def _launch(self, launch_id: str) -> StoredLaunch | None:
        """Any launch of the store, since one that was not chosen may have taken the stage."""
        if launch_id not in self._by_id:
            self._by_id[launch_id] = read_launch(self.store, launch_id)
        return self._by_id[launch_id]


def heartbeat_age(claim: Claim) -> float:
    """Seconds since the last heartbeat of a claim's owner."""
    return max(0.0, time.time() - claim.path.stat().st_mtime)


def _runs(claim: Claim) -> bool:
    """Whether a living process has the stage.

    The claim alone does not tell: Slurm's queue may still have the job of a killed process.
    """
    try:
        return claim.process_lives() and not claim.is_released()
    except PermissionError:  # this user may only read the store: judged by this host's clock
        return heartbeat_age(claim) < STALE_SECONDS


def _ended(key: str, outcome: str | None) -> StageState:
    return StageState(key, "diverged" if outcome == DIVERGED else "done")


def _last(path: Path, event: str, kind: type[Kind]) -> Kind | None:
    """The last record of this kind, searched from the end of the file."""
    try:
        with open_to_read(path) as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _TAIL_BYTES))
            lines = file.read().splitlines()
    except FileNotFoundError:
        return None
    except OSError as error:
        warn_once(f"{path} cannot be read: {error.strerror}")
        return None
    for line in reversed(lines):
        try:
            record = json.loads(line)
            if isinstance(record, dict) and record.get("event") == event:
                return kind.read(record)
        except ValueError:
            continue
    return None
