"""Kills of launcher and workers at random moments: the same curves, each stage once."""

import random
import time
from functools import partial
from pathlib import Path

import pytest

from ltsweep.store.store import Store

from ..waiting import wait_for
from .sweeps import LONGER, SOURCES_AND_TARGETS, Command, Sweep, assert_equal, kill

LONGEST = (*LONGER, "levels=8", "schedule.length=2000it")
MATRIX = (*SOURCES_AND_TARGETS, "reset.step=10it", "logger=none", "checkpoint_seconds=0.05")
# levels that start from the end of the level before, and from an optimizer's state
GOING_ON = (*LONGER, "method=lr_rewind,finetune,fresh_at_k", "schedule=milestones")
WITH_MOMENTA = (*LONGER, "method=imp", "reset.optimizer=snapshot", "optimizer=adam")
ANYBODY = ("launcher", "workers", "both")
SERIES = [
    pytest.param(LONGER, 3, 10, ANYBODY, id="3 kills"),
    pytest.param(LONGEST, 20, 20, ANYBODY, id="20 kills", marks=pytest.mark.soak),
    *(
        pytest.param(LONGEST, 300, seed, (who,), id=f"300 kills of {who}", marks=pytest.mark.soak)
        for seed, who in ((21, "launcher"), (22, "workers"))
    ),
]
STATES = [
    pytest.param(GOING_ON, 4, 12, id="weights of the level before"),
    pytest.param(WITH_MOMENTA, 2, 13, id="optimizer of the reset step"),
    pytest.param(MATRIX, 3, 11, id="sources and targets"),
]


@pytest.mark.timeout(6 * 3600)
@pytest.mark.parametrize(("arguments", "kills", "seed", "who"), SERIES)
def test_kills_at_random_moments_change_nothing(
    tmp_path: Path, arguments: tuple[str, ...], kills: int, seed: int, who: tuple[str, ...]
) -> None:
    """The launcher, its workers, or both; the same command again at once, each time."""
    _kill_again_and_again(tmp_path, arguments, kills, seed, who, warm=False)


@pytest.mark.parametrize(("arguments", "kills", "seed"), STATES)
def test_kills_change_nothing_whatever_stages_start_from(
    tmp_path: Path, arguments: tuple[str, ...], kills: int, seed: int
) -> None:
    _kill_again_and_again(tmp_path, arguments, kills, seed, ANYBODY, warm=True)


def _kill_again_and_again(
    tmp_path: Path,
    arguments: tuple[str, ...],
    kills: int,
    seed: int,
    who: tuple[str, ...],
    *,
    warm: bool,
) -> None:
    moments = random.Random(seed)
    undisturbed = Sweep(tmp_path / "undisturbed" / "store", arguments)
    undisturbed.run()
    sweep = Sweep(tmp_path / "0" / "store", arguments)
    stages = len(undisturbed.endings())
    for number in range(kills):
        before = sweep.logs()
        launcher = sweep.start(warm=warm)
        if moments.random() < 0.75:  # else while they start
            wait_for(partial(_says_more, sweep, before, launcher), "word of a worker")
        time.sleep(moments.uniform(0.0, 2.5))
        victims = moments.choice(who)
        if victims != "workers":
            launcher.kill()
        if victims != "launcher":
            kill(sweep.workers())
        launcher.kill()
        if sum(stage.is_done() for stage in Store(sweep.store).stages()) == stages:
            assert_equal(sweep, undisturbed)
            sweep = Sweep(tmp_path / f"{number + 1}" / "store", arguments)
    assert_equal(sweep, undisturbed)


def _says_more(sweep: Sweep, before: str, launcher: Command) -> bool:
    """Whether a worker has printed something, unless there was nothing to be done."""
    return sweep.logs() != before or launcher.process.poll() is not None
