"""One round of deliveries: what a destination lacks is given to it, by a process with a limit.

wandb can block for good: its client works in a child process that is killed when it makes no
progress. Curves that have not changed since they were delivered cost nothing: wandb is not even
imported.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from ltsweep.foundations.files import write_json
from ltsweep.store.claims import Owner
from ltsweep.store.store import Store
from ltsweep.views.names import setting_words, varying_settings
from ltsweep.views.records import Curve
from ltsweep.views.wandb.deliveries import Deliveries

CURVE_SECONDS = 100.0  # that one curve may take: two attempts to begin a run, rows, confirmation
_LOOK_SECONDS = 0.1


def deliver(
    store: Store,
    deliveries: Deliveries,
    mode: str,
    curves: Sequence[Curve],
    *,
    rests: bool = False,
) -> str:
    """Gives the destination what it lacks of these curves; what went wrong in a line, or nothing.

    `mode` is auto, offline or online. The caller holds the store's lease. Each curve is tried once;
    what does not succeed is in its note. Where W&B does not answer, the others wait. With `rests`,
    it takes a small share of a processor, until somebody waits for it.
    """
    pending = deliveries.undelivered(curves, mode)
    if not pending:
        return ""
    deliveries.wandb_dir.mkdir(parents=True, exist_ok=True)
    names = run_names(curves)
    with _scratch(deliveries.wandb_dir) as scratch:
        job = {
            "store": str(store.root),
            "destination": asdict(deliveries.destination),
            "mode": mode,
            "rests": rests,
            "scratch": str(scratch),
            "names": [(curve.id, names[curve.id]) for curve in pending],
        }
        trouble = _run(job, deliveries)
    left = deliveries.undelivered(pending, mode)
    if not left:
        return ""
    known = [note for curve in left if (note := deliveries.read(curve.id)) and note.error]
    reason = trouble or (known[-1].error if known else "no reason given")
    return f"{len(left)} of {len(pending)} curves not delivered: {reason}"


def run_names(curves: Sequence[Curve]) -> dict[str, str]:
    """What runs are called, by curve: 'imp digits seed 0, optimizer.lr 0.1'.

    After method, data and seed come the other settings that vary between these curves. A target is
    named where it is not the source.
    """
    settings = varying_settings([curve.point for curve in curves])
    names = {}
    for curve in curves:
        others = {n: v for n, v in settings[curve.id].items() if n != "dataset.name"}
        columns = curve.point.columns
        is_moved = columns.target != columns.source
        data = f"{columns.source} to {columns.target}" if is_moved else columns.source
        name = f"{curve.method} {data} seed {curve.seed}"
        names[curve.id] = ", ".join(filter(None, (name, setting_words(others))))
    return names


@contextmanager
def _scratch(wandb_dir: Path) -> Iterator[Path]:
    """Where wandb writes what is not complete, emptied of what a killed process has left there."""
    place = wandb_dir / "unfinished"
    shutil.rmtree(place, ignore_errors=True)
    # wandb's own helper outlives a killed client by a moment, and may put a file there meanwhile
    place.mkdir(exist_ok=True)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _run(job: Mapping[str, object], deliveries: Deliveries) -> str:
    """Runs the child that talks to wandb; what ended it early in one line, or nothing."""
    scratch = Path(str(job["scratch"]))
    progress, errors = scratch / "progress", scratch / "errors"
    described = scratch / "job.json"
    write_json(
        described,
        {**job, "parent": asdict(Owner.of_this_process("wandb")), "progress": str(progress)},
    )
    child = start([sys.executable, "-m", "ltsweep.views.wandb.runs", str(described)], errors)
    try:
        if stopped := _follow(child, progress):
            under_way, reason = stopped
            if under_way:
                deliveries.fail(under_way, reason)
            return reason
    finally:
        # Also when interrupted. wandb's own helper ends by itself once its parent is gone.
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
    lines = errors.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines and child.returncode else ""


def start(command: Sequence[str], errors: Path) -> "subprocess.Popen[bytes]":
    """A process in a session of its own; what it has to say goes to the file `errors`."""
    with errors.open("wb") as file:
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=file,
            start_new_session=True,
        )  # fmt: skip


def _follow(child: "subprocess.Popen[bytes]", progress: Path) -> tuple[str, str] | None:
    """Waits for the child's end; None if it was good, else the curve under way and the reason."""
    latest, seen = time.monotonic(), ""
    while child.poll() is None:
        told, now = _last_line(progress), time.monotonic()
        if told != seen:
            seen, latest = told, now
        if now - latest > CURVE_SECONDS:
            return _under_way(seen), f"no confirmation within {CURVE_SECONDS:g} s"
        time.sleep(_LOOK_SECONDS)
    under_way = _under_way(_last_line(progress))
    return (under_way, "the process that sent it has died") if under_way else None


def _last_line(progress: Path) -> str:
    """What the child has told last: "begin ID" or "end ID"."""
    try:
        *_, line = progress.read_text(encoding="utf-8").splitlines() or [""]
    except FileNotFoundError:
        return ""
    return line


def _under_way(line: str) -> str:
    word, _, curve_id = line.partition(" ")
    return curve_id if word == "begin" else ""
