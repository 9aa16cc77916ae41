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
SERIES = [
    pytest.param(LONGER, 4, 10, id="4 kills"),
    pytest.param(GOING_ON, 4, 12, id="weights of the level before"),
    pytest.param(WITH_MOMENTA, 2, 13, id="optimizer of the reset step"),
    pytest.param(MATRIX, 3, 11, id="sources and targets"),
    pytest.param(LONGEST, 20, 20, id="20 kills", marks=pytest.mark.soak),
]


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("arguments", "kills", "seed"), SERIES)
def test_kills_at_random_moments_change_nothing(
    tmp_path: Path, arguments: tuple[str, ...], kills: int, seed: int
) -> None:
    """The launcher, its workers, or both; the same command again at once, each time."""
    moments = random.Random(seed)
    undisturbed = Sweep(tmp_path / "undisturbed" / "store", arguments)
    undisturbed.run()
    sweep = Sweep(tmp_path / "0" / "store", arguments)
    stages = len(undisturbed.endings())
    for number in range(kills):
        before = sweep.logs()
        launcher = sweep.start()
        if moments.random() < 0.75:  # else while they start
            wait_for(partial(_says_more, sweep, before, launcher), "word of a worker")
        time.sleep(moments.uniform(0.0, 2.5))
        victims = moments.choice(["launcher", "workers", "both"])
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
