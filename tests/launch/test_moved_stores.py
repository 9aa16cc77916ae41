"""A store works where it lies: nothing in it names the place at which it was made."""

import shutil
from pathlib import Path

import pytest

from ltsweep.launch import jobs
from ltsweep.launch.launch import Launch
from ltsweep.launch.state import LaunchState
from ltsweep.launch.worker import Worker
from ltsweep.steer.retry import prepare_retry
from ltsweep.steer.selectors import choose
from ltsweep.store.claims import Owner
from ltsweep.store.store import Store

from ..sweeps_here import train


@pytest.fixture
def made(tmp_path: Path) -> Store:
    """A store in which the deepest level of a ladder is still to be trained."""
    selection, _ = train(tmp_path / "a", "method=imp", "levels=1")
    store = selection.store
    (point,) = store.points()
    shutil.rmtree(store.stage(point.stages[-1]).path)
    return store


def test_no_file_of_a_store_names_its_place(made: Store) -> None:
    place = str(made.root).encode()
    named = [path for path in made.root.rglob("*") if path.is_file() and place in path.read_bytes()]
    assert named == []


def test_a_retry_in_a_copy_trains_in_the_copy(made: Store, tmp_path: Path) -> None:
    copy = Store(shutil.copytree(made.root, tmp_path / "b"))
    for path in copy.launches_dir.glob("*/jobs.jsonl"):
        path.unlink()  # they tell that this process, which lives, has worked on the launch
    selection, pending = prepare_retry(choose(copy, []))
    assert selection.store.root == copy.root
    assert len(pending.stages) == 1


def test_the_worker_of_a_moved_launch_works_where_the_launch_lies(
    made: Store, tmp_path: Path
) -> None:
    moved = Store(made.root.rename(tmp_path / "b"))
    (directory,) = moved.launches_dir.iterdir()
    launch = Launch.load(directory)
    Worker(launch, "0", Owner.of_this_process(launch.id), lambda: False).run()
    state = LaunchState(launch, moved)
    state.refresh()
    assert len(state.done) == 2
    assert not made.root.exists()


def test_logs_are_found_in_a_moved_store(made: Store, tmp_path: Path) -> None:
    (directory,) = made.launches_dir.iterdir()
    log = directory / "logs" / "debug.out"
    made.stage("key").create({})
    made.stage("key").fail("OSError: gone", "Traceback", str(log))
    made.stage("other").create({})
    made.stage("other").fail("OSError: gone", "Traceback", "/var/log/elsewhere")
    moved = Store(made.root.rename(tmp_path / "b"))
    (directory,) = moved.launches_dir.iterdir()
    there = str(directory / "logs" / "debug.out")
    assert [record.log for record in jobs.read(directory)] == [there]
    assert (moved.stage("key").failure() or {})["log"] == there
    assert (moved.stage("other").failure() or {})["log"] == "/var/log/elsewhere"
