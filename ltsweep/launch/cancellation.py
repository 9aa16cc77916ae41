"""Ending a launch: a marker in its directory, which all its workers look for on any host."""

import time
from collections.abc import Callable
from pathlib import Path

from ltsweep.foundations.files import DamagedFile, read_bytes, write_once

LOOK_SECONDS = 1.0
BY_USER = "the launch was cancelled"


def cancel(launch_directory: Path, why: str = BY_USER) -> None:
    """Tells the workers of a launch, and whoever waits for it, to save and leave.

    The first reason stays.
    """
    write_once(_marker(launch_directory), f"{why}\n".encode())


def is_cancelled(launch_directory: Path) -> bool:
    """Whether the launch was ended; what submits its stages again is another launch."""
    return _marker(launch_directory).exists()


def why_cancelled(launch_directory: Path) -> str:
    """Why it was ended, in words: `BY_USER`, or what its failures have in common."""
    try:
        told = read_bytes(_marker(launch_directory)) or b""
    except DamagedFile:  # what stands there is no reason, and ends the launch all the same
        told = b""
    return told.decode(errors="replace").strip() or BY_USER


def _marker(launch_directory: Path) -> Path:
    return launch_directory / "CANCELLED"


class StopOrCancel:
    """Whether a worker must save and leave: it was told to stop, or its launch was ended."""

    def __init__(self, stop: Callable[[], bool], launch_directory: Path) -> None:
        self._stop, self._launch = stop, launch_directory
        self.is_cancelled = False  # as far as it has looked
        self._looked = float("-inf")

    def __call__(self) -> bool:
        """Asked after each step of a training; looks at the disk now and then."""
        if not self.is_cancelled and time.monotonic() - self._looked >= LOOK_SECONDS:
            self._looked = time.monotonic()
            self.is_cancelled = is_cancelled(self._launch)
        return self.is_cancelled or self._stop()

    def cancel(self, why: str) -> None:
        """Ends the launch, and has this worker leave at once."""
        cancel(self._launch, why)
        self.is_cancelled = True
