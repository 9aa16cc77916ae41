"""What is told while a launch trains: how far it is and what trains, without a long silence."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ltsweep.launch import live, worker_status
from ltsweep.launch.engine import freeze, prepare_store, submit, write_points
from ltsweep.launch.launch import Launch
from ltsweep.launch.live import PlainLines, Progress, telling_beside
from ltsweep.launch.pending import find_pending
from ltsweep.launch.state import LaunchState
from ltsweep.launch.worker import Worker
from ltsweep.launch.worker_status import StatusFile
from ltsweep.store.records import TRAINED

from ..sweeps_here import selection, train
from ..waiting import wait_for


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Launch:
    """A launch of one ladder with two prunings, saved; nothing of it is trained."""
    made = selection(tmp_path_factory.mktemp("live") / "store", "method=imp")
    prepare_store(made)
    write_points(made, is_submitted=True)
    launch = freeze(made, find_pending(made.plan, made.store))
    launch.save()
    return launch


@pytest.fixture
def launch(planned: Launch, monkeypatch: pytest.MonkeyPatch) -> Iterator[Launch]:
    monkeypatch.setattr(worker_status, "WRITE_SECONDS", 0.0)
    yield planned
    for path in (*planned.directory.glob("worker-*"), *planned.store.stages_dir.glob("*/DONE")):
        path.unlink()


def _state(launch: Launch) -> LaunchState:
    state = LaunchState(launch, launch.store)
    state.refresh()
    return state


def _finish(launch: Launch, key: str) -> None:
    directory = launch.store.stage(key)
    (stage,) = [stage for stage in launch.stages if stage.key == key]
    directory.create(stage.spec.model_dump(mode="json"))
    for step in stage.snapshots:
        directory.snapshot(step).touch()
    directory.finish(TRAINED, [])


def test_a_line_says_what_trains_and_how_far_it_is(launch: Launch) -> None:
    dense, ticket, _ = launch.pending
    _finish(launch, dense)
    status = StatusFile(launch.directory, "0")
    status.begin([ticket], "1")
    about = "1/3 stages done, 1 running: imp, seed 0, level 1"
    assert Progress(launch, _state(launch)).summary().startswith(f"{about}; 1 waiting")
    status.stepped(ticket, 8)
    assert Progress(launch, _state(launch)).summary().startswith(f"{about}, step 8 of 12; 1 ")


def test_of_several_stages_a_line_names_one(launch: Launch) -> None:
    for slot, key in enumerate(launch.pending[:2]):
        status = StatusFile(launch.directory, str(slot))
        status.begin([key], "0")
        status.stepped(key, 4)
    told = Progress(launch, _state(launch)).summary()
    assert told.startswith("0/3 stages done, 2 running, among them dense, seed 0, step 4 of 12; 1 ")


def test_a_stage_of_the_pack_that_is_done_is_not_said_to_run(launch: Launch) -> None:
    dense, ticket, _ = launch.pending
    status = StatusFile(launch.directory, "0")
    status.begin([dense, ticket], "0-1")
    status.stepped(dense, 12)
    _finish(launch, dense)
    told = Progress(launch, _state(launch)).summary()
    assert told.startswith("1/3 stages done, 1 running: imp, seed 0, level 1; 1 waiting")


def test_no_silence_lasts_longer_than_twenty_seconds(
    launch: Launch, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr(live.time, "monotonic", lambda: now)
    state, said = _state(launch), []
    lines = PlainLines(Progress(launch, state), lambda text: said.append((now, text)))
    for half_second in range(101):
        now = half_second / 2
        if now == 25.0:
            _finish(launch, launch.pending[0])
            state.refresh()
        lines()
    assert [at for at, _ in said] == [0.0, 20.0, 30.0, 50.0]
    assert [text[:3] for _, text in said] == ["0/3", "0/3", "1/3", "1/3"]


def test_a_process_that_trains_says_so_beside_its_training(
    launch: Launch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "PLAIN_LINE_SECONDS", 0.01)
    said: list[str] = []
    StatusFile(launch.directory, "0").begin(launch.pending[:1], "0")
    with telling_beside(launch, _state(launch), said.append):
        wait_for(lambda: said, "line")
    assert said[0].startswith("0/3 stages done, 1 running: dense, seed 0; 2 waiting")


def test_a_launch_in_one_process_says_how_far_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "PLAIN_LINE_SECONDS", 0.01)
    monkeypatch.setattr(Worker, "run", lambda worker: wait_for(lambda: said[1:], "line"))
    made, said = selection(tmp_path, "method=imp"), []
    prepare_store(made)
    submit(made, find_pending(made.plan, made.store), said.append)
    assert said[0].startswith("3 of 3 stages to train")
    assert said[1].startswith("0/3 stages done, 0 running, 3 waiting")


def test_a_worker_tells_what_it_trains_and_how_far_that_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_status, "WRITE_SECONDS", 0.0)
    made, _ = train(tmp_path, "method=dense", "levels=0")
    (directory,), (key,) = made.store.launches_dir.iterdir(), made.plan.stages
    (status,) = worker_status.read_all(directory, ()).values()
    assert (status.keys, status.level, status.key, status.step) == ((key,), "0", key, 12)


def test_a_worker_that_cannot_write_its_status_trains_on(tmp_path: Path) -> None:
    StatusFile(tmp_path / "absent", "0").begin(["a"], "0")
    assert worker_status.read_all(tmp_path / "absent", ()) == {}


def test_files_that_no_worker_has_written_are_left_out(launch: Launch) -> None:
    status = StatusFile(launch.directory, "0.1")
    status.begin(launch.pending[:1], "0")
    told = (launch.directory / "worker-0.1.json").read_bytes()
    for name in ("worker-0 (copy).json", "worker-.json", "worker-0.1.bak.json"):
        (launch.directory / name).write_bytes(told)
    assert [*worker_status.read_all(launch.directory, ())] == ["0.1"]
