"""Kills of Slurm jobs at random moments: the same curves, each stage once."""

import random
import time
from functools import partial
from pathlib import Path

import pytest

from ltsweep.store.store import Store

from ..faults.sweeps import LONGER, Sweep, kill
from ..waiting import wait_for
from .cluster import SlurmCluster
from .ladders import processes_of, sweep_in

LONGEST = (*LONGER, "levels=8", "schedule.length=2000it")
JOBS = ("cluster=slurm", "jobs=2", "cluster.restarts=1")


@pytest.mark.timeout(6 * 3600)
@pytest.mark.parametrize(
    ("arguments", "kills"),
    [
        pytest.param(LONGER, 3, id="3 kills"),
        pytest.param(LONGEST, 300, id="300 kills", marks=pytest.mark.soak),
    ],
)
def test_kills_of_jobs_at_random_moments_change_nothing(
    tmp_path: Path, cluster: SlurmCluster, arguments: tuple[str, ...], kills: int
) -> None:
    """Their workers, the sruns that start them, or both; then the same command again."""
    moments = random.Random(31)
    undisturbed = sweep_in(tmp_path / "undisturbed" / "store", cluster, *arguments, "cluster=debug")
    undisturbed.run()
    sweep = sweep_in(tmp_path / "0" / "store", cluster, *arguments, *JOBS)
    for number in range(kills):
        before = sweep.logs()
        sweep.run()
        wait_for(partial(_goes_on, cluster, sweep, before), "word of a job")
        time.sleep(moments.uniform(0.0, 2.5))
        found = [*processes_of(sweep, "python"), *processes_of(sweep, "srun")]
        kill(moments.sample(found, moments.randint(min(1, len(found)), len(found))))
        if len(undisturbed.endings()) == sum(s.is_done() for s in Store(sweep.store).stages()):
            _assert_equal(cluster, sweep, undisturbed)
            sweep = sweep_in(tmp_path / f"{number + 1}" / "store", cluster, *arguments, *JOBS)
    _assert_equal(cluster, sweep, undisturbed)


def _goes_on(cluster: SlurmCluster, sweep: Sweep, before: str) -> bool:
    """Whether a job has printed something, unless there is none."""
    return sweep.logs() != before or not cluster.queue()


def _assert_equal(cluster: SlurmCluster, sweep: Sweep, undisturbed: Sweep) -> None:
    """Completes `sweep` and compares it with a sweep that nobody disturbed."""
    wait_for(lambda: not cluster.queue(), "end of the jobs")
    sweep.run()
    wait_for(lambda: not cluster.queue(), "end of the jobs")
    assert sweep.curves() == undisturbed.curves()
    assert set(sweep.endings().values()) == {1}, "a stage was trained twice"
