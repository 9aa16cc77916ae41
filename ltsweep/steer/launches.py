"""Launches as a store has them: their points, their stages, and what their stages start from."""

import socket
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import psutil
from pydantic import ValidationError

from ltsweep.foundations.files import DamagedFile
from ltsweep.foundations.notices import warn_once
from ltsweep.launch import jobs
from ltsweep.launch.cancellation import is_cancelled
from ltsweep.launch.jobs import JobRecord
from ltsweep.launch.slurm.orphans import find_orphans
from ltsweep.spec import StageSpec, TrainSpec, key_of
from ltsweep.store.claims import newest_claim
from ltsweep.store.launch_record import (
    LaunchRecord,
    launch_ids,
    load_launch_record,
    read_launch_record,
)
from ltsweep.store.launch_stages import MakeStage, read_stages, stages_on_demand
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

    @classmethod
    def load(cls, directory: Path) -> "StoredLaunch":
        """The launch in this directory. DamagedFile where it is gone, or cannot be read."""
        path = directory / "launch.json"
        content = load_launch_record(path)
        if content is None:
            raise DamagedFile(f"{path} is missing")
        return cls(directory, content)

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

    def stage(self, key: str) -> StageInLaunch | None:
        """What it says of a stage; None where it has none, or this version cannot read it.

        Each is read when somebody asks: most may be done, and nobody asks for these.
        """
        return self._stages[key]

    @cached_property
    def _stages(self) -> "_Stages":
        digest = self.content.stages_sha256
        if digest is None:
            return _Stages({key: partial(dict, spec=spec) for key, spec in self.specs()})
        try:
            train = TrainSpec.model_validate
            return _Stages(stages_on_demand(self.directory, digest, train=train))
        except DamagedFile as error:
            self._warn(error)
            return _Stages({})

    def specs(self, keys: Collection[str] | None = None) -> Iterator[tuple[str, dict[str, Any]]]:
        """Keys and specifications as JSON of its stages, all or these.

        Nothing where the list of stages is damaged, which the log says.
        """
        digest = self.content.stages_sha256
        if digest is None:  # early versions wrote the stages into launch.json
            for spec in (stage.spec for stage in self.content.stages):
                with suppress(KeyError, TypeError):  # of what is no specification
                    if (key := key_of(spec)) and (keys is None or key in keys):
                        yield key, spec
            return
        try:
            for key, stage in read_stages(self.directory, digest, keys):
                yield key, stage["spec"]
        except DamagedFile as error:
            self._warn(error)

    def _warn(self, error: DamagedFile) -> None:
        warn_once(f"what stages of launch {self.id} start from is not known: {error}")

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


class _Stages(dict[str, StageInLaunch | None]):
    """The stages of a launch by key, each made when somebody asks for it."""

    def __init__(self, read: Mapping[str, MakeStage]) -> None:
        self._read = read
        self._specs: dict[str, StageSpec | None] = {}
        self._prefixes: dict[tuple[str, int], str | None] = {}

    def __missing__(self, key: str) -> StageInLaunch | None:
        spec = self._spec(key)
        self[key] = None if spec is None else self._stage(spec)
        return self[key]

    def _stage(self, spec: StageSpec) -> StageInLaunch:
        """A stage with its parents. A prefix in the launch that it reads is one of them."""
        read = [self._prefix(source.stage, source.step or 0) for source in spec.snapshots_read]
        parents = [*spec.parents, *filter(None, read)]
        return StageInLaunch(spec.seed, spec.level, spec.stop, tuple(dict.fromkeys(parents)))

    def _prefix(self, training: str, step: int) -> str | None:
        """The key of a prefix; None where the launch runs none."""
        if (training, step) not in self._prefixes:
            spec = self._spec(training)
            key = None if spec is None else spec.prefix(step).key
            self._prefixes[training, step] = key if key in self._read else None
        return self._prefixes[training, step]

    def _spec(self, key: str) -> StageSpec | None:
        if key not in self._specs:
            self._specs[key] = None
            if key in self._read:
                with suppress(ValidationError):
                    self._specs[key] = StageSpec.model_validate(self._read[key]()["spec"])
        return self._specs[key]
