"""Launches as a store has them: their points, their stages, and what their stages start from."""

import socket
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import psutil
from pydantic import ValidationError

from ltsweep.launch import jobs
from ltsweep.launch.cancellation import is_cancelled
from ltsweep.launch.jobs import JobRecord
from ltsweep.launch.slurm.orphans import find_orphans
from ltsweep.spec import StageSpec
from ltsweep.store.claims import newest_claim
from ltsweep.store.launch_record import LaunchRecord, launch_ids, read_launch_record
from ltsweep.store.store import Store

_START_TOLERANCE = 2.0  # seconds between clocks


@dataclass(frozen=True)
class StageInLaunch:
    """What a launch says of a stage: seed, level, last step, and the stages that it starts from."""

    seed: int
    level: int
    steps: int
    parents: tuple[str, ...]


@dataclass(frozen=True)
class StoredLaunch:
    """A launch as its directory tells it; what only workers need is not checked."""

    directory: Path
    content: LaunchRecord

    @property
    def id(self) -> str:
        """The launch's name; sorts by time."""
        return self.directory.name

    @property
    def points(self) -> frozenset[str]:
        """Ids of its curves."""
        return self.content.points

    @property
    def pending(self) -> frozenset[str]:
        """Keys of the stages that were to be trained."""
        return self.content.pending

    @property
    def search_path(self) -> tuple[str, ...]:
        """The folders of parts, beside conf/, that its points were composed from."""
        return self.content.search_path

    @property
    def data_dir(self) -> str | None:
        """Where it looked for data; None in launches of early versions."""
        return self.content.run.data_dir

    @property
    def is_cancelled(self) -> bool:
        """Whether it was told to stop."""
        return is_cancelled(self.directory)

    @property
    def is_of_jobs(self) -> bool:
        """Whether each stage belongs to one Slurm job; otherwise workers draw on a common pool."""
        cluster = self.content.run.cluster
        return cluster is not None and cluster.name == "slurm"

    @cached_property
    def jobs(self) -> list[JobRecord]:
        """Its jobs, oldest first; those too whose launcher died before it could note their ids."""
        return [*self._recorded, *self._orphans[0]]

    @property
    def silence(self) -> str:
        """Why Slurm did not tell which jobs a dead launcher left; empty if it did."""
        return self._orphans[1]

    @cached_property
    def _recorded(self) -> list[JobRecord]:
        return jobs.read(self.directory)

    @cached_property
    def _orphans(self) -> tuple[list[JobRecord], str]:
        return find_orphans(self.directory, {record.job for record in self._recorded})

    @cached_property
    def stages(self) -> dict[str, StageInLaunch]:
        """Its stages by key, without those that this version of ltsweep cannot read."""
        specs: dict[str, StageSpec] = {}
        for stage in self.content.stages:
            with suppress(ValidationError):
                spec = StageSpec.model_validate(stage.spec)
                specs[spec.key] = spec
        return {key: _stage(spec, specs) for key, spec in specs.items()}

    def job_of(self, key: str, pid: int | None = None, host: str | None = None) -> JobRecord | None:
        """The last job that this stage belongs to; else the job that is this process on `host`."""
        return self._jobs_by_stage.get(key) or self._jobs_by_process.get((pid, host))

    @cached_property
    def _jobs_by_stage(self) -> dict[str, JobRecord]:
        return {key: record for record in self.jobs for key in record.stages or ()}

    @cached_property
    def _jobs_by_process(self) -> dict[tuple[int | None, str | None], JobRecord]:
        return {(r.pid, r.host): r for r in self.jobs if r.pid is not None}


def read_launch(store: Store, launch_id: str) -> StoredLaunch | None:
    """The launch with this id; None if it was never written down, or cannot be read any more."""
    content = read_launch_record(store, launch_id)
    return None if content is None else StoredLaunch(store.launches_dir / launch_id, content)


def launches_of(store: Store, points: Iterable[str]) -> list[StoredLaunch]:
    """The newest launch of each point; of all these launches, the newest first."""
    open_, found = set(points), []
    for launch_id in launch_ids(store):
        if not open_:
            break
        launch = read_launch(store, launch_id)
        if launch is not None and open_ & launch.points:
            open_ -= launch.points
            found.append(launch)
    return found


def processes_of(store: Store, launch: StoredLaunch) -> Iterator[str]:
    """The living workers of a launch, in words.

    A worker is seen by its lease, or as a process of this host.
    """
    told = set()
    for directory in sorted(store.leases_dir.glob("*/*")):
        claim = newest_claim(directory)
        if claim is not None and claim.owner.launch == launch.id and claim.is_live():
            told.add((claim.owner.host, claim.owner.pid))
            yield f"process {claim.owner.pid} on {claim.owner.host}"
    # a worker's own record comes after that of the process that was started to become it
    newest = {record.job: record for record in launch.jobs if _lives_here(record)}
    for record in newest.values():
        if (record.host, record.pid) not in told:
            yield f"process {record.pid} on {record.host}"


def with_processes_here(store: Store) -> Iterator[str]:
    """Ids of launches with a living process on this host, even one that does not work yet."""
    for launch_id in launch_ids(store):
        if any(map(_lives_here, jobs.read(store.launches_dir / launch_id))):
            yield launch_id


def _lives_here(record: JobRecord) -> bool:
    """Whether the job is a living process of this host.

    A process that started after the job was submitted has only the same number.
    """
    if record.pid is None or record.host != socket.gethostname():
        return False
    try:
        process = psutil.Process(record.pid)
        started: float = process.create_time()
        return process.status() != psutil.STATUS_ZOMBIE and (
            started <= record.submitted + _START_TOLERANCE
        )
    except psutil.NoSuchProcess:
        return False


def _stage(spec: StageSpec, specs: Mapping[str, StageSpec]) -> StageInLaunch:
    """A stage with its parents. A prefix in the launch (`specs`) that it reads is one of them."""
    parents = list(spec.parents)
    for source in spec.snapshots_read:
        assert source.step is not None
        if (training := specs.get(source.stage)) is not None:
            prefix = training.prefix(source.step).key
            parents += [prefix] if prefix in specs else []
    return StageInLaunch(spec.seed, spec.level, spec.stop, tuple(dict.fromkeys(parents)))
