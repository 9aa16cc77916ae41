"""Python's collector of garbage, which looks through all that is there, again and again."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """No garbage is looked for inside, where thousands of objects are made that stay.

    The collector looks through all objects once more whenever there are a quarter more of them,
    which may take longer than to make them. What is in no cycle goes as ever.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            _age()
            gc.enable()


def _age() -> None:
    """Has all that was made count as old: else the next look at what is young goes through it.

    Where something is frozen, it stays so, and that look is taken.
    """
    if not gc.get_freeze_count():
        gc.freeze()
        gc.unfreeze()
