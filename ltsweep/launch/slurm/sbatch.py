"""Jobs of a launch through submitit's sbatch: an array of like ones, and what its script says."""

import shlex
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path
from typing import Any

from submitit.core.utils import FailedJobError, FailedSubmissionError
from submitit.slurm.slurm import SlurmExecutor

from ltsweep.config.clusters import Resources
from ltsweep.foundations.squeue import SlurmError
from ltsweep.launch.launch import Launch
from ltsweep.launch.local.workers import import_path
from ltsweep.launch.slurm.job import run_share

_EVERY_TASK = 1_000_000  # of an array at once, where no limit is asked for
_AGAIN_IF_KILLED = """code=$?
id="$SLURM_JOB_ID"
[ -z "$SLURM_ARRAY_JOB_ID" ] || id="${{SLURM_ARRAY_JOB_ID}}_$SLURM_ARRAY_TASK_ID"
deaths={logs}/"$id".deaths
if [ "$code" -gt 128 ]; then
  echo "$code" >> "$deaths"
  [ "$(wc -l < "$deaths")" -gt {restarts} ] || scontrol requeue "$id"
fi
exit "$code\""""


def queue(
    launch: Launch, resources: Resources, shares: Mapping[int, Sequence[str]], after: Sequence[str]
) -> dict[int, str]:
    """Submits jobs by number, as one array where there are several; their ids by number.

    They start when the jobs `after` have ended, in whatever way: a failed one holds nobody back
    that doesn't need it, and each job looks itself at what its stages start from. SlurmError where
    sbatch refuses.
    """
    executor = SlurmExecutor(folder=launch.logs)
    executor.update_parameters(**_parameters(launch, resources, after))
    try:
        with redirect_stderr(StringIO()), executor.batch():  # submitit prints sbatch's errors too
            asked = resources.model_dump_json()
            made = {
                number: executor.submit(run_share, str(launch.directory), number, asked, *keys)
                for number, keys in shares.items()
            }
    except (FailedJobError, FailedSubmissionError) as error:
        said = [line for line in str(error).splitlines() if line.startswith("sbatch: ")]
        reasons = [line.removeprefix("sbatch: ").removeprefix("error: ") for line in said]
        raise SlurmError(f"sbatch refused a job: {'; '.join(reasons) or error}") from error
    return {number: str(job.job_id) for number, job in made.items()}


def log_path(launch: Launch, job: str) -> Path:
    """The file that a job prints to; of several processes, the first."""
    return launch.logs / f"{job}_0_log.out"


def _parameters(launch: Launch, resources: Resources, after: Sequence[str]) -> dict[str, Any]:
    gpus = resources.gpus_per_job
    options = {
        "partition": resources.partition,
        "account": resources.account,
        "qos": resources.qos,
        "constraint": resources.constraint,
        "mem": f"{round(resources.mem_gb * 1024)}M" if resources.mem_gb else None,
        "gpus-per-node": ":".join(filter(None, (resources.gpu_type, str(gpus)))) if gpus else None,
        "dependency": ":".join(["afterany", *after]) if after else None,
        "kill-on-invalid-dep": "yes",
        "requeue": True,
        **resources.sbatch,
    }
    again = _AGAIN_IF_KILLED.format(logs=shlex.quote(str(launch.logs)), restarts=resources.restarts)
    return {
        "job_name": f"ltsweep-{launch.id}",
        "time": resources.minutes,
        "ntasks_per_node": resources.workers,
        "cpus_per_task": max(1, resources.cpus_per_job // resources.workers),
        "signal_delay_s": resources.warning_seconds,
        "array_parallelism": resources.array_parallelism or _EVERY_TASK,
        "stderr_to_stdout": True,
        "wckey": None,
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
