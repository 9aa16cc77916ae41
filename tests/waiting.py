"""Waiting for what other processes do, however busy the machine is."""

import time
from collections.abc import Callable


def wait_for(condition: Callable[[], bool], what: str, seconds: float = 240) -> None:
    """Returns once `condition` holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"no {what} within {seconds:g} seconds"
        time.sleep(0.05)
