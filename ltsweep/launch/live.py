"""What the launcher shows while it waits: a live table on a terminal, plain lines elsewhere."""

import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table

from ltsweep.foundations.files import DamagedFile
from ltsweep.launch.launch import Launch
from ltsweep.launch.names import stage_names
from ltsweep.launch.state import LaunchState
from ltsweep.launch.worker_status import WorkerStatus, read_all
from ltsweep.store.records import TRAINED

REDRAW_SECONDS = 0.5
PLAIN_LINE_SECONDS = 10.0  # at least between two lines
SILENT_SECONDS = 20.0  # at most, whatever has happened


@dataclass
class Progress:
    """Counts, rate and the latest result of a launch."""

    launch: Launch
    state: LaunchState

    def __post_init__(self) -> None:
        self._began = time.monotonic()
        self._done_before = len(self.state.done)
        self._announced = set(self.state.done)
        self._latest = ""

    def summary(self) -> str:
        """One line: stages done, running, waiting, failed; time left; the latest accuracy."""
        state, workers = self.state, self.workers()
        running = sum(len(worker.keys) for worker in workers.values())
        waiting = len(state.stages) - len(state.settled()) - running
        done = f"{len(state.done)}/{len(state.stages)} stages done"
        parts = [f"{done}, {running} running{self._trains(workers)}{max(0, waiting)} waiting"]
        if state.failed or state.blocked:
            parts.append(f"{len(state.failed)} failed, {len(state.blocked)} out of reach")
        parts.append(f"about {self._time_left()} left")
        latest = self._look_for_latest()
        return ", ".join(parts) + (f"; latest: {latest}" if latest else "")

    def workers(self) -> dict[str, WorkerStatus]:
        """What each worker runs now, by slot: of its pack, the stages that are still open."""
        return read_all(self.launch.directory, self.state.settled())

    def _trains(self, workers: Mapping[str, WorkerStatus]) -> str:
        """One of the stages that are trained now and how far it is, between colon and semicolon."""
        if not workers:
            return ", "
        first = next(iter(workers.values()))
        step, key = "", first.keys[0]
        if first.key in first.keys and (stage := self.state.stages.get(first.key)) is not None:
            step, key = f", step {first.step} of {stage.spec.stop}", stage.key
        several = sum(len(worker.keys) for worker in workers.values()) > 1
        return f"{', among them' if several else ':'} {self._names.get(key, key)}{step}; "

    @cached_property
    def _names(self) -> Mapping[str, str]:
        points = self.launch.store.points(list(self.launch.points))
        return stage_names(points, self.state.stages)

    def _time_left(self) -> str:
        trained = len(self.state.done) - self._done_before
        if trained == 0:
            return "?"
        rate = trained / (time.monotonic() - self._began)
        left = len(self.state.stages) - len(self.state.settled())
        return str(timedelta(seconds=round(left / rate)))

    def _look_for_latest(self) -> str:
        new = [key for key in self.state.done if key not in self._announced]
        self._announced |= set(new)
        if new:
            end = self.launch.store.stage(new[-1]).end()
            if end is not None and end.outcome == TRAINED:
                self._latest = f"seed {end.seed} level {end.level}, {end.density:.1%} of weights"
                if end.val_accuracy is not None:
                    self._latest += f", validation {end.val_accuracy:.1%}"
        return self._latest


@contextmanager
def watching(
    launch: Launch, state: LaunchState, say: Callable[[str], None]
) -> Iterator[Callable[[], None]]:
    """Yields a function to be called often; it shows progress when there is something to show."""
    console = Console()
    progress = Progress(launch, state)
    if not console.is_terminal:
        yield PlainLines(progress, say)
        return
    with Live(console=console, auto_refresh=False, transient=True) as live:
        last = 0.0

        def show() -> None:
            nonlocal last
            if time.monotonic() - last >= REDRAW_SECONDS:
                last = time.monotonic()
                live.update(_table(progress), refresh=True)

        yield show


@contextmanager
def telling_beside(
    launch: Launch, state: LaunchState, say: Callable[[str], None]
) -> Iterator[None]:
    """Says how far a launch is, from a thread of its own, while this process trains its stages."""
    lines, ended = PlainLines(Progress(launch, state), say), threading.Event()

    def tell() -> None:
        while not ended.wait(PLAIN_LINE_SECONDS):
            with suppress(OSError, DamagedFile):  # the training meets them, too, and says so
                state.refresh()
                lines()

    thread = threading.Thread(target=tell, daemon=True, name="progress")
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


class PlainLines:
    """A line when something was finished, not too often; and one where nothing was for long."""

    def __init__(self, progress: Progress, say: Callable[[str], None]) -> None:
        self._progress, self._say = progress, say
        self._shown = -1
        self._last = -math.inf

    def __call__(self) -> None:
        """Says a line if it is time for one."""
        settled = len(self._progress.state.settled())
        silent = time.monotonic() - self._last
        due = silent >= PLAIN_LINE_SECONDS or self._progress.state.is_finished()
        if silent >= SILENT_SECONDS or (settled != self._shown and due):
            self._shown, self._last = settled, time.monotonic()
            self._say(self._progress.summary())


def _table(progress: Progress) -> Group:
    table = Table(box=None)
    for heading in ("worker", "level", "stages in the pack", "for"):
        table.add_column(heading)
    for slot, worker in progress.workers().items():
        elapsed = timedelta(seconds=round(time.time() - worker.since))
        cells = (slot, worker.level, len(worker.keys), elapsed)
        table.add_row(*map(str, cells))
    return Group(progress.summary(), table)
