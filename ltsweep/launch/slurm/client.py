"""What launches ask of Slurm, and tell it: states of jobs, cancelling, limits. No accounting."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ltsweep.foundations.squeue import SlurmError, ask

_AT_ONCE = 500  # ids in one command line


class JobState(NamedTuple):
    """What Slurm says of a job: PENDING or RUNNING, say, and why if it is not running."""

    state: str
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.state}: {self.reason}" if self.reason else self.state


def job_states(ids: Iterable[str]) -> dict[str, JobState]:
    """States by id ("123" or "123_4") of the jobs that Slurm remembers.

    A job that ended some minutes ago is not remembered. SlurmError where Slurm does not answer.
    """
    wanted = set(ids)
    found: dict[str, JobState] = {}
    for some in _portions({job.partition("_")[0] for job in wanted}):
        command = ["squeue", "--noheader", "--array", "--states=all", "--format=%i|%T|%r"]
        try:
            answer = ask([*command, f"--jobs={','.join(some)}"])
        except SlurmError as error:
            if "Invalid job id" not in str(error):
                raise
            continue
        for line in answer.splitlines():
            job, state, reason = line.split("|", 2)
            found[job] = JobState(state, "" if reason == "None" else reason)
    return {job: state for job, state in found.items() if job in wanted}


def cancel_jobs(ids: Iterable[str]) -> None:
    """Cancels jobs, waiting or running; those that have ended are left. SlurmError on refusal."""
    for some in _portions(ids):
        ask(["scancel", "--quiet", *some])


def max_array_size() -> int:
    """How many tasks one array may have here: the cluster's limit on the index."""
    match = re.search(r"^MaxArraySize\s*=\s*(\d+)", ask(["scontrol", "show", "config"]), re.M)
    if match is None:
        raise SlurmError("scontrol show config does not say MaxArraySize")
    return int(match[1])


def _portions(ids: Iterable[str]) -> Iterator[list[str]]:
    in_order = sorted(set(ids))
    for start in range(0, len(in_order), _AT_ONCE):
        yield in_order[start : start + _AT_ONCE]
