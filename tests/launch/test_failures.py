"""Failures that workers meet: equal ones are counted over all workers of a launch, on any host."""

from pathlib import Path

import pytest

from ltsweep.launch.cancellation import StopOrCancel, is_cancelled, why_cancelled
from ltsweep.launch.failures import Failures

from ..steer.conftest import MadeUpLaunch, make_launch

ERROR = "RuntimeError: the room is dark"


@pytest.fixture
def made(tmp_path: Path) -> MadeUpLaunch:
    lines = ("method=dense", "seed=0,1,2", "stop_after=2")
    return make_launch(tmp_path / "store", "20260101-120000-abcdef", *lines)


def _worker(made: MadeUpLaunch, said: list[str]) -> Failures:
    """What one of two workers knows of failures."""
    stop = StopOrCancel(lambda: False, made.launch.directory)
    return Failures(made.launch, stop, said.append, made.launch.logs / "0.out")


def test_so_many_equal_failures_of_all_workers_end_a_launch(made: MadeUpLaunch) -> None:
    said: list[str] = []
    for seed, worker in enumerate([_worker(made, said), _worker(made, said)]):
        assert not is_cancelled(made.launch.directory)
        worker.add(made.stage("dense", 0, seed=seed).key, ERROR, "Traceback ...")
    assert why_cancelled(made.launch.directory) == (
        "stop_after=2 ended the sweep: 2 stages failed with the same error"
    )
    assert len(said) == 2, "each worker tells its first in full"


def test_other_errors_and_stages_of_other_launches_do_not_count(made: MadeUpLaunch) -> None:
    worker = _worker(made, [])
    stranger = made.store.stage("another")
    stranger.create({})
    stranger.fail(ERROR, "", "")
    worker.add(made.stage("dense", 0, seed=0).key, ERROR, "")
    worker.add(made.stage("dense", 0, seed=1).key, "RuntimeError: the room is cold", "")
    assert not is_cancelled(made.launch.directory)
