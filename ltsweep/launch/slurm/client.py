"""What launches ask of Slurm, and tell it: states of jobs, why they ended, cancelling, limits."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from ltsweep.foundations.squeue import SlurmError, ask, nonsense

_AT_ONCE = 500  # ids in one command line
_ENDS = {
    "BOOT_FAIL": "node failed",
    "CANCELLED": "cancelled",
    "COMPLETED": "completed",
    "DEADLINE": "deadline",
    "FAILED": "error",
    "LAUNCH_FAILED": "node failed",
    "NODE_FAIL": "node failed",
    "OUT_OF_MEMORY": "out of memory",
    "PREEMPTED": "preempted",
    "RECONFIG_FAIL": "node failed",
    "REVOKED": "revoked",
    "TIMEOUT": "time limit",
}  # Slurm's states of jobs that will not run again, and what we call them
_WORKING = re.compile(r"up\|(idle|mixed|allocated|completing|planned)[~#-]?")  # a partition's nodes
_NOTHING = ("None", "0:0")  # no reason, no exit code
_BEGINS_WITH_ID = re.compile(r"\d[\w\[\],.+%:-]*\|")
_LINE = re.compile(r"(\d+)(?:_(\d+)|_\[([^\]]*)\])?\|([A-Z_]+)[^|]*\|(.*)")


class JobState(NamedTuple):
    """What Slurm says of a job: PENDING or RUNNING, say, and why if it is not running."""

    state: str
    reason: str = ""

    @property
    def has_ended(self) -> bool:
        """Whether the job will not run again."""
        return self.state in _ENDS

    @property
    def why_ended(self) -> str | None:
        """In words why the job has ended; None if it has not."""
        return _ENDS.get(self.state)

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
        found |= _states("squeue", answer, wanted)
    return found


def ended_states(ids: Iterable[str]) -> dict[str, JobState]:
    """States by id of ended jobs that only the cluster's accounting remembers, if it has one."""
    wanted = set(ids)
    found: dict[str, JobState] = {}
    for some in _portions({job.partition("_")[0] for job in wanted}):
        command = ["sacct", "--noheader", "--allocations", "--parsable2"]
        try:
            answer = ask([*command, "--format=JobID,State,ExitCode", f"--jobs={','.join(some)}"])
            found |= _states("sacct", answer, wanted)
        except SlurmError:
            return found
    return {job: state for job, state in found.items() if state.has_ended}


def _states(name: str, answer: str, wanted: set[str]) -> dict[str, JobState]:
    """The wanted ones of the jobs that lines of `id|state|reason` tell of.

    An array that was cancelled as a whole is one line without its tasks, and tasks that have never
    started may be one line with a list of them, which may be cut off.
    """
    found: dict[str, JobState] = {}
    of_arrays: dict[str, JobState] = {}
    for line in answer.splitlines():
        match = _LINE.fullmatch(line.strip())
        if match is None:
            raise nonsense(name, line)
        array, task, tasks, state, reason = match.groups()
        said = JobState(state, "" if reason in _NOTHING else reason)
        if tasks is not None and not tasks.endswith("..."):
            found |= {f"{array}_{number}": said for number in _numbers(tasks)}
        elif task is not None:
            found[f"{array}_{task}"] = said
        else:
            found[array] = of_arrays[array] = said
    for job in wanted - found.keys():
        if (array := job.partition("_")[0]) in of_arrays:
            found[job] = of_arrays[array]
    return {job: state for job, state in found.items() if job in wanted}


def _numbers(tasks: str) -> Iterator[int]:
    """The numbers in a list of tasks such as 0-3,7,10-20:5%2."""
    for first, last, step in re.findall(r"(\d+)(?:-(\d+)(?::(\d+))?)?", tasks.partition("%")[0]):
        yield from range(int(first), int(last or first) + 1, int(step or 1))


def arrays_by_script(scripts: Iterable[Path], user: int) -> dict[Path, list[str]]:
    """Ids of a user's jobs that Slurm remembers, by the script that sbatch was given.

    SlurmError where Slurm does not answer.
    """
    found: dict[Path, list[str]] = {script: [] for script in scripts}
    command = ["squeue", "--noheader", "--array", "--states=all", "--format=%i|%o"]
    lines = [line.strip() for line in ask([*command, f"--user={user}"]).splitlines()]
    if lines and not any(map(_BEGINS_WITH_ID.match, lines)):  # a name may go over several lines
        raise nonsense("squeue", lines[0])
    for line in lines:
        match = re.fullmatch(r"(\d+(?:_\d+)?)\|(.*)", line)
        if match is not None and (script := Path(match[2])) in found:
            found[script].append(match[1])
    return found


def has_jobs(user: int) -> bool:
    """Whether a user has jobs in the queue, or may have some as Slurm does not answer."""
    try:
        return bool(ask(["squeue", "--noheader", f"--user={user}", "--format=%i"]).strip())
    except SlurmError:
        return True


def cancel_jobs(ids: Iterable[str]) -> None:
    """Cancels jobs, waiting or running; those that have ended are left. SlurmError on refusal."""
    for some in _portions(ids):
        ask(["scancel", "--quiet", *some])


def some_node_is_down(partition: str | None) -> bool:
    """Whether nodes, or the whole partition, take no jobs for now, or may do so without an answer.

    Without a partition: of any.
    """
    where = [] if partition is None else [f"--partition={partition}"]
    try:
        lines = ask(["sinfo", "--noheader", "--format=%a|%T", *where]).split()
    except SlurmError:
        return True
    return not all(map(_WORKING.fullmatch, lines))


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
