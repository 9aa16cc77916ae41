"""cluster=local: worker processes on this machine's cores or GPUs, through submitit."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from submitit.local.local import LocalExecutor, LocalJob

from ltsweep.config.clusters import Local
from ltsweep.foundations.errors import RequestError
from ltsweep.foundations.files import is_disk_full
from ltsweep.launch import jobs
from ltsweep.launch.cancellation import BY_USER, is_cancelled, why_cancelled
from ltsweep.launch.jobs import JobRecord
from ltsweep.launch.launch import Launch
from ltsweep.launch.live import watching
from ltsweep.launch.local.devices import Place, make_places
from ltsweep.launch.state import LaunchState
from ltsweep.launch.worker import work

Say = Callable[[str], None]

POLL_SECONDS = 0.5
LEAVE_SECONDS = 15.0  # that workers have to save when they are asked to stop
FOREVER_MINUTES = 365 * 24 * 60
_TERMINAL_SIGNALS = (signal.SIGINT, signal.SIGHUP)


def run_local(launch: Launch, state: LaunchState, cluster: Local, say: Say, *, wait: bool) -> bool:
    """Starts a worker in each slot and, if `wait`, stays until the launch is finished.

    A worker that dies is replaced, `cluster.restarts` times a slot; its stages go on from their
    checkpoints. True if Ctrl-C ended it. OSError when the disk is full. Without `wait` the workers
    go on by themselves. RequestError where no worker can be started at all.
    """
    places = make_places(launch.settings.device, launch.settings.jobs)
    workers = _start_all(launch, places, say)
    if not wait:
        say(f"{len(workers)} workers go on by themselves; ltsweep status shows how far they are")
        return False
    restarts = dict.fromkeys(workers, cluster.restarts)
    try:
        with _terminated_like_interrupted(), watching(launch, state, say) as show:
            while True:
                state.refresh()
                show()
                if state.is_finished():
                    break
                if is_cancelled(launch.directory):
                    why = why_cancelled(launch.directory)
                    say(why)
                    _stop(workers.values(), say)
                    return why == BY_USER
                running = [slot for slot, job in workers.items() if not job.done()]
                for slot in set(workers) - set(running):
                    launch.store.check_space()
                    if restarts[slot] > 0:
                        restarts[slot] -= 1
                        workers[slot] = _start(launch, slot, places[slot])
                        running.append(slot)
                if not running:
                    say(f"all workers have ended before the work did; see {launch.logs}")
                    break
                time.sleep(POLL_SECONDS)
    except KeyboardInterrupt:
        _stop(workers.values(), say)
        return True
    except OSError:
        _stop(workers.values(), say)
        raise
    _wait_for_exit(workers.values())
    return False


@contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    """SIGTERM stops the workers as Ctrl-C does, instead of leaving them to themselves."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _start_all(launch: Launch, places: Sequence[Place], say: Say) -> dict[int, LocalJob[None]]:
    """A worker in each place where one can be started: machines limit their processes.

    RequestError, and no launch is left, where none can.
    """
    workers: dict[int, LocalJob[None]] = {}
    why = ""
    for slot, place in enumerate(places):
        try:
            workers[slot] = _start(launch, slot, place)
        except OSError as error:
            if is_disk_full(error):
                _stop(workers.values(), say)
                raise
            why = error.strerror or str(error)
            break
    if not workers:
        launch.discard()
        raise RequestError(
            [f"cluster=local cannot start a process: {why}; cluster=debug trains in this one"]
        )
    if why:
        say(f"only {len(workers)} of {len(places)} workers can be started: {why}")
    return workers


def _start(launch: Launch, slot: int, place: Place) -> LocalJob[None]:
    executor = LocalExecutor(folder=launch.logs)
    executor.update_parameters(timeout_min=FOREVER_MINUTES, stderr_to_stdout=True)
    with _inherited(), _output_to(launch.logs / "controllers.log"):
        job = executor.submit(work, str(launch.directory), slot, place.gpu, place.lease)
    assert isinstance(job, LocalJob) and job._process is not None
    # whoever looks sees it before the worker, which imports torch first, can tell of itself
    starting = JobRecord.of_process(slot, "local", job._process.pid, job.paths.stdout)
    jobs.append(launch.directory, [starting])
    return job


@contextmanager
def _inherited() -> Iterator[None]:
    """What workers get from this process: its import path, and deafness to the terminal.

    A Ctrl-C or a closed terminal reaches every process of the group; workers are told to save and
    leave by the launcher instead, or go on without it.
    """
    before_path = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = import_path()
    handlers = {number: signal.signal(number, signal.SIG_IGN) for number in _TERMINAL_SIGNALS}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        if before_path is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before_path


@contextmanager
def _output_to(path: Path) -> Iterator[None]:
    """Where processes that start meanwhile print what is no worker's.

    They outlive a launcher that does not wait, and would keep a pipe behind it open.
    """
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    kept = {number: os.dup(number) for number in (1, 2)}
    try:
        with path.open("ab") as file:
            for number in kept:
                os.dup2(file.fileno(), number)
        yield
    finally:
        for number, copy in kept.items():
            os.dup2(copy, number)
            os.close(copy)


def import_path() -> str:
    """What a job needs as PYTHONPATH to find the modules that this process finds."""
    return os.pathsep.join(map(os.path.abspath, sys.path))


def _stop(workers: Iterable[LocalJob[None]], say: Say) -> None:
    """Asks workers to save and leave; a request may come before they listen, so it is repeated."""
    say("stopping: workers save their state ...")
    running = [job._process for job in workers if job._process is not None]
    deadline = time.monotonic() + LEAVE_SECONDS
    while time.monotonic() < deadline and any(p.poll() is None for p in running):
        for process in running:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)  # the controller forwards it to its worker
        time.sleep(0.5)
    for process in running:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
    say("stopped; the same command goes on from here")


def _wait_for_exit(workers: Iterable[LocalJob[None]]) -> None:
    """Lets workers end by themselves, so that their leases are free for the next launch."""
    for job in workers:
        if job._process is not None:
            with suppress(subprocess.TimeoutExpired):
                job._process.wait(timeout=LEAVE_SECONDS)
