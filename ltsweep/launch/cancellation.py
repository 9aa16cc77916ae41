"""Cancelling a launch: a marker in its directory, which all its workers look for on any host."""

import time
from collections.abc import Callable
from pathlib import Path

LOOK_SECONDS = 1.0


def cancel(launch_directory: Path) -> None:
    """Tells the workers of a launch, and whoever waits for it, to save and leave."""
    (launch_directory / "CANCELLED").touch()


def is_cancelled(launch_directory: Path) -> bool:
    """Whether the launch was cancelled; what submits its stages again is another launch."""
    return (launch_directory / "CANCELLED").exists()


class StopOrCancel:
    """Whether a worker must save and leave: it was told to stop, or its launch was cancelled."""

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
