"""Waiting for what other processes do, however busy the machine is."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


def wait_for(look: Callable[[], Found], what: str, seconds: float = 240) -> Found:
    """What `look` finds, once it finds something; the longer it takes, the less often it looks."""
    began = time.monotonic()
    while not (found := look()):
        waited = time.monotonic() - began
        assert waited < seconds, f"no {what} within {seconds:g} seconds"
        time.sleep(min(0.05 + waited / 30, 0.4))
    return found
