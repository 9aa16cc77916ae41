"""The process that delivers while a sweep runs: `python -m ltsweep.views.wandb.live`.

One works on a store, under a lease, for all launches. It wakes up when a worker touches a
subscription, and ends when nothing new has come for a while: the next worker that finishes a level
starts another. It runs at a low priority, and rests after each curve (`pace`).
"""

import argparse
import logging
import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from ltsweep.store.claims import Claim
from ltsweep.store.store import Store
from ltsweep.views.splits import declared_curves
from ltsweep.views.wandb.deliver import deliver
from ltsweep.views.wandb.deliveries import Deliveries
from ltsweep.views.wandb.lease import holder, lease, must_leave
from ltsweep.views.wandb.pace import LEAST_PAUSE, pause, spent
from ltsweep.views.wandb.subscriptions import read_subscription, subscriptions, take_hurry

IDLE_SECONDS = 60.0  # without anything new, after which it ends
GIVE_UP_SECONDS = 600.0  # the same, as long as something is undelivered
_LOOK_SECONDS = 0.5
_NICE = 10


def main(arguments: list[str] | None = None) -> int:
    """Entry point; 0 whatever happens to W&B, because no sweep may fail over it."""
    parser = argparse.ArgumentParser(prog="python -m ltsweep.views.wandb.live")
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--subscription", required=True, help="what to begin with")
    options = parser.parse_args(arguments)
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.WARNING)
    os.nice(_NICE)
    store = Store(options.store)
    told = Leave()
    signal.signal(signal.SIGTERM, told)
    try:
        work(store, options.subscription, told)
    except Exception:  # by contract nothing here may stop a sweep; the log says what it was
        logging.exception("this process ends; the next finished level starts another")
    return 0


class Leave:
    """Becomes true at SIGTERM: one more round, and then it ends."""

    def __init__(self) -> None:
        self.is_told = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Notes the signal."""
        self.is_told = True


def work(store: Store, first: str, told: Leave) -> None:
    """Delivers what is new until nothing is, under the store's lease.

    Another process that delivers is told of `first` by touching it: only what is touched after its
    last look makes it look again. For the same reason this one looks again when it has given up
    the lease.
    """
    seen = {name: at for name, at in subscriptions(store).items() if name != first}
    while not told.is_told and store.root.exists():
        with lease(store) as claim:
            if claim is None:
                if _leave_to_another(store, first):
                    return
                continue
            seen = Rounds(store, claim, told, seen).run()
        if subscriptions(store) == seen:
            return


def _leave_to_another(store: Store, name: str) -> bool:
    """Whether another process delivers, and saw the touch: it still did so after it."""
    subscription = read_subscription(store, name)
    if subscription is not None:
        subscription.touch(store)
    return holder(store) is not None


class Rounds:
    """Round after round, each for the subscriptions that are new or were not delivered in full."""

    def __init__(self, store: Store, claim: Claim, told: Leave, seen: dict[str, int]) -> None:
        self._store, self._claim, self._told, self._seen = store, claim, told, seen
        self._troubles: dict[str, str] = {}  # by subscription

    def run(self) -> dict[str, int]:
        """Goes on until nothing new has come for a while; what it has seen, and when touched."""
        seconds, latest = LEAST_PAUSE, time.monotonic()
        while True:
            is_last = self._told.is_told
            now = subscriptions(self._store)
            new = [name for name, at in now.items() if self._seen.get(name) != at]
            latest = time.monotonic() if new else latest
            before, began = spent(), time.monotonic()
            self._seen = now
            self._round(dict.fromkeys([*new, *self._troubles]))
            is_better = not self._troubles
            took = time.monotonic() - began
            seconds = pause(spent() - before, took, seconds, is_better=is_better)
            patience = IDLE_SECONDS if is_better else GIVE_UP_SECONDS
            if is_last or time.monotonic() - latest > patience:
                return self._seen
            if not self._wait(seconds, until=latest + patience):
                return self._seen

    def _round(self, names: dict[str, None]) -> None:
        for name in names:
            if not self._claim.is_held():
                return
            self._troubles.pop(name, None)
            subscription = read_subscription(self._store, name)
            if subscription is None:
                continue
            deliveries = Deliveries(self._store, subscription.destination)
            known = {path.stem for path in self._store.points_dir.glob("*.json")}
            curves = declared_curves(self._store, known.intersection(subscription.points))
            mode = subscription.mode
            if trouble := deliver(self._store, deliveries, mode, curves, rests=True):
                self._troubles[name] = trouble
                logging.warning("%s: %s", subscription.destination.words, trouble)

    def _wait(self, seconds: float, until: float) -> bool:
        """Waits before the next round; False if another process wants the lease.

        A pause ends early where somebody waits for the delivery (`hurry`).
        """
        end = time.monotonic() + seconds
        while True:
            if must_leave(self._claim) or not self._store.root.exists():
                return False
            if self._told.is_told or take_hurry(self._store):
                return True
            is_new = self._troubles or subscriptions(self._store) != self._seen
            if time.monotonic() > end and (is_new or time.monotonic() > until):
                return True
            time.sleep(_LOOK_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
