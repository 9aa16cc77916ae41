"""Workers of this machine where it lets no further process start."""

import errno
from pathlib import Path
from types import SimpleNamespace

import pytest

from ltsweep.config.clusters import Local
from ltsweep.foundations.errors import RequestError
from ltsweep.launch.local import workers
from ltsweep.launch.local.devices import Place
from ltsweep.launch.local.workers import run_local
from ltsweep.launch.state import LaunchState
from ltsweep.launch.worker import work

from ...steer.conftest import MadeUpLaunch, make_launch

CLUSTER = Local(name="local", cores=None, restarts=0, jobs_per_gpu=1)


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MadeUpLaunch:
    made = make_launch(tmp_path / "store", "20260101-120000-abcdef", "seed=0,1,2", "jobs=3")
    monkeypatch.setattr(workers, "POLL_SECONDS", 0.0)
    assert made.launch.settings.jobs == 3
    return made


def _limited(monkeypatch: pytest.MonkeyPatch, processes: int, number: int) -> None:
    """A machine on which so many workers can be started, each of which ends at once."""

    def start(launch: object, slot: int, place: Place) -> SimpleNamespace:
        if slot >= processes:
            raise OSError(number, "no more of them")
        return SimpleNamespace(done=lambda: True, _process=None)

    monkeypatch.setattr(workers, "_start", start)


def _run(made: MadeUpLaunch) -> list[str]:
    said: list[str] = []
    state = LaunchState(made.launch, made.store)
    state.refresh()
    run_local(made.launch, state, CLUSTER, said.append, wait=True)
    return said


def test_a_launch_goes_on_with_the_workers_that_can_be_started(
    made: MadeUpLaunch, monkeypatch: pytest.MonkeyPatch
) -> None:
    _limited(monkeypatch, 2, errno.EAGAIN)
    assert _run(made)[0] == "only 2 of 3 workers can be started: no more of them"


def test_it_is_said_how_far_a_launch_is_while_workers_train(
    made: MadeUpLaunch, monkeypatch: pytest.MonkeyPatch
) -> None:
    _limited(monkeypatch, 3, errno.EAGAIN)
    stages = len(made.launch.pending)
    assert _run(made)[0].startswith(f"0/{stages} stages done, 0 running, {stages} waiting")


def test_where_none_can_be_started_that_is_told_and_no_launch_is_left(
    made: MadeUpLaunch, monkeypatch: pytest.MonkeyPatch
) -> None:
    _limited(monkeypatch, 0, errno.EAGAIN)
    with pytest.raises(RequestError) as refused:
        _run(made)
    assert refused.value.problems == [
        "cluster=local cannot start a process: no more of them; cluster=debug trains in this one"
    ]
    assert not made.launch.directory.exists()


@pytest.mark.parametrize("name", ["launch.json", "stages.jsonl.gz"])
def test_a_worker_whose_launch_is_damaged_says_so(
    made: MadeUpLaunch,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    path = made.launch.directory / name
    path.write_bytes(path.read_bytes()[:50])
    work(str(made.launch.directory), 3, "", "core-3")
    assert f" worker 3: nothing is done here: {path} " in capsys.readouterr().out


def test_a_full_disk_is_another_matter(made: MadeUpLaunch, monkeypatch: pytest.MonkeyPatch) -> None:
    _limited(monkeypatch, 1, errno.ENOSPC)
    with pytest.raises(OSError, match="no more of them"):
        _run(made)
