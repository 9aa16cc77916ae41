"""`ltsweep logs --follow` on a made-up launch whose worker is a real process."""

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ltsweep.cli.main import main
from ltsweep.steer import follow as module

from .conftest import MadeUpLaunch


@pytest.fixture
def worker() -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(["cat"], stdin=subprocess.PIPE)
    yield process
    process.kill()
    process.communicate()


def test_logs_are_followed_until_no_job_works_any_more(
    made_up: MadeUpLaunch,
    worker: "subprocess.Popen[bytes]",
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs = [made_up.launch.logs / name for name in ("1_0_log.out", "2_0_log.out")]
    logs[0].write_text("before\n")
    made_up.worker(str(logs[0]), pid=worker.pid, host=socket.gethostname())
    made_up.running("imp", 0, age=1, pid=worker.pid)
    script = iter(
        [
            lambda: _append(logs[0], "first\nhalf a li"),
            lambda: _append(logs[0], "ne\n"),
            lambda: logs[1].write_text("of another job\n"),
            lambda: made_up.failed("random_reinit", 0),
            lambda: made_up.worker(str(logs[1]), stages=(made_up.key("random_reinit", 0),)),
            lambda: _append(logs[0], "last\n"),
            worker.kill,
            worker.wait,
        ]
    )
    monkeypatch.setattr(module, "POLLS", 1)
    monkeypatch.setattr(module.time, "sleep", lambda seconds: next(script, lambda: None)())
    assert main(["logs", "-f", "-n", "1", "--store", str(made_up.store.root)]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[0].startswith(f"==> {logs[0]} <==")
    assert shown[1:3] == ["before", ""]
    assert shown[3:6] == [f"==> {logs[0]} <==", "first", "half a line"]
    assert shown[-1].startswith("no process and no job works on launch ")
    assert shown[6:-1] == [f"==> {logs[1]} <==", "of another job", f"==> {logs[0]} <==", "last"]


def test_following_and_json_exclude_each_other(
    made_up: MadeUpLaunch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["logs", "-f", "--json", "--store", str(made_up.store.root)]) == 2
    assert capsys.readouterr().err.startswith("ltsweep: --follow prints lines as they come")


def _append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)
