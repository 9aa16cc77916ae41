"""What the launcher shows while it waits: a live table on a terminal, plain lines elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table

from ltsweep.foundations.files import DamagedFile, read_json
from ltsweep.launch.launch import Launch
from ltsweep.launch.state import LaunchState
from ltsweep.store.records import TRAINED

REDRAW_SECONDS = 0.5
PLAIN_LINE_SECONDS = 10.0


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
        state = self.state
        running = sum(len(worker["keys"]) for worker in self.workers())
        waiting = len(state.stages) - len(state.settled()) - running
        parts = [f"{len(state.done)}/{len(state.stages)} stages done"]
        parts += [f"{running} running", f"{max(0, waiting)} waiting"]
        if state.failed or state.blocked:
            parts.append(f"{len(state.failed)} failed, {len(state.blocked)} out of reach")
        parts.append(f"about {self._time_left()} left")
        latest = self._look_for_latest()
        return ", ".join(parts) + (f"; latest: {latest}" if latest else "")

    def workers(self) -> list[dict[str, Any]]:
        """What each worker runs now: `slot`, `level`, `keys` still open, `since`."""
        found = []
        for path in self.launch.directory.glob("worker-*.json"):
            try:
                status = read_json(path)
            except DamagedFile:
                continue
            if status is None:
                continue
            status["keys"] = [k for k in status["keys"] if k not in self.state.settled()]
            if status["keys"]:
                found.append({"slot": path.stem.removeprefix("worker-"), **status})
        return sorted(found, key=lambda worker: [*map(int, worker["slot"].split("."))])

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
        yield _Plain(progress, say)
        return
    with Live(console=console, auto_refresh=False, transient=True) as live:
        last = 0.0

        def show() -> None:
            nonlocal last
            if time.monotonic() - last >= REDRAW_SECONDS:
                last = time.monotonic()
                live.update(_table(progress), refresh=True)

        yield show


class _Plain:
    """A line when something was finished, not too often."""

    def __init__(self, progress: Progress, say: Callable[[str], None]) -> None:
        self._progress, self._say = progress, say
        self._shown = -1
        self._last = 0.0

    def __call__(self) -> None:
        settled = len(self._progress.state.settled())
        due = time.monotonic() - self._last >= PLAIN_LINE_SECONDS
        if settled != self._shown and (due or self._progress.state.is_finished()):
            self._shown, self._last = settled, time.monotonic()
            self._say(self._progress.summary())


def _table(progress: Progress) -> Group:
    table = Table(box=None)
    for heading in ("worker", "level", "stages in the pack", "for"):
        table.add_column(heading)
    for worker in progress.workers():
        elapsed = timedelta(seconds=round(time.time() - worker["since"]))
        cells = (worker["slot"], worker["level"], len(worker["keys"]), elapsed)
        table.add_row(*map(str, cells))
    return Group(progress.summary(), table)
