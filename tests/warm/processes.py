"""Commands in processes forked from a warm Python: real ones that need not import torch again."""

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
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

    def wait(self, timeout: float = 240) -> int:
        """Waits for its end; its exit code, negative for the signal that killed it."""
        if self.returncode is None:
            self._report.settimeout(timeout)
            try:
                self.returncode = int(self._report.recv(32))
            except (TimeoutError, BlockingIOError):
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout) from None
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
) -> WarmProcess:
    """Starts `python ...`, which finds the modules that torch and Hydra are made of imported."""
    assert command[0] == sys.executable
    request = {"command": list(command), "environment": dict(env), "directory": str(cwd)}
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


@cache
def _channel() -> socket.socket:
    """Our end of the pair; the server ends when it is closed."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    with theirs:
        server = subprocess.Popen(
            [sys.executable, str(SERVER), str(theirs.fileno())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env={**environment, "OMP_NUM_THREADS": "1"},
            pass_fds=(theirs.fileno(),),
            start_new_session=True,
        )

    def end() -> None:
        ours.close()
        server.wait()

    atexit.register(end)
    return ours
