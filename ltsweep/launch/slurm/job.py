"""What a Slurm job runs: a worker on its own stages; how it saves and is queued again."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from submitit.slurm.slurm import SlurmJobEnvironment

from ltsweep.foundations.files import DamagedFile
from ltsweep.foundations.output import spell_out_unknown
from ltsweep.foundations.squeue import SlurmError, ask
from ltsweep.launch.delivery import last_seconds
from ltsweep.launch.launch import Launch
from ltsweep.launch.settings import settings_of_job
from ltsweep.launch.slurm.adoption import take_over
from ltsweep.launch.slurm.arrays import Array, ArrayFile, log_path
from ltsweep.launch.slurm.client import job_states
from ltsweep.launch.state import LaunchState
from ltsweep.launch.worker import StopFlag, Worker
from ltsweep.store.claims import Owner

WARNING = signal.Signals[f"SIG{SlurmJobEnvironment.USR_SIG}"]
_LEAST_SECONDS = 5.0  # that a job waits for its last deliveries, whose process ends with it
TRIES, TRY_SECONDS = 12, 5.0  # since Slurm's controller may be restarting


def main(launch_directory: str, array: str) -> None:
    """Runs the part of an array that is this task's, as one of the job's processes.

    Exits with 1 if a stage failed, was left out or is not finished. Slurm warns a job before its
    time limit or a preemption. The process then saves and has the job queued again, at most
    `requeues` times, unless Slurm has ended or requeued it already.
    """
    spell_out_unknown()
    stop, began = StopFlag(), time.monotonic()
    with stop.listening(WARNING):
        launch, jobs = _what_to_do(Path(launch_directory), array)
        environment = SlurmJobEnvironment()
        task = int(environment.array_task_id or 0)
        resources, keys = jobs.resources, jobs.parts[task].keys
        settings = settings_of_job(launch.run, resources, len(keys))
        gpu = _take_gpu(settings.device, environment.local_rank) or "none"
        restart = int(os.environ.get("SLURM_RESTART_COUNT", "0"))
        owner = Owner.of_this_process(launch.id, environment.job_id, restart)
        slot = f"{jobs.parts[task].job}.{environment.global_rank}"
        print(f"job {owner.slurm}, run {restart + 1}: {len(keys)} stages, GPU {gpu}", flush=True)
        record = jobs.record(launch.directory, task, environment.job_id)
        if (refusal := take_over(launch.directory, launch.store, record, stop)) is not None:
            sys.exit(refusal)
        log_file = log_path(launch.directory, environment.job_id, environment.global_rank)
        worker = Worker(
            launch, slot, owner, stop, log_file=log_file, own=frozenset(keys), settings=settings
        )
        worker.run()
        if worker.delivery is not None:
            took = time.monotonic() - began
            worker.delivery.leave(0.0 if stop() else last_seconds(took, _LEAST_SECONDS))
        finished = worker.is_finished()
        if stop() and not finished and environment.global_rank == 0:
            print(f"saved; {_requeue(environment.job_id, restart, resources.requeues)}", flush=True)
    problems = list(_left_out(worker.state))
    for problem in problems:
        print(problem, flush=True)
    if problems or not finished:
        sys.exit(1)


def _what_to_do(launch_directory: Path, array: str) -> tuple[Launch, Array]:
    try:
        launch = Launch.load(launch_directory)
        return launch, ArrayFile(launch.directory, array).read()
    except DamagedFile as error:
        sys.exit(f"nothing is done here: {error}; the same command again submits what is left")


def _take_gpu(device: str, local_rank: int) -> str:
    """Restricts this process to one of the GPUs that Slurm gave the job. Returns the GPU's id."""
    given = [gpu for gpu in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if gpu]
    gpu = given[local_rank % len(given)] if given else ""
    os.environ["CUDA_VISIBLE_DEVICES"] = gpu  # before anything asks CUDA what there is
    if device == "cuda" and not torch.cuda.is_available():
        sys.exit(f"Slurm gave this job the GPUs '{','.join(given)}', and torch can use none here")
    return gpu


def _requeue(job: str, restart: int, requeues: int) -> str:
    """Has the job queued again if Slurm still calls it running. Says in words what was done."""
    reason = ""
    for _ in range(TRIES):
        try:
            said = job_states([job]).get(job)
            if said is None or said.state != "RUNNING":
                return f"Slurm says {said or 'nothing of this job'}"
            if restart >= requeues:
                return (
                    "not queued again: its time limit or a preemption ended it, after "
                    f"{restart} earlier ones; cluster.minutes or cluster.requeues allow for more"
                )
            ask(["scontrol", "requeue", job])
            return "queued again"
        except SlurmError as error:
            reason = str(error)
            time.sleep(TRY_SECONDS)
    return f"not queued again: {reason}"


def _left_out(state: LaunchState) -> Iterator[str]:
    """A sentence for each stage that failed or cannot run any more."""
    for key in sorted(state.failed):
        yield f"failed: {_name(state, key)}: {state.failure(key)['error']}"
    for key, culprit in state.blocked.items():
        if culprit not in state.diverged:
            yield f"not run: {_name(state, key)}: waits for {_name(state, culprit)}"


def _name(state: LaunchState, key: str) -> str:
    spec = state.planned(key).spec
    return f"seed {spec.seed}, level {spec.level} ({key})"


if __name__ == "__main__":
    main(*sys.argv[1:])
