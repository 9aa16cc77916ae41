"""Imports modules that may be anyone's: whatever they raise becomes a sentence with the file."""

import importlib
import signal
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, ModuleType


def import_module(name: str) -> ModuleType:
    """The module of this name.

    ImportError whatever happens while it is imported, `sys.exit` included; the message says what,
    and in which file. Only a Ctrl-C goes through as it is.
    """
    with _noting_interrupts() as interrupts:
        try:
            return importlib.import_module(name)
        except BaseException as error:
            if interrupts and isinstance(error, KeyboardInterrupt):
                raise
            raise ImportError(_told(error)) from error


def _told(error: BaseException) -> str:
    kind = type(error).__name__
    words = str(error) if isinstance(error, ImportError) else f"{kind}: {error}".removesuffix(": ")
    found = [
        (frame.f_code.co_filename, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if frame.f_code.co_name == "<module>"
    ]
    return f"{words} ({found[-1][0]}, line {found[-1][1]})" if found else words


@contextmanager
def _noting_interrupts() -> Iterator[list[int]]:
    """Collects the Ctrl-C's of the user, which a module can raise the like of."""
    came: list[int] = []
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield came
        return
    handler = before

    def note(number: int, frame: FrameType | None) -> None:
        came.append(number)
        handler(number, frame)

    signal.signal(signal.SIGINT, note)
    try:
        yield came
    finally:
        if signal.getsignal(signal.SIGINT) is note:
            signal.signal(signal.SIGINT, before)
