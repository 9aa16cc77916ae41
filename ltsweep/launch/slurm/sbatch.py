"""Jobs of a launch by sbatch: an array of like ones, what its script says, and what is refused."""

import re
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from submitit.slurm.slurm import SlurmExecutor

from ltsweep.config.clusters import Resources
from ltsweep.foundations.squeue import NoAnswer, Refused, SlurmError, ask, nonsense
from ltsweep.launch.jobs import JobRecord
from ltsweep.launch.launch import Launch
from ltsweep.launch.local.workers import import_path
from ltsweep.launch.slurm.arrays import ArrayFile, log_path
from ltsweep.launch.slurm.client import arrays_by_script, some_node_is_down

SUBMIT_SECONDS = 30.0  # that sbatch may take
_EVERY_TASK = 1_000_000  # of an array at once, where no limit is asked for
_SUBMITTED = re.compile(r"Submitted batch job (\d+)")
_FOR_NOW = re.compile(r"submit\w* ?limit|Submit\w*Limit|temporarily|accounting/QOS policy")
_AGAIN_IF_KILLED = """code=$?
id="$SLURM_JOB_ID"
[ -z "$SLURM_ARRAY_JOB_ID" ] || id="${{SLURM_ARRAY_JOB_ID}}_$SLURM_ARRAY_TASK_ID"
deaths={logs}/"$id".deaths
if [ "$code" -gt 128 ]; then
  echo "$code" >> "$deaths"
  [ "$(wc -l < "$deaths")" -gt {restarts} ] || scontrol requeue "$id"
fi
exit "$code\""""


class Refusal(SlurmError):
    """Jobs that sbatch did not queue; `for_now` where it will when other jobs have ended."""

    def __init__(self, sentence: str, *, for_now: bool) -> None:
        super().__init__(sentence)
        self.for_now = for_now


def check(launch: Launch, resources: Resources) -> None:
    """Asks sbatch, which queues nothing, whether the cluster can run jobs like these at all.

    Refusal if no node can. While nodes are down sbatch cannot tell, and so says nothing here; nor
    is a limit on queued jobs a reason.
    """
    script = launch.directory / "test-only.sh"
    script.write_text(_script(launch, resources, ArrayFile(launch.directory, ""), 1, ()))
    try:
        ask(["sbatch", "--test-only", str(script)], SUBMIT_SECONDS)
    except Refused as refused:
        if _FOR_NOW.search(refused.reason) or some_node_is_down(resources.partition):
            return
        reason = refused.reason.replace("allocation failure: ", "")
        raise Refusal(
            f"sbatch refuses such jobs: {reason}; they ask for {_asked(resources)}",
            for_now=False,
        ) from refused
    finally:
        script.unlink()


def queue(
    launch: Launch, resources: Resources, shares: Mapping[int, Sequence[str]], after: Sequence[str]
) -> list[JobRecord]:
    """Submits jobs by number, as one array where there are several.

    They start when the jobs `after` have ended, in whatever way: a failed one holds nobody back
    that doesn't need it, and each job looks itself at what its stages start from. Refusal where
    sbatch queues nothing; SlurmError where nobody knows whether it did.
    """
    file = ArrayFile.create(launch.directory, resources, shares)
    file.script.write_text(_script(launch, resources, file, len(shares), after))
    array, id_ = file.read(), _submit(file)
    ids = [id_] if len(shares) == 1 else [f"{id_}_{task}" for task in range(len(shares))]
    return [array.record(launch.directory, task, job) for task, job in enumerate(ids)]


def _submit(file: ArrayFile) -> str:
    """The id of the array. Its queue is looked for where sbatch itself does not tell the id."""
    try:
        answer = ask(["sbatch", str(file.script)], SUBMIT_SECONDS)
        if match := _SUBMITTED.search(answer):
            return match[1]
        raise nonsense("sbatch", answer)
    except Refused as refused:
        file.discard()
        for_now = bool(_FOR_NOW.search(refused.reason))
        sentence = f"sbatch refused a job: {refused.reason}"
        raise Refusal(sentence, for_now=for_now) from refused
    except NoAnswer as silence:
        if (found := _look_for(file)) is not None:
            return found
        if _FOR_NOW.search(str(silence)):
            file.discard()
            raise Refusal(str(silence), for_now=True) from silence
        raise SlurmError(
            f"{silence}; it may have queued jobs, which squeue --me would show: they do their "
            "stages unless others have them by then"
        ) from silence


def _look_for(file: ArrayFile) -> str | None:
    try:
        jobs = arrays_by_script([file.script], file.script.stat().st_uid)[file.script]
    except SlurmError:
        return None
    return next((job.partition("_")[0] for job in jobs), None)


def _script(
    launch: Launch, resources: Resources, file: ArrayFile, tasks: int, after: Sequence[str]
) -> str:
    """What sbatch is given: submitit's script, for a job that reads what it does from its array."""
    executor = SlurmExecutor(folder=launch.logs)
    job = "%A_%a" if tasks > 1 else "%j"
    executor.update_parameters(**_parameters(launch, resources, job, after))
    if tasks > 1:
        executor.parameters["map_count"] = tasks
    own = ["-u", "-m", "ltsweep.launch.slurm.job", str(launch.directory), file.name]
    # like submitit's executor, but without its pickle, which a dead launcher would not have placed
    text: str = executor._make_submission_file_text(shlex.join([sys.executable, *own]), "")
    return text


def _parameters(
    launch: Launch, resources: Resources, job: str, after: Sequence[str]
) -> dict[str, Any]:
    """The parameters of submitit's script; `job` is Slurm's pattern for the job's id."""
    gpus = resources.gpus_per_job
    folder = Path(str(launch.directory).replace("%", "%%"))  # Slurm would take it for a pattern
    options = {
        "partition": resources.partition,
        "account": resources.account,
        "qos": resources.qos,
        "constraint": resources.constraint,
        "mem": f"{round(resources.mem_gb * 1024)}M" if resources.mem_gb else None,
        "gpus-per-node": ":".join(filter(None, (resources.gpu_type, str(gpus)))) if gpus else None,
        "dependency": ":".join(["afterany", *after]) if after else None,
        "kill-on-invalid-dep": "yes",
        "output": log_path(folder, job),
        "requeue": True,
        **resources.sbatch,
    }
    again = _AGAIN_IF_KILLED.format(logs=shlex.quote(str(launch.logs)), restarts=resources.restarts)
    return {
        "job_name": resources.job_name or f"ltsweep-{launch.id}",
        "time": resources.minutes,
        "ntasks_per_node": resources.workers,
        "cpus_per_task": max(1, resources.cpus_per_job // resources.workers),
        "signal_delay_s": resources.warning_seconds,
        "array_parallelism": resources.array_parallelism or _EVERY_TASK,
        "stderr_to_stdout": True,
        "wckey": None,
        "srun_args": ["--output", str(log_path(folder, job, "%t"))],
        "setup": [
            f"export PYTHONPATH={shlex.quote(import_path())}",
            'export SRUN_CPUS_PER_TASK="$SLURM_CPUS_PER_TASK"',  # srun since 22.05 reads no other
            *resources.setup,
        ],
        "teardown": again.splitlines(),
        "additional_parameters": {
            name: value
            for name, value in options.items()
            if value is not None and value is not False
        },
    }


def _asked(resources: Resources) -> str:
    """What of a job a node must have or a cluster allow, as settings."""
    names = (
        *("partition", "account", "qos", "constraint", "gpus_per_job", "gpu_type"),
        *("cpus_per_job", "mem_gb", "minutes", "sbatch"),
    )
    values = ((name, getattr(resources, name)) for name in names)
    return ", ".join(f"cluster.{name}={value}" for name, value in values if value)
