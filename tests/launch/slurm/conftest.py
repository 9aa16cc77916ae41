"""A launcher that submits small sweeps to a made-up Slurm, as its user sees it."""

import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from ltsweep.foundations import squeue
from ltsweep.launch import jobs
from ltsweep.launch.engine import Outcome, prepare_store
from ltsweep.launch.engine import submit as submit_selection
from ltsweep.launch.pending import find_pending
from ltsweep.launch.slurm import submit
from ltsweep.launch.slurm.submit import Queued
from ltsweep.launch.under_way import under_way
from ltsweep.store.store import Store
from ltsweep.views.varying import by_numbers

from ... import sweeps_here
from ...slurm_made_up import MadeUpSlurm

SEEDS = 8
EIGHT = (f"seed=range({SEEDS})", f"jobs={SEEDS}")
ONE = ("seed=0", "jobs=1")


class Launcher:
    """What a user sees of submissions of jobs with two stages each."""

    def __init__(self, root: Path) -> None:
        self.store = Store(root / "store")
        self.said: list[str] = []

    def submit(self, *lines: str, axes: tuple[str, ...] = EIGHT) -> Outcome | Queued:
        common = ("cluster=slurm", "method=random_reinit", "levels=1")
        selection = sweeps_here.selection(self.store.root, *axes, *common, *lines)
        prepare_store(selection)
        pending = find_pending(selection.plan, selection.store)
        return submit_selection(selection, pending, self.said.append)

    def launches(self) -> list[Path]:
        return sorted(self.store.launches_dir.iterdir())

    def recorded(self) -> list[str | None]:
        ids = [record.id for launch in self.launches() for record in jobs.read(launch)]
        return sorted(ids, key=by_numbers)  # of two launches in one second either may be first

    def claimed(self) -> int:
        """How many stages are under way."""
        return len(under_way((stage.key for stage in self.store.stages()), self.store))


@pytest.fixture
def launcher(tmp_path: Path) -> Launcher:
    squeue._queue.cache_clear()
    return Launcher(tmp_path)


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MadeUpSlurm:
    return MadeUpSlurm.start(tmp_path / "slurm", monkeypatch, limit=1000)


def hurry(monkeypatch: pytest.MonkeyPatch, sleep: Callable[[float], None]) -> None:
    """No time passes between looks; `sleep` is what happens instead."""
    here = SimpleNamespace(sleep=sleep, monotonic=time.monotonic)  # subprocess sleeps, too
    monkeypatch.setattr(submit, "time", here)
    monkeypatch.setattr(submit, "LOOK_SECONDS", -1.0)
    monkeypatch.setattr(squeue, "LOOK_SECONDS", 1e-9)
