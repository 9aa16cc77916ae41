"""`ltsweep results`: the page of what experiments answer, from a store."""

import argparse
import subprocess
from collections.abc import Callable
from pathlib import Path

from ltsweep.foundations.errors import RequestError
from ltsweep.steer.parts import CONF
from ltsweep.store.store import Store


def add_results(add: Callable[[str, str], argparse.ArgumentParser]) -> None:
    """Adds the parser; `add` makes one from a command's name and what it does."""
    command = add("results", "write results.md: what each experiment of a store answers")
    command.add_argument(
        "--to", type=Path, default=Path("docs"), help="the directory to write to; default: docs"
    )
    command.set_defaults(run=_results)


def _results(store: Store, options: argparse.Namespace) -> None:
    from ltsweep.views.results.write import write_results

    if not options.to.is_dir():
        raise RequestError(
            [f"--to {options.to} is no directory; name the one that results.md goes to"]
        )
    print(write_results(store, options.to, _last_commit))


def _last_commit(experiment: str) -> str | None:
    """The commit in which an experiment's files last changed; None outside a git checkout."""
    files = [f"experiment/{experiment}.yaml", f"experiment/{experiment}"]
    command = ["git", "-C", str(CONF), "log", "-1", "--format=%h", "--", *files]
    try:
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None
