"""A warm Python: it imports once what a sweep needs, and forks a fresh process for each command.

Started by `processes.py` with a socket that it listens on, once for all processes that share the
tests. A request is a command line with its environment and directory, and the files for its output.
The processes that cluster=local starts are forked from the launcher in the same way, each with a
pid, a parent and a life of its own.
"""

import atexit
import fcntl
import functools
import gc
import importlib
import json
import os
import pkgutil
import runpy
import select
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
import types
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, NoReturn

FOREIGN = (
    *("hydra._internal.hydra", "torch", "scipy.stats", "submitit.local.local", "yaml"),
    *("rich.console", "rich.table", "wandb", "wandb.sdk.wandb_init", "wandb.apis.public"),
)
ROOT = Path(__file__).parents[2]
BASE_PATH: list[str] = []  # sys.path but for the script's directory and PYTHONPATH


def serve(listener: socket.socket, end: int) -> None:
    """Forks for whoever connects, until `end` can be read: that of the process of the tests."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those who wait
    with selectors.DefaultSelector() as selector:
        selector.register(listener, selectors.EVENT_READ)
        selector.register(end, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj == end:
                    return
                if key.fileobj is listener:
                    selector.register(listener.accept()[0], selectors.EVENT_READ)
                elif not _fork_for(key.fileobj):  # type: ignore[arg-type]
                    selector.unregister(key.fileobj)
                    key.fileobj.close()  # type: ignore[union-attr]


def _fork_for(asking: socket.socket) -> bool:
    """Does what is asked for; False where the other end was closed."""
    message, files, _, _ = socket.recv_fds(asking, 1 << 20, 3)
    if not message:
        return False
    for file in files:
        os.set_inheritable(file, False)
    if os.fork() == 0:
        _start_and_wait(json.loads(message), files)
    _close(files)
    return True


def _start_and_wait(request: dict[str, object], files: list[int]) -> NoReturn:
    """The parent of one command: tells its pid first and its exit code last.

    A command that is `bound` is killed when the other end is closed before.
    """
    stdout, stderr, report = files
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if (pid := os.fork()) == 0:
        os.setsid()
        os.environ.clear()
        os.environ.update(request["environment"])  # type: ignore[call-overload]
        os.chdir(request["directory"])  # type: ignore[arg-type]
        become(request["command"], stdout, stderr)  # type: ignore[arg-type]
    _close({*map(int, os.listdir("/proc/self/fd"))} - {report})
    with socket.socket(fileno=report) as telling:
        try:
            telling.send(str(pid).encode())
            if request["bound"]:
                left, _, _ = select.select([telling, os.pidfd_open(pid)], [], [])
                if telling in left:
                    os.kill(pid, signal.SIGKILL)
            _, status = os.waitpid(pid, 0)
            telling.send(str(os.waitstatus_to_exitcode(status)).encode())
        finally:
            os._exit(0)


def _close(files: Iterable[int]) -> None:
    for file in files:
        with suppress(OSError):  # that of a listing itself
            os.close(file)


def become(command: Sequence[str], stdout: int, stderr: int) -> NoReturn:
    """Runs `python ...` in this forked process, as if it had been started anew."""
    code = 1
    try:
        _begin_anew(stdout, stderr)
        _run(command[1:])
        code = 0
    except SystemExit as ended:
        code = _exit_code(ended.code)
    except KeyboardInterrupt:
        traceback.print_exc()
        sys.stderr.flush()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    except BaseException:
        traceback.print_exc()
    finally:
        _end(code)


def _begin_anew(stdout: int, stderr: int) -> None:
    """Leaves behind what a new program would not have: files, handlers, what was remembered."""
    os.dup2(stdout, 1)
    os.dup2(stderr, 2)
    for file in map(int, os.listdir("/proc/self/fd")):
        try:
            if file > 2 and fcntl.fcntl(file, fcntl.F_GETFD) & fcntl.FD_CLOEXEC:
                os.close(file)
        except OSError:  # that of the listing itself
            continue
    for number in signal.valid_signals():
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_DFL)
    if signal.getsignal(signal.SIGINT) != signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in ("ltsweep", "hydra_plugins"):
            for value in vars(module).values():
                if isinstance(value, functools._lru_cache_wrapper):
                    value.cache_clear()
    _fork_what_submitit_starts()


def _run(words: Sequence[str]) -> None:
    if words[0] == "-u":
        sys.stdout.reconfigure(line_buffering=True, write_through=True)  # type: ignore[union-attr]
        words = words[1:]
    given = [part for part in os.environ.get("PYTHONPATH", "").split(os.pathsep) if part]
    if given:  # there may be another wandb
        for name in [name for name in sys.modules if name.partition(".")[0] == "wandb"]:
            del sys.modules[name]
    if words[0] == "-m":
        sys.path[:] = [os.getcwd(), *given, *BASE_PATH]
        sys.argv = list(words[1:])
        runpy.run_module(words[1], run_name="__main__", alter_sys=True)
    else:
        sys.path[:] = [str(Path(words[0]).parent), *given, *BASE_PATH]
        sys.argv = list(words)
        runpy.run_path(words[0], run_name="__main__")


def _exit_code(code: object) -> int:
    if code is None or isinstance(code, int):
        return code or 0
    print(code, file=sys.stderr)
    return 1


def _end(code: int) -> NoReturn:
    """As an interpreter ends, without taking its memory apart."""
    try:
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code & 0xFF)


class Forked:
    """A child of this process, with what submitit and ltsweep ask of a subprocess.Popen."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit code, None while it lives."""
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Waits for its end."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if deadline is not None and time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
            time.sleep(0.01)
        return code

    def send_signal(self, number: int) -> None:
        """Unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """With -9."""
        self.send_signal(signal.SIGKILL)


def _fork_what_submitit_starts() -> None:
    """Its controllers and their tasks are commands of this Python: they are forked as well."""
    import submitit.local.local as local

    forking = types.ModuleType("subprocess")
    forking.__dict__.update(vars(subprocess), Popen=_fork)
    local.subprocess = forking  # type: ignore[attr-defined]


def _fork(
    command: Sequence[str],
    *,
    shell: bool,
    env: dict[str, str],
    stdout: IO[str] | None = None,
    stderr: IO[str] | None = None,
    encoding: str | None = None,
) -> Forked:
    assert not shell and os.path.samefile(command[0], sys.executable), command
    sys.stdout.flush()
    sys.stderr.flush()
    if (pid := os.fork()) == 0:
        os.environ.clear()
        os.environ.update(env)
        become(command, *(1 if file is None else file.fileno() for file in (stdout, stderr)))
    return Forked(pid)


def _warm_up() -> None:
    os.environ["WANDB_ERROR_REPORTING"] = "false"  # read when wandb is imported
    for name in FOREIGN:
        importlib.import_module(name)
    import ltsweep
    from tests import remembered

    for found in pkgutil.walk_packages(ltsweep.__path__, "ltsweep."):
        if not found.name.endswith("__main__"):
            importlib.import_module(found.name)
    runpy.run_path(str(ROOT / "launch.py"), run_name="launch")
    remembered.install()
    remembered.read_ahead()
    _leave_out_what_takes_long()
    gc.collect()
    gc.freeze()
    threads = len(os.listdir("/proc/self/task"))
    assert threads == 1, f"{threads} threads: a fork would lose all but one"


def _leave_out_what_takes_long() -> None:
    """Flushes, since no test cuts the power, and pictures, which processes started anew draw."""
    from tests import pictures

    os.fsync = lambda descriptor: None
    pictures.leave_out(setattr)


if __name__ == "__main__":
    BASE_PATH += sys.path[1:]
    sys.path[:] = [str(ROOT), *BASE_PATH]
    listening, tests_process = map(int, sys.argv[1:])
    _close({*map(int, os.listdir("/proc/self/fd"))} - {0, 1, 2, listening})
    os.set_inheritable(listening, False)
    end_of_tests = os.pidfd_open(tests_process)
    _warm_up()
    with socket.socket(fileno=listening) as listener:
        serve(listener, end_of_tests)
