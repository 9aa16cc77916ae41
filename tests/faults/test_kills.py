"""Twenty kills of launcher and workers at random moments: the same curves, each stage once."""

import random
import time
from pathlib import Path

import pytest

from ltsweep.store.store import Store

from .sweeps import LONGER, Sweep, assert_equal, kill

KILLS = 20
LONGEST = (*LONGER, "levels=8", "schedule.length=2000it")


@pytest.mark.timeout(900)
def test_twenty_kills_at_random_moments_change_nothing(tmp_path: Path) -> None:
    """The launcher, its workers, or both; the same command again at once, each time."""
    moments = random.Random(20)
    undisturbed = Sweep(tmp_path / "undisturbed", LONGEST)
    undisturbed.run()
    sweep = Sweep(tmp_path / "store-0", LONGEST)
    stages = len(undisturbed.endings())
    for number in range(KILLS):
        launcher = sweep.start()
        time.sleep(moments.uniform(2.0, 6.0))
        victims = moments.choice(["launcher", "workers", "both"])
        if victims != "workers":
            launcher.kill()
        if victims != "launcher":
            kill(sweep.workers())
        launcher.kill()
        if sum(stage.is_done() for stage in Store(sweep.store).stages()) == stages:
            assert_equal(sweep, undisturbed)
            sweep = Sweep(tmp_path / f"store-{number + 1}", LONGEST)
    assert_equal(sweep, undisturbed)
