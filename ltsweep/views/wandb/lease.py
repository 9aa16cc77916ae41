"""Whose turn it is: one process a store delivers to W&B, for all launches."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ltsweep.store import claims
from ltsweep.store.claims import Claim, Heartbeat, Owner, newest_claim
from ltsweep.store.store import Store

POLL_SECONDS = 0.5


def holder(store: Store) -> Claim | None:
    """The claim of the process that delivers now, if one does."""
    claim = newest_claim(_directory(store))
    return claim if claim is not None and claim.is_live() else None


@contextmanager
def lease(store: Store, seconds: float = 0.0) -> Iterator[Claim | None]:
    """The lease while the block runs; None if another process keeps it for these seconds.

    Whoever waits asks the holder to leave, which it does when its round is over.
    """
    directory = _directory(store)
    directory.mkdir(parents=True, exist_ok=True)
    owner = Owner.of_this_process("wandb")
    deadline = time.monotonic() + seconds
    while (claim := claims.acquire(directory, owner)) is None and time.monotonic() < deadline:
        _wanted(directory).touch()
        time.sleep(POLL_SECONDS)
    if claim is None:
        yield None
        return
    _wanted(directory).unlink(missing_ok=True)
    with Heartbeat() as heartbeat:
        heartbeat.keep([claim])
        try:
            yield claim
        finally:
            claim.release()


def ask_to_leave(store: Store) -> None:
    """Asks whoever holds the lease to give it up when its round is over."""
    if holder(store) is not None:
        _wanted(_directory(store)).touch()


def is_wanted(store: Store) -> bool:
    """Whether another process has asked for the lease."""
    return _wanted(_directory(store)).exists()


def must_leave(claim: Claim) -> bool:
    """Whether another process has asked for the lease, or has it."""
    return _wanted(claim.path.parent).exists() or not claim.is_held()


def _wanted(directory: Path) -> Path:
    return directory / "wanted"


def _directory(store: Store) -> Path:
    return store.leases_dir / "wandb"
