"""Sweeps in a real Slurm: the same curves as anywhere, through everything that happens to jobs."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from ltsweep.launch import jobs
from ltsweep.launch.jobs import JobRecord
from ltsweep.store import Store

from ..faults.sweeps import Sweep
from .cluster import MAX_ARRAY_SIZE, SlurmCluster, wait_for

FAULTS = Path(__file__).parents[1] / "faults"
TINY = (
    "schedule.length=40it",
    "batch_size=256",
    "model.hidden=[20]",
    "reset.step=5it",
    "logger=none",
    "checkpoint_seconds=0.05",
)
BROAD = (*TINY, "method=imp,random_reinit,random_mask", "seed=0,1", "levels=3")
LADDER = (
    *TINY,
    "method=imp",
    "seed=0,1",
    "levels=4",
    "schedule.length=300it",
    "optimizer._target_=faulty.slow",
    "~optimizer.momentum",
    "~optimizer.nesterov",
    "~optimizer.weight_decay",
)
SLURM = ("cluster=slurm",)


def _sweep(store: Path, cluster: SlurmCluster, *arguments: str, slow: float = 0) -> Sweep:
    environment = {"PYTHONPATH": str(FAULTS), "SLOW": str(slow), **cluster.environment}
    return Sweep(store, (*arguments,), environment)


def _jobs(sweep: Sweep) -> list[JobRecord]:
    """The jobs of all launches on the sweep's store, oldest first."""
    launches = sorted(Store(sweep.store).launches_dir.iterdir())
    return [record for launch in launches for record in jobs.read(launch)]


def _last_job(sweep: Sweep) -> str:
    identifier = _jobs(sweep)[-1].id
    assert identifier is not None
    return identifier


def _reaches(sweep: Sweep, level: int) -> Callable[[], bool]:
    """Whether some stage of this level is done."""
    return lambda: any(
        stage.is_done() and (stage.spec() or {})["level"] == level
        for stage in Store(sweep.store).stages()
    )


@pytest.fixture(scope="module")
def ladder(tmp_path_factory: pytest.TempPathFactory, cluster: SlurmCluster) -> Sweep:
    """What the disturbed ladders must come to."""
    sweep = _sweep(tmp_path_factory.mktemp("ladder") / "store", cluster, *LADDER, "cluster=debug")
    sweep.run()
    return sweep


def test_slurm_local_and_debug_give_the_same_curves(tmp_path: Path, cluster: SlurmCluster) -> None:
    curves = {}
    for name in ("slurm", "local", "debug"):
        sweep = _sweep(tmp_path / name / "store", cluster, *BROAD, f"cluster={name}", "wait=true")
        output = sweep.run()
        assert "report: " in output
        curves[name] = sweep.curves()
    assert curves["slurm"] == curves["local"] == curves["debug"]
    assert len(curves["slurm"].splitlines()) == 1 + 2 * 3 * 4


def _requeue(cluster: SlurmCluster, sweep: Sweep) -> None:
    cluster.ask("scontrol", "requeue", _last_job(sweep))


def _warn(cluster: SlurmCluster, sweep: Sweep) -> None:
    cluster.ask("scancel", "--signal=USR2", _last_job(sweep))
    wait_for(lambda: "saved, and queued again" in sweep.logs(), "requeueing")


def _terminate(cluster: SlurmCluster, sweep: Sweep) -> None:
    cluster.ask("scancel", "--signal=TERM", _last_job(sweep))


def _cancel(cluster: SlurmCluster, sweep: Sweep) -> None:
    cluster.ask("scancel", _last_job(sweep))


def _kill_process(cluster: SlurmCluster, sweep: Sweep) -> None:
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if (
            "submitit.core._submit" in words
            and "srun" not in words[0]
            and str(sweep.store) in words[-1]
        ):
            process.kill()


def _kill_node(cluster: SlurmCluster, sweep: Sweep) -> None:
    cluster.kill_node()
    cluster.start_node()


def _restart_controller(cluster: SlurmCluster, sweep: Sweep) -> None:
    cluster.restart_controller()


BY_ITSELF, BY_THE_SAME_COMMAND = False, True


@pytest.mark.parametrize(
    ("disturb", "completed"),
    [
        (_requeue, BY_ITSELF),
        (_warn, BY_ITSELF),
        (_kill_process, BY_ITSELF),
        (_kill_node, BY_ITSELF),
        (_restart_controller, BY_ITSELF),
        (_terminate, BY_THE_SAME_COMMAND),
        (_cancel, BY_THE_SAME_COMMAND),
    ],
)
def test_a_disturbed_ladder_ends_as_an_undisturbed_one(
    ladder: Sweep,
    cluster: SlurmCluster,
    tmp_path: Path,
    disturb: Callable[[SlurmCluster, Sweep], None],
    completed: bool,
) -> None:
    sweep = _sweep(tmp_path / "store", cluster, *LADDER, *SLURM, slow=0.2)
    sweep.run()
    wait_for(_reaches(sweep, 1), "stage of level 1")
    disturb(cluster, sweep)
    wait_for(lambda: not cluster.queue(), "end of the job")
    if completed is BY_THE_SAME_COMMAND:
        assert sweep.curves() != ladder.curves()
        assert "submitted" in sweep.run()
        wait_for(lambda: not cluster.queue(), "end of the job")
    assert sweep.curves() == ladder.curves()
    assert set(sweep.endings().values()) == {1}, "a stage was trained twice"
