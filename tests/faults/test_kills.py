"""Kills of launcher, workers and delivery at random moments: the same curves, each stage once."""

import random
from contextlib import nullcontext
from functools import partial
from pathlib import Path

import psutil
import pytest

from .kills import Kills, is_finished, sent_live
from .sweeps import LONGER, SOURCES_AND_TARGETS, Command, Sweep, assert_equal, made_once

LONGEST = (*LONGER, "levels=4", "schedule.length=1500it")
MATRIX = (
    *(*SOURCES_AND_TARGETS, "model.hidden=[60,20]", "reset.step=10it"),
    *("logger=none", "checkpoint_seconds=0.05"),
)
# levels that start from the end of the level before, and from an optimizer's state
GOING_ON = (*LONGER, "method=lr_rewind,finetune,fresh_at_k", "schedule=milestones")
WITH_MOMENTA = (*LONGER, "method=imp", "reset.optimizer=snapshot", "optimizer=adam")
LAUNCH = ("launcher", "workers")
LIVE = (*LAUNCH, "delivery")
# one worker where processes are started anew, since each imports torch
SERIES = [
    pytest.param(LONGER, "1", (3, 1), 10, LIVE, id="1 kill of each"),
    pytest.param(LONGEST, "auto", (300, 30), 21, LIVE, id="300 kills", marks=pytest.mark.soak),
]
STATES = [
    pytest.param(GOING_ON, (2, 1), 12, id="weights of the level before"),
    pytest.param(WITH_MOMENTA, (2, 1), 13, id="optimizer of the reset step"),
    pytest.param(MATRIX, (2, 1), 11, id="sources and targets"),
]


@pytest.mark.timeout(6 * 3600)
@pytest.mark.parametrize(("arguments", "jobs", "kills", "seed", "kinds"), SERIES)
def test_kills_at_random_moments_change_nothing(
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    arguments: tuple[str, ...],
    jobs: str,
    kills: tuple[int, int],
    seed: int,
    kinds: tuple[str, ...],
) -> None:
    """The same command again at once, each time; sweep after sweep until there were enough kills.

    Where the delivery is killed too, W&B is told live, and has every row once.
    """
    undisturbed = made_once(tmp_path_factory, arguments)
    _kill_again_and_again(tmp_path, undisturbed, kills, seed, kinds, jobs=jobs, warm=False)


@pytest.mark.parametrize(("arguments", "kills", "seed"), STATES)
def test_kills_change_nothing_whatever_stages_start_from(
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    arguments: tuple[str, ...],
    kills: tuple[int, int],
    seed: int,
) -> None:
    undisturbed = made_once(tmp_path_factory, arguments)
    _kill_again_and_again(tmp_path, undisturbed, kills, seed, LAUNCH, warm=True)


def _kill_again_and_again(
    tmp_path: Path,
    undisturbed: Sweep,
    kills: tuple[int, int],
    seed: int,
    kinds: tuple[str, ...],
    *,
    jobs: str = "auto",
    warm: bool,
) -> None:
    series, number = Kills(random.Random(seed), *kills), 0
    while not series.are_enough(kinds):
        sweep = Sweep(tmp_path / f"{number}" / "store", (*undisturbed.arguments, f"jobs={jobs}"))
        with sent_live(sweep) if "delivery" in kinds else nullcontext(sweep) as sweep:
            _disturb(sweep, undisturbed, series, kinds, warm=warm)
            (sweep.train_here if warm else sweep.run)()
            assert_equal(sweep, undisturbed)
        number += 1
        print(f"{number} sweeps are right after kills of {dict(series.counts)}", flush=True)


def _disturb(
    sweep: Sweep, undisturbed: Sweep, kills: Kills, kinds: tuple[str, ...], *, warm: bool
) -> None:
    """Starts a sweep and kills parts of it, until it is finished or there were enough kills."""
    launcher: Command | None = None
    while not kills.are_enough(kinds) and not is_finished(sweep, undisturbed):
        if launcher is None or _has_ended(launcher):
            launcher = kills.start(sweep, _has_ended, warm=warm)
        processes = {
            "launcher": partial(_alive, launcher),
            "workers": sweep.workers,
            "delivery": sweep.delivery,
        }
        if "workers" in kills.strike({kind: processes[kind] for kind in kinds}):
            launcher.kill()  # or it would start others, and a stage whose worker dies thrice fails
    if launcher is not None:
        launcher.kill()


def _alive(launcher: Command) -> list[psutil.Process]:
    return [] if _has_ended(launcher) else [psutil.Process(launcher.process.pid)]


def _has_ended(launcher: Command) -> bool:
    return launcher.process.poll() is not None
