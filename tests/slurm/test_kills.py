"""Kills of Slurm jobs, launchers and deliveries at random: the same curves, each stage once."""

import random
from contextlib import suppress
from functools import partial
from pathlib import Path

import psutil
import pytest

from ..faults.kills import Kills, is_finished, sent_live
from ..faults.sweeps import LONGER, Command, Sweep, made_once
from .cluster import SlurmCluster
from .ladders import processes_of, sweep_in

LONGEST = (*LONGER, "levels=4", "schedule.length=1500it")
JOBS = ("cluster=slurm", "jobs=2", "cluster.restarts=1")
KINDS = ("workers", "sruns", "delivery")  # launchers are killed as well, and need not be so often


@pytest.mark.timeout(6 * 3600)
@pytest.mark.parametrize(
    ("arguments", "kills"),
    [
        pytest.param(LONGER, (3, 1), id="1 kill of each"),
        pytest.param(LONGEST, (300, 30), id="300 kills", marks=pytest.mark.soak),
    ],
)
def test_kills_at_random_moments_change_nothing(
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    cluster: SlurmCluster,
    arguments: tuple[str, ...],
    kills: tuple[int, int],
) -> None:
    """The jobs' workers, the sruns that start them, who submits them and who tells W&B of them.

    The same command follows at once. W&B has every row once.
    """
    undisturbed = made_once(tmp_path_factory, arguments)
    series, number = Kills(random.Random(31), *kills), 0
    while not series.are_enough(KINDS):
        store = tmp_path / f"{number}" / "store"
        with sent_live(sweep_in(store, cluster, *arguments, *JOBS, warm=False)) as sweep:
            _disturb(cluster, sweep, undisturbed, series)
            _assert_equal(cluster, sweep, undisturbed)
        number += 1
        print(f"{number} sweeps are right after kills of {dict(series.counts)}", flush=True)


def _disturb(cluster: SlurmCluster, sweep: Sweep, undisturbed: Sweep, kills: Kills) -> None:
    """Submits a sweep and kills parts of it, until it is finished or there were enough kills."""
    while not kills.are_enough(KINDS) and not is_finished(sweep, undisturbed):
        launcher = kills.start(sweep, partial(_has_gone, cluster), warm=True)
        kills.strike(
            {
                "launcher": partial(_alive, launcher),
                "workers": partial(processes_of, sweep, "python"),
                "sruns": partial(processes_of, sweep, "srun"),
                "delivery": sweep.delivery,
            }
        )
        launcher.wait()


def _alive(launcher: Command) -> list[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        if launcher.process.poll() is None:
            return [psutil.Process(launcher.process.pid)]
    return []


def _has_gone(cluster: SlurmCluster, launcher: Command) -> bool:
    """Whether what it has submitted has ended, if anything."""
    return launcher.process.poll() is not None and not cluster.queue()


def _assert_equal(cluster: SlurmCluster, sweep: Sweep, undisturbed: Sweep) -> None:
    """Completes `sweep` and compares it with a sweep that nobody disturbed."""
    cluster.wait_until_empty()
    sweep.run()
    cluster.wait_until_empty()
    assert sweep.curves() == undisturbed.curves()
    assert set(sweep.endings().values()) == {1}, "a stage was trained twice"
