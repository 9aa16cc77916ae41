"""What a worker trains now: worker-<slot>.json in its launch's directory, for whoever watches."""

import re
import time
from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path

from ltsweep.data_spec import Frozen
from ltsweep.foundations.files import DamagedFile, read_json, write_json

_NAME = re.compile(r"worker-\d+(\.\d+)*\.json")
WRITE_SECONDS = 5.0  # between two steps that are told


class WorkerStatus(Frozen):
    """The pack of one worker: its stages by key, their levels in words, and when it was begun.

    `key` and `step` are those of a stage that has taken a step, None before the first.
    """

    keys: tuple[str, ...]
    level: str
    since: float
    key: str | None = None
    step: int | None = None


class StatusFile:
    """Where a worker writes its status. That it fails is not worth a training."""

    def __init__(self, launch_directory: Path, slot: str) -> None:
        self._path = launch_directory / f"worker-{slot}.json"
        self._status: WorkerStatus | None = None
        self._written = 0.0

    def begin(self, keys: Sequence[str], level: str) -> None:
        """Tells of a new pack."""
        self._write(WorkerStatus(keys=tuple(keys), level=level, since=time.time()))

    def stepped(self, key: str, step: int) -> None:
        """Tells how far a stage of the pack is, now and then."""
        if self._status is not None and time.monotonic() - self._written >= WRITE_SECONDS:
            self._write(self._status.model_copy(update={"key": key, "step": step}))

    def _write(self, status: WorkerStatus) -> None:
        self._status, self._written = status, time.monotonic()
        with suppress(OSError):
            write_json(self._path, status.model_dump(mode="json"))


def read_all(launch_directory: Path, settled: Collection[str]) -> dict[str, WorkerStatus]:
    """What each worker trains, by slot, of stages that are not settled; workers without are left.

    A file that cannot be read, or that no worker has written, is left out.
    """
    found = {}
    for path in launch_directory.glob("worker-*.json"):
        if not _NAME.fullmatch(path.name):
            continue
        try:
            status = WorkerStatus.model_validate(read_json(path))
        except (DamagedFile, ValueError):
            continue
        if keys := tuple(key for key in status.keys if key not in settled):
            slot = path.stem.removeprefix("worker-")
            found[slot] = status.model_copy(update={"keys": keys})
    return {slot: found[slot] for slot in sorted(found, key=_numbers)}


def _numbers(slot: str) -> list[int]:
    return [*map(int, slot.split("."))]
