"""What Slurm says of the jobs of launches: their states, why they ended, or that it is silent."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from ltsweep.foundations.squeue import SlurmError
from ltsweep.launch.jobs import JobRecord
from ltsweep.launch.slurm.client import JobState, ended_states, job_states
from ltsweep.steer.launches import StoredLaunch
from ltsweep.store.claims import FORGOTTEN_SECONDS, Claim

BEGUN = frozenset(("RUNNING", "COMPLETING"))  # states of jobs that have processes, or just had


@dataclass(frozen=True)
class SlurmJobs:
    """The jobs of some launches; Slurm is asked once, and only if somebody wants to know."""

    launches: Sequence[StoredLaunch]

    @property
    def silence(self) -> str:
        """Why Slurm does not answer, a sentence; empty if it does, and if nothing is to be asked.

        In silence nothing is known of any job.
        """
        return self._answer[1]

    def live(self) -> dict[str, JobState]:
        """The jobs that Slurm runs or will run, by id."""
        return {name: said for name, said in self._answer[0].items() if not said.has_ended}

    def said(self, job: JobRecord | None) -> JobState | None:
        """What Slurm's queue says of a job, None if nothing."""
        return None if job is None else self._answer[0].get(job.id or "")

    def ended(self, job: JobRecord | None) -> JobState | None:
        """How a job has ended, if it has and Slurm's queue or its accounting can tell."""
        said = self.said(job)
        if said is None and job is not None and not self.silence:
            said = self._forgotten.get(job.id or "")
        return said if said is not None and said.has_ended else None

    @cached_property
    def _answer(self) -> tuple[Mapping[str, JobState], str]:
        ids = self._ids()
        silence = next((launch.silence for launch in self.launches if launch.silence), "")
        if silence or not ids:
            return {}, silence
        try:
            return job_states(ids), ""
        except SlurmError as error:
            return {}, str(error)

    @cached_property
    def _forgotten(self) -> Mapping[str, JobState]:
        return ended_states(self._ids() - self._answer[0].keys())

    def _ids(self) -> set[str]:
        return {job.id for launch in self.launches for job in launch.jobs if job.id is not None}


def job_name(job: JobRecord) -> str:
    """'job 123_4'; that of a launcher that died at once has no id as long as Slurm is silent."""
    return f"job {job.id}" if job.id is not None else "a job of unknown id"


def may_live(job: JobRecord, claim: Claim | None) -> bool:
    """Whether Slurm may still have a job that nobody can ask it about; `claim` is on a stage of it.

    As a claim, a job counts for a week: the store may have moved away from its cluster.
    """
    latest = job.submitted
    if claim is not None and claim.owner.slurm == job.id:
        latest = max(latest, claim.path.stat().st_mtime)
    return job.cluster == "slurm" and time.time() - latest < FORGOTTEN_SECONDS
