"""A warm process is like one that was started anew, but for the modules that are there already."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from ..waiting import wait_for
from . import processes

ROOT = Path(__file__).parents[2]
STARTING = """
import os, sys
sys.path.insert(0, "{root}")
from tests.warm import processes

with open(os.devnull, "w") as nowhere:
    how = dict(stdout=nowhere, stderr=nowhere, cwd=os.getcwd(), env=os.environ)
    command = [sys.executable, "{script}"]
    print(*(processes.start(command, bound=bound, **how).pid for bound in (True, False)))
"""

DESCRIBING = """
import json, os, signal, sys, helper
from ltsweep.foundations.components import bind

handlers = {n: str(signal.getsignal(n)) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD)}
files = sorted(int(name) for name in os.listdir("/proc/self/fd"))[:-1]
print(json.dumps([sys.argv, sys.path, os.getcwd(), {**os.environ}, handlers, files, __name__]))
print(helper.__file__, os.getsid(0) == os.getpid(), file=sys.stderr)
"""
ENDINGS = {
    "pass": 0,
    "raise SystemExit": 0,
    "raise SystemExit(3)": 3,
    "raise SystemExit('a reason')": 1,
    "raise ValueError('a mistake')": 1,
    "raise KeyboardInterrupt": -signal.SIGINT,
    "import os; os.kill(os.getpid(), 9)": -signal.SIGKILL,
    "import atexit; atexit.register(print, 'at last')": 0,
    "import threading as t; t.Timer(0.2, print, ['a thread']).start()": 0,
}
Finished = "subprocess.CompletedProcess[str]"


def _both(command: list[str], directory: Path) -> tuple[Finished, Finished]:
    environment = {**os.environ, "PYTHONPATH": str(directory / "path"), "GREETING": "hello"}
    command = [sys.executable, *command]
    really = subprocess.run(
        command,
        cwd=directory,
        env=environment,
        text=True,
        capture_output=True,
        start_new_session=True,
    )
    return really, processes.run(command, cwd=directory, env=environment)


@pytest.mark.parametrize("how", [["script.py"], ["-u", "-m", "script"]])
def test_it_finds_what_a_new_process_finds(tmp_path: Path, how: list[str]) -> None:
    (tmp_path / "path").mkdir()
    (tmp_path / "path" / "helper.py").touch()
    (tmp_path / "script.py").write_text(DESCRIBING)
    how = [str(tmp_path / word) if word.endswith(".py") else word for word in how]
    really, warm = _both([*how, "word", "key=value"], tmp_path)
    assert really.returncode == warm.returncode == 0, warm.stderr
    assert json.loads(warm.stdout) == json.loads(really.stdout)
    assert warm.stderr == really.stderr == f"{tmp_path}/path/helper.py True\n"


@pytest.mark.parametrize("ending", ENDINGS)
def test_it_ends_as_a_new_process_ends(tmp_path: Path, ending: str) -> None:
    (tmp_path / "script.py").write_text(ending)
    really, warm = _both([str(tmp_path / "script.py")], tmp_path)
    assert warm.returncode == really.returncode == ENDINGS[ending]
    assert warm.stdout == really.stdout
    assert warm.stderr.splitlines()[-1:] == really.stderr.splitlines()[-1:]


def test_a_bound_one_is_killed_when_the_one_that_has_started_it_ends(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text("import time; time.sleep(600)")
    starting = STARTING.format(root=ROOT, script=tmp_path / "script.py")
    command = [sys.executable, "-c", starting]
    ours = {**os.environ, **processes.environment()}
    started = subprocess.run(command, env=ours, cwd=tmp_path, capture_output=True, text=True)
    pids = [int(pid) for pid in started.stdout.split()]
    wait_for(lambda: not psutil.pid_exists(pids[0]), "end of the bound one")
    assert psutil.pid_exists(pids[1])
    os.kill(pids[1], signal.SIGKILL)


def test_it_can_be_killed_and_waited_for(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text("import time; time.sleep(600)")
    with (tmp_path / "output").open("w") as file:
        command = [sys.executable, str(tmp_path / "script.py")]
        process = processes.start(command, stdout=file, stderr=file, cwd=tmp_path, env=os.environ)
    assert process.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.1)
    process.kill()
    assert process.wait() == process.poll() == -signal.SIGKILL
