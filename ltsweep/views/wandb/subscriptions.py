"""Which curves of a store W&B shall have, and where: one file per selection and destination.

Whoever finishes a level touches the file. The process that delivers sees that by its time, so it
need not search a store for what is new.
"""

import os
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from ltsweep.foundations.files import DamagedFile, write_json
from ltsweep.foundations.notices import warn_once
from ltsweep.store.store import Store
from ltsweep.store.stored import Stored
from ltsweep.views.wandb.deliveries import Destination
from ltsweep.views.wandb.rows import digest


@dataclass(frozen=True)
class Subscription:
    """Curves, the mode in which they are delivered (auto, offline or online), and where to."""

    mode: str
    destination: Destination
    points: tuple[str, ...]

    @classmethod
    def of(cls, mode: str, destination: Destination, points: Iterable[str]) -> "Subscription":
        """These curves, in an order that does not depend on who asks."""
        return cls(mode, destination, tuple(sorted(points)))

    @property
    def id(self) -> str:
        """The name of its file."""
        return digest(asdict(self))

    def path(self, store: Store) -> Path:
        """Where it lies in a store."""
        return _directory(store) / f"{self.id}.json"

    def touch(self, store: Store) -> None:
        """Says that there may be something new, and writes the file if it is gone or damaged."""
        path = self.path(store)
        if read_subscription(store, self.id) != self:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_json(path, asdict(self))
        now = time.time_ns()
        os.utime(path, ns=(now, now))


class _Written(Stored):
    """What a file of one holds."""

    mode: Literal["auto", "offline", "online"]
    destination: Destination
    points: tuple[str, ...]


def subscriptions(store: Store) -> dict[str, int]:
    """When each subscription was last touched, in nanoseconds, by the name of its file."""
    times = {}
    for path in _directory(store).glob("*.json"):
        try:
            times[path.stem] = path.stat().st_mtime_ns
        except FileNotFoundError:
            continue
    return times


def read_subscription(store: Store, name: str) -> Subscription | None:
    """The one whose file has this name; None where it is gone, or damaged, which the log says."""
    path = _directory(store) / f"{name}.json"
    try:
        known = _Written.in_file(path, "does not say what W&B shall have")
    except DamagedFile as error:
        warn_once(f"a subscription is left out: {error}")
        return None
    return None if known is None else Subscription(known.mode, known.destination, known.points)


def hurry(store: Store) -> None:
    """Says that somebody waits: what is to be delivered comes without a pause."""
    _hurry_mark(store).parent.mkdir(parents=True, exist_ok=True)
    _hurry_mark(store).touch()


def is_hurried(store: Store) -> bool:
    """Whether somebody has said so since it was taken last."""
    return _hurry_mark(store).exists()


def take_hurry(store: Store) -> bool:
    """The same, and takes it."""
    is_there = is_hurried(store)
    _hurry_mark(store).unlink(missing_ok=True)
    return is_there


def _hurry_mark(store: Store) -> Path:
    return store.root / "wandb" / "hurry"


def _directory(store: Store) -> Path:
    return store.root / "wandb" / "subscriptions"
