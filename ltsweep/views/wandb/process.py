"""The process that delivers to W&B, as launchers and workers see it: woken, waited for, ended."""

import os
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress

from ltsweep.store.store import Store
from ltsweep.views.records import Curve
from ltsweep.views.wandb.deliveries import Deliveries, Delivery
from ltsweep.views.wandb.lease import ask_to_leave, holder
from ltsweep.views.wandb.subscriptions import Subscription, hurry

_LOOK_SECONDS = 0.3
_START_SECONDS = 10.0  # after which a process has the lease, unless it has ended or another has it


class DeliveryProcess:
    """What a launcher or a worker has to do with deliveries: to say that there is something new.

    To do so never raises and never waits for W&B, since no training may suffer from it.
    """

    def __init__(self, store: Store, subscription: Subscription, delay: float = 0.0) -> None:
        self._store, self._subscription = store, subscription
        self._not_before = time.monotonic() + delay
        self._is_due = False  # whether there was something new
        self._started: subprocess.Popen[bytes] | None = None
        self._at = float("-inf")

    def wake(self) -> None:
        """Tells the process that delivers of something new, or starts one where there is none.

        Before the delay is over it starts none: a short sweep is delivered at its end.
        A process may be just about to end. It looks at what was touched once more after it has
        given up the lease; so whoever finds it at work after the touch can rely on it.
        """
        self._is_due = True
        try:
            self._subscription.touch(self._store)
            if holder(self._store) is not None:
                self._subscription.touch(self._store)
                if holder(self._store) is not None:
                    return
            now = time.monotonic()
            if now >= self._not_before and now - self._at > _START_SECONDS:
                self._started, self._at = self._start(), now
        except OSError:
            return  # the next finished level tries again

    def leave(self, seconds: float) -> None:
        """Has a process that is started here deliver what there is, and end within a time.

        For Slurm's jobs, which end with all of their processes.
        """
        deadline = time.monotonic() + seconds
        if self._is_due and seconds > 0:
            self._wake_now()
        process = self._started
        if process is None or process.poll() is not None:
            return
        with suppress(OSError):
            hurry(self._store)
        while holder(self._store) is None and process.poll() is None:  # it listens to signals later
            if time.monotonic() > deadline:
                break
            time.sleep(_LOOK_SECONDS)
        process.terminate()
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def wait(self, curves: list[Curve], seconds: float) -> str:
        """Waits until these curves are delivered or were tried; what is left then, in a line.

        The process goes on with what is left, and ends when nothing is.
        """
        try:
            return self._wait(curves, seconds)
        except OSError as error:  # of the store's own files
            return f"{len(curves)} curves not delivered: {error}"

    def _wait(self, curves: list[Curve], seconds: float) -> str:
        deliveries = Deliveries(self._store, self._subscription.destination)
        mode = self._subscription.mode
        left = deliveries.undelivered(curves, mode)
        before = {curve.id: deliveries.read(curve.id) for curve in left}
        deadline = time.monotonic() + seconds
        if left:
            hurry(self._store)
            self._wake_now()
        while left and not _were_tried(deliveries, before, left) and time.monotonic() < deadline:
            self.wake()
            time.sleep(_LOOK_SECONDS)
            told = {c.id for c in left if deliveries.read(c.id) != before[c.id]}
            left = [c for c in left if c.id not in told or not deliveries.is_delivered(c, mode)]
        if not left:
            ask_to_leave(self._store)
            return ""
        notes = [deliveries.read(curve.id) for curve in left]
        errors = [note.error for note in notes if note is not None and note.error]
        reason = f": {errors[-1]}" if errors else " yet"
        return f"{len(left)} of {len(curves)} curves not delivered{reason}"

    def _wake_now(self) -> None:
        self._not_before = time.monotonic()
        self.wake()

    def _start(self) -> "subprocess.Popen[bytes]":
        log = self._store.root / "wandb" / "delivery.log"
        command = [sys.executable, "-m", "ltsweep.views.wandb.live"]
        command += ["--store", str(self._store.root), "--subscription", self._subscription.id]
        path = os.pathsep.join(entry or os.getcwd() for entry in sys.path)
        with log.open("ab") as file:
            return subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=file, stderr=file,
                env={**os.environ, "PYTHONPATH": path}, start_new_session=True,
            )  # fmt: skip


def _were_tried(
    deliveries: Deliveries, before: Mapping[str, Delivery | None], curves: Iterable[Curve]
) -> bool:
    """Whether each of these curves has failed once more since."""
    for curve in curves:
        was, now = before[curve.id], deliveries.read(curve.id)
        if now is None or now.attempts <= (was.attempts if was else 0):
            return False
    return True
