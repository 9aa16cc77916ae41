"""Replays curves from the records to W&B, one run per curve, in a process of its own.

`python -m ltsweep.views.wandb.replay --store DIR` never fails and never takes longer than
its limit: wandb works in a child process that is killed when time is up, and what was not
confirmed is written down as unsynced and tried again by the next call. Curves that have not
changed since they were delivered cost nothing: wandb is not even imported.
"""

import argparse
import fcntl
import logging
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ltsweep.store.store import Store
from ltsweep.views.records import Curve
from ltsweep.views.splits import declared_curves
from ltsweep.views.wandb.deliveries import (
    UNSYNCED,
    Delivery,
    read_delivery,
    remove_unsynced_runs,
    undelivered,
    write_delivery,
)

MODES = ("auto", "offline", "online", "disabled")


def main(arguments: list[str] | None = None) -> int:
    """Entry point; 0 whatever happens to W&B, because no sweep may fail over it."""
    parser = argparse.ArgumentParser(prog="python -m ltsweep.views.wandb.replay")
    parser.add_argument("--store", required=True, help="directory of the store")
    parser.add_argument("--points", nargs="*", metavar="ID", help="curves to replay (default: all)")
    parser.add_argument("--mode", choices=MODES, default="auto")
    parser.add_argument("--project", default="ltsweep")
    parser.add_argument("--entity")
    parser.add_argument("--limit", type=float, help="seconds after which to give up")
    options = parser.parse_args(arguments)
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    try:
        warning = replay(
            Store(options.store),
            options.points,
            mode=options.mode,
            project=options.project,
            entity=options.entity,
            limit=options.limit,
        )
    except Exception as error:  # by contract nothing here may stop a sweep
        warning = f"{type(error).__name__}: {error}"
    except KeyboardInterrupt:  # nothing is lost: the next replay starts where this one stopped
        warning = "interrupted"
    if warning:
        print(f"W&B: {' '.join(warning.split())}", file=sys.stderr)
    return 0


def replay(
    store: Store,
    ids: list[str] | None = None,
    *,
    mode: str = "auto",
    project: str = "ltsweep",
    entity: str | None = None,
    limit: float | None = None,
) -> str:
    """Delivers what W&B does not have yet; returns a warning, empty when all went well.

    `WANDB_MODE` in the environment goes before `mode`; "auto" is online with credentials and
    offline without. `limit` is in seconds, by default a minute and 3 s per curve.
    """
    mode = wanted_mode(os.environ, mode)
    if mode == "disabled":
        return ""
    directory = store.root / "wandb"
    directory.mkdir(parents=True, exist_ok=True)
    with _alone(directory) as alone:
        if not alone:
            return "another replay of this store is running; nothing done"
        curves = declared_curves(store, ids)
        pending = undelivered(store, curves, mode)
        if not pending:
            return ""
        command = ["--store", str(store.root), "--mode", mode, "--project", project]
        command += ["--entity", entity] if entity else []
        seconds = 60 + 3 * len(pending) if limit is None else limit
        # All curves go to the child: what varies between them is in the names of the runs.
        trouble = _run([*command, "--points", *(curve.id for curve in curves)], seconds)
        left = _write_down(store, undelivered(store, pending, mode), trouble)
        return f"{left} of {len(pending)} curves not delivered: {trouble}" if left else ""


def wanted_mode(environment: Mapping[str, str], configured: str) -> str:
    """The mode asked for: the user's `WANDB_MODE`, then the configured one."""
    asked = environment.get("WANDB_MODE", "").strip().lower()
    asked = {"dryrun": "offline", "run": "online", "": configured}.get(asked, asked)
    if asked not in MODES:
        raise ValueError(f"WANDB_MODE={asked}: must be one of {', '.join(MODES)}")
    return asked


@contextmanager
def _alone(directory: Path) -> Iterator[bool]:
    """Whether this is the only replay of the store; the lock goes with the process."""
    with (directory / ".replay.lock").open("wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _run(arguments: list[str], limit: float) -> str:
    """Runs the child that talks to wandb; what went wrong in one line, or nothing."""
    command = [sys.executable, "-m", "ltsweep.views.wandb.runs", "--parent", str(os.getpid())]
    with tempfile.TemporaryFile() as errors:
        child = subprocess.Popen(
            [*command, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=errors, start_new_session=True,
        )  # fmt: skip
        try:
            child.wait(limit)
        except subprocess.TimeoutExpired:
            return f"no confirmation within {limit:g} s"
        finally:
            # Also when interrupted. wandb's own helper ends by itself once its parent is gone.
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
        errors.seek(0)
        lines = errors.read().decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else f"exit code {child.returncode}"


def _write_down(store: Store, undelivered: list[Curve], trouble: str) -> int:
    """Marks what the child did not get through, clears its torn files; how many there are."""
    for curve in undelivered:
        known = read_delivery(store, curve.id)
        write_delivery(store, curve.id, Delivery(UNSYNCED, known.settings, known.levels, trouble))
        remove_unsynced_runs(store, curve.id)
    return len(undelivered)


if __name__ == "__main__":
    sys.exit(main())
