"""The process that talks to W&B: writes curves with wandb's client, one run each."""

import os
import re
import secrets
import sys
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

from ltsweep.foundations.files import read_json
from ltsweep.store.claims import Owner
from ltsweep.store.store import Store
from ltsweep.views.records import Curve, FinishedLevel
from ltsweep.views.splits import declared_curves
from ltsweep.views.wandb.credentials import has_credentials
from ltsweep.views.wandb.deliveries import (
    OFFLINE,
    SYNCED,
    UNSYNCED,
    Deliveries,
    Delivery,
    Destination,
    Given,
    has_changed,
    rows_from,
    with_new_levels,
)
from ltsweep.views.wandb.pace import rest, spent
from ltsweep.views.wandb.rows import Logged, digest

INIT_SECONDS = 30  # that wandb may take to begin a run; its own default is 90
_CONFIRM_SECONDS = 5.0  # that the server may take to count what it was sent
_ANSWER = re.compile(r"HTTP 4\d\d")
_NO_ANSWER = re.compile(r"timed out|giving up|deadline|dial |connection|no such host|EOF", re.I)
# Ours is a replay: the state of this machine says nothing about the training.
_SETTINGS: dict[str, Any] = {
    "silent": True, "console": "off", "save_code": False, "disable_git": True,
    "disable_code": True, "x_disable_stats": True, "x_disable_meta": True,
    "x_save_requirements": False,
    "init_timeout": INIT_SECONDS,
}  # fmt: skip


class Unconfirmed(Exception):
    """W&B's client has finished, and the server does not have all rows."""


def main() -> int:
    """Delivers the curves of the job that the file describes which is its argument.

    What W&B refuses costs that curve alone. When W&B does not answer, or the account is wrong, the
    process ends with 1. What it does is told in the file `progress`: "begin ID" and "end ID", a
    line each. What goes wrong with a curve is in its note.
    """
    job = read_json(Path(sys.argv[1])) or {}
    # Set before the import: error reports would leave the machine even in offline mode.
    os.environ |= {
        "WANDB_SILENT": "true",
        "WANDB_CONSOLE": "off",
        "WANDB_ERROR_REPORTING": "false",
    }
    _end_with(Owner(**job["parent"]))
    try:
        import wandb

        mode = job["mode"]
        if mode == "auto":
            mode = "online" if has_credentials(wandb) else OFFLINE
        store = Store(job["store"])
        deliveries = Deliveries(store, Destination(**job["destination"]))
        client = Client(wandb, deliveries, mode, Path(job["scratch"]))
        begun = 0.0  # the first one's rest is for this process's start
        # Read one by one: the first is on its way while others are still to be read.
        for curve_id, name in job["names"]:
            if job["rests"]:
                rest(store, spent() - begun)
            begun = spent()
            (curve,) = declared_curves(store, [curve_id])
            _tell(job["progress"], f"begin {curve_id}")
            is_over = client.try_to_deliver(curve, name)
            _tell(job["progress"], f"end {curve_id}")
            if is_over:
                noted = deliveries.read(curve_id)
                print(noted.error if noted else "", file=sys.stderr)
                return 1
    except Exception as error:  # the parent turns it into one line
        print(_in_a_line(error), file=sys.stderr)
        return 1
    return 0


@dataclass(frozen=True)
class Client:
    """wandb's client and where it is to write: runs of one destination, in one mode."""

    wandb: ModuleType
    deliveries: Deliveries
    mode: str
    scratch: Path

    def try_to_deliver(self, curve: Curve, name: str) -> bool:
        """Delivers one curve, or notes why not. True if others would fare no better."""
        try:
            if self.mode == OFFLINE:
                self.write_offline(curve, name)
            else:
                self.send(curve, name)
        except Exception as error:
            self.deliveries.fail(curve.id, _in_a_line(error))
            return not isinstance(error, Unconfirmed) and not self._is_refusal(error)
        return False

    def write_offline(self, curve: Curve, name: str) -> None:
        """Writes the whole curve as a file for `wandb sync`, in place of an earlier one.

        It is written elsewhere and moved when it is complete: a torn file would make `wandb sync`
        upload nothing at all.
        """
        known = self.deliveries.read(curve.id)
        run_id, given = self._known_run(curve, known)
        levels = with_new_levels(curve, given)
        rows = rows_from(curve, levels, 0)
        if rows is None:
            run_id, levels = _fresh_id(curve), with_new_levels(curve, ())
            rows = rows_from(curve, levels, 0) or []
        run = self._start(curve, name, run_id)
        written = Path(run.dir).parent
        _log(run, curve, rows)
        place = self.deliveries.free_place(written.name)
        os.replace(written, place)
        note = Delivery(OFFLINE, run_id, digest(curve.config), levels, file=place.name)
        self.deliveries.write(curve.id, note)
        if known is not None:
            self.deliveries.remove_file(known)

    def send(self, curve: Curve, name: str) -> None:
        """Sends what W&B's server does not have of a curve, and asks it whether all is there.

        What is sent is noted before, so that whoever goes on after a crash knows which rows the
        server's count stands for. A run that is refused, or holds rows that are not the curve's,
        is replaced by one with a fresh id.
        """
        known = self._known(curve)
        run_id, given = self._known_run(curve, known)
        try:
            run = self._start(curve, name, run_id)
        except Exception as error:
            if not self._is_refusal(error):
                raise
            run, given = self._start(curve, name, _fresh_id(curve)), ()
        rows = self._missing(curve, run, given)
        if rows is None and (given := self._given_to_twin(curve, run)):
            rows = self._missing(curve, run, given)
        if rows is None:
            run.finish()
            run, given = self._start(curve, name, _fresh_id(curve)), ()
            rows = self._missing(curve, run, given) or []
        levels = with_new_levels(curve, given)
        note = Delivery(
            UNSYNCED, run.id, digest(curve.config), levels, file=known.file if known else "",
            error="W&B has not confirmed it yet", attempts=known.attempts if known else 0,
            entity=run.entity,
        )  # fmt: skip
        self.deliveries.write(curve.id, note)
        _log(run, curve, rows)
        self._confirm(run, sum(level.rows for level in levels))
        done = replace(note, state=SYNCED, file="", error="", attempts=0)
        self.deliveries.write(curve.id, done)
        self.deliveries.remove_file(note)

    def _known(self, curve: Curve) -> Delivery | None:
        """What is noted of a curve, here or by who left this entity to the account."""
        entity = self.deliveries.destination.entity
        known = self.deliveries.read(curve.id)
        return self.deliveries.twin(curve.id, entity) if entity and known is None else known

    def _given_to_twin(self, curve: Curve, run: Any) -> tuple[Given, ...]:
        """What this run was given under the other name of its place, if the curve has that still.

        Launches may name the entity that others leave to the account.
        """
        twin = self.deliveries.twin(curve.id, run.entity)
        if twin is None or twin.run != run.id or has_changed(curve, twin.levels):
            return ()
        return twin.levels

    def _known_run(self, curve: Curve, known: Delivery | None) -> tuple[str, tuple[Given, ...]]:
        """The run that this curve has there and what it was given; a new run if that has changed.

        An offline file that was never sent can simply be written again.
        """
        if known is None or not known.run:
            return curve.id, ()
        if not has_changed(curve, known.levels):
            return known.run, known.levels
        directory = self.deliveries.wandb_dir / known.file
        if known.state == OFFLINE and not any(directory.glob("*.synced")):
            return known.run, ()
        return _fresh_id(curve), ()

    def _missing(self, curve: Curve, run: Any, given: tuple[Given, ...]) -> list[Logged] | None:
        """The rows that the server's run lacks; None if what it has is not what it was given."""
        if run.starting_step > sum(level.rows for level in given):
            return None
        return rows_from(curve, with_new_levels(curve, given), run.starting_step)

    def _confirm(self, run: Any, rows: int) -> None:
        """Asks the server how many rows a run has: wandb's client ends without a word either way.

        Unconfirmed if it has not counted so many in a while, or has no such run any more.
        """
        path = f"{run.entity}/{run.project}/{run.id}"
        deadline = time.monotonic() + _CONFIRM_SECONDS
        pause = 0.1
        try:
            api = self.wandb.Api({"entity": run.entity}, timeout=INIT_SECONDS)
            while (known := api.run(path).historyLineCount or 0) < rows:
                if time.monotonic() > deadline:
                    raise Unconfirmed(f"W&B has {known} of {rows} rows of run {path}")
                time.sleep(pause)
                pause = min(1.0, 2 * pause)
                api.flush()
        except (self.wandb.errors.CommError, ValueError) as error:  # ValueError: no such run
            raise Unconfirmed(f"W&B was sent run {path}, and then said: {error}") from error

    def _is_refusal(self, error: Exception) -> bool:
        """Whether W&B has answered, and wants no run of this id; the account is another matter."""
        errors = self.wandb.errors
        if isinstance(error, errors.AuthenticationError):
            return False
        # the client may retry what was refused until its time is up
        answered = _ANSWER.search(str(error)) or not _NO_ANSWER.search(str(error))
        return isinstance(error, errors.CommError) and bool(answered)

    def _start(self, curve: Curve, name: str, run_id: str) -> Any:
        known = self.wandb.Settings.model_fields
        settings = {name: value for name, value in _SETTINGS.items() if name in known}
        destination, columns = self.deliveries.destination, curve.point.columns
        tags = [curve.point.experiment, curve.method, columns.source, columns.model]
        return self.wandb.init(
            id=run_id,
            resume="allow",
            mode=self.mode,
            dir=str(self.scratch),
            project=destination.project,
            entity=destination.entity,
            name=name,
            group=curve.cell,
            job_type=curve.method,
            tags=sorted({str(tag)[:64] for tag in tags if tag}),
            config=curve.config,
            settings=self.wandb.Settings(**settings),
        )


def _log(run: Any, curve: Curve, rows: list[Logged]) -> None:
    run.define_metric("sparsity", hidden=True)
    run.define_metric("train/step", hidden=True)
    run.define_metric("level/*", step_metric="sparsity")
    run.define_metric("layer/*", step_metric="sparsity")
    run.define_metric("train/*", step_metric="train/step")
    for row in rows:
        run.log(row)
    missing = [lv for lv in curve.levels if not isinstance(lv, FinishedLevel)]
    run.summary["levels"] = len(curve.finished)
    run.summary["missing"] = ", ".join(f"level {lv.number} {lv.state}" for lv in missing)
    run.finish()


def _fresh_id(curve: Curve) -> str:
    return f"{curve.id}-{secrets.token_hex(3)}"


def _in_a_line(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def _tell(progress: str, text: str) -> None:
    with open(progress, "a", encoding="utf-8") as file:
        file.write(f"{text}\n")


def _end_with(parent: Owner) -> None:
    """Ends this process when its parent is gone: nobody is left to keep it within its limit."""

    def watch() -> None:
        while parent.process_lives():
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    sys.exit(main())
