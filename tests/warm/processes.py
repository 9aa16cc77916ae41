"""Commands in processes forked from a warm Python: real ones that need not import torch again."""

import atexit
import errno
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO

SERVER = Path(__file__).parent / "server.py"
_starting = threading.Lock()


class WarmProcess:
    """A process in a session of its own, with what tests ask of a subprocess.Popen."""

    def __init__(self, report: socket.socket) -> None:
        self._report = report
        self.returncode: int | None = None
        report.settimeout(240)  # the server may be importing still
        self.pid = int(report.recv(32))

    def poll(self) -> int | None:
        """Its exit code, None while it lives."""
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def wait(self, timeout: float | None = 240) -> int:
        """Waits for its end; its exit code, negative for the signal that killed it."""
        if self.returncode is None:
            self._report.settimeout(timeout)
            try:
                self.returncode = int(self._report.recv(32))
            except (TimeoutError, BlockingIOError):
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0) from None
            self._report.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """With -9."""
        self.send_signal(signal.SIGKILL)


def start(
    command: Sequence[str],
    *,
    stdout: IO[str],
    stderr: IO[str],
    cwd: Path,
    env: Mapping[str, str],
    bound: bool = False,
) -> WarmProcess:
    """Starts `python ...`, which finds the modules that torch and Hydra are made of imported.

    A process that is `bound` is killed when the one that has started it ends before.
    """
    assert command[0] == sys.executable
    request = {
        "command": list(command),
        "environment": dict(env),
        "directory": str(cwd),
        "bound": bound,
    }
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        files = [stdout.fileno(), stderr.fileno(), theirs.fileno()]
        with _starting:
            socket.send_fds(_channel(), [json.dumps(request).encode()], files)
    return WarmProcess(ours)


def run(
    command: Sequence[str], *, cwd: Path, env: Mapping[str, str], timeout: float = 240
) -> "subprocess.CompletedProcess[str]":
    """Runs `python ...` to its end, and what it printed."""
    with tempfile.TemporaryFile("w+") as stdout, tempfile.TemporaryFile("w+") as stderr:
        code = start(command, stdout=stdout, stderr=stderr, cwd=cwd, env=env).wait(timeout)
        texts = []
        for file in (stdout, stderr):
            file.seek(0)
            texts.append(file.read())
    return subprocess.CompletedProcess(command, code, *texts)


def environment() -> dict[str, str]:
    """What lets further processes find the server."""
    _channel()
    return {"WARM_PYTHON": _address()}


@cache
def _channel() -> socket.socket:
    """A connection with the server, which whoever needs it first has started."""
    ours = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    while True:
        try:
            ours.connect(f"\0{_address()}")
        except ConnectionRefusedError:
            if "WARM_PYTHON" in os.environ:
                raise
            _start_server()
        else:
            atexit.register(ours.close)
            return ours


def _address() -> str:
    """A name in Linux's abstract namespace, the same for all processes that share the tests."""
    return os.environ.get("WARM_PYTHON") or f"warm-python-{_run_of_tests()[0]}"


def _run_of_tests() -> tuple[str, int]:
    """A name that is no other's, and the process that lives as long as any test runs."""
    if (shared := os.environ.get("PYTEST_XDIST_TESTRUNUID")) is not None:
        return shared, os.getppid()
    return str(os.getpid()), os.getpid()


def _start_server() -> None:
    """Unless another process is just doing so. It ends when the process of the tests has ended."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        try:
            listener.bind(f"\0{_address()}")
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            time.sleep(0.05)  # until it listens
            return
        listener.listen(128)
        listener.set_inheritable(True)
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        # no Popen: it would complain that it is not waited for, and others may need it longer
        os.posix_spawn(
            sys.executable,
            [sys.executable, str(SERVER), str(listener.fileno()), str(_run_of_tests()[1])],
            {**kept, "OMP_NUM_THREADS": "1"},
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDWR, 0),
                (os.POSIX_SPAWN_DUP2, 0, 1),
            ],
            setsid=True,
        )
