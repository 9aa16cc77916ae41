"""Small sweeps for a real Slurm, and what the tests ask about their jobs."""

from collections.abc import Callable
from pathlib import Path

from ltsweep.launch import jobs
from ltsweep.launch.jobs import JobRecord
from ltsweep.store.store import Store

from ..faults.sweeps import Sweep
from .cluster import SlurmCluster

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


def sweep_in(store: Path, cluster: SlurmCluster, *arguments: str) -> Sweep:
    slow = store.parent / "slow"
    slow.parent.mkdir(exist_ok=True)
    slow.write_text("0")
    environment = {"PYTHONPATH": str(FAULTS), "SLOW": str(slow), **cluster.environment}
    return Sweep(store, arguments, environment)


def jobs_of(sweep: Sweep) -> list[JobRecord]:
    """The jobs of all launches on the sweep's store, oldest first."""
    launches = sorted(Store(sweep.store).launches_dir.iterdir())
    return [record for launch in launches for record in jobs.read(launch)]


def last_job(sweep: Sweep) -> str:
    identifier = jobs_of(sweep)[-1].id
    assert identifier is not None
    return identifier


def reaches(sweep: Sweep, level: int) -> Callable[[], bool]:
    """Whether some stage of this level is done."""
    return lambda: any(
        stage.is_done() and (stage.spec() or {})["level"] == level
        for stage in Store(sweep.store).stages()
    )
