"""Small sweeps for a real Slurm, and what the tests ask about their jobs."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil

from ltsweep.foundations.json_lines import Record
from ltsweep.launch import jobs
from ltsweep.launch.jobs import JobRecord
from ltsweep.store.store import Store

from ..faults.sweeps import SOURCES_AND_TARGETS, Sweep
from ..warm import processes
from .cluster import SlurmCluster

FAULTS = Path(__file__).parents[1] / "faults"
WARM_JOBS = Path(__file__).parent / "warm_jobs"
TINY = (
    "schedule.length=40it",
    "batch_size=256",
    "model.hidden=[20]",
    "reset.step=5it",
    "logger=none",
    "checkpoint_seconds=0.05",
)
BROAD = (
    *TINY,
    "method=imp,random_reinit,random_mask",
    "seed=0,1",
    "levels=3",
    "report.densities=[0.512]",
)
SLOW = (
    "optimizer._target_=faulty.slow",
    "~optimizer.momentum",
    "~optimizer.nesterov",
    "~optimizer.weight_decay",
)
LADDER = (*TINY, "method=imp", "seed=0,1", "levels=4", "schedule.length=300it", *SLOW)
MATRIX = (*TINY, *SOURCES_AND_TARGETS, *SLOW)


def sweep_in(store: Path, cluster: SlurmCluster, *arguments: str, warm: bool = True) -> Sweep:
    """A sweep whose jobs are forked from a warm Python or, not `warm`, started anew."""
    store.parent.mkdir(exist_ok=True)
    slow = store.parent / "slow"
    environment = {"PYTHONPATH": str(FAULTS), "SLOW": str(slow), **cluster.environment}
    if warm:
        environment["PYTHONPATH"] += os.pathsep + str(WARM_JOBS)
        environment |= processes.environment()
    sweep = Sweep(store, arguments, environment)
    slow_down(sweep, 0)
    return sweep


def slow_down(sweep: Sweep, seconds: float) -> None:
    """Has packs that begin from now on come late; a job may be reading what it was before."""
    slow = Path(sweep.environment["SLOW"])
    new = slow.with_suffix(".new")
    new.write_text(str(seconds))
    new.replace(slow)


def jobs_of(sweep: Sweep) -> list[JobRecord]:
    """The jobs of all launches on the sweep's store, oldest first."""
    launches = sorted(Store(sweep.store).launches_dir.iterdir())
    return [record for launch in launches for record in jobs.read(launch)]


def last_job(sweep: Sweep) -> str:
    identifier = jobs_of(sweep)[-1].id
    assert identifier is not None
    return identifier


def processes_of(sweep: Sweep, program: str) -> list[psutil.Process]:
    """The processes of this program that the sweep's jobs are, or that start them."""
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if program in next(iter(process.info["cmdline"] or [""]))
        and any(word.startswith(f"{sweep.store}/launches/") for word in process.info["cmdline"])
    ]


def reaches(sweep: Sweep, level: int) -> Callable[[], bool]:
    """Whether some stage of this level is done."""
    return lambda: any(spec["level"] == level for spec in _done(sweep))


def reaches_targets(sweep: Sweep) -> bool:
    """Whether some ticket has been trained on a target."""
    return any(spec.get("moved") and spec["level"] > 0 for spec in _done(sweep))


def _done(sweep: Sweep) -> Iterator[Record]:
    """What the finished stages are."""
    stages = Store(sweep.store).stages()
    return (stage.spec() or {} for stage in stages if stage.is_done())
