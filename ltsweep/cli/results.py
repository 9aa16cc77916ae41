"""`ltsweep results`: the page of what experiments answer, from a store."""

import argparse
import subprocess
from collections.abc import Callable
from pathlib import Path

from ltsweep.foundations.errors import RequestError
from ltsweep.steer.parts import CONF
from ltsweep.store.store import Store
from ltsweep.views.results.origin import Origin


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
    print(write_results(store, options.to, _origin))


def _origin(experiment: str) -> Origin | None:
    """The last change of an experiment's files; None outside a git checkout, and without any."""
    files = [f"experiment/{experiment}.yaml", f"experiment/{experiment}"]
    try:
        commit, _, written = _git("log", "-1", "--format=%h %ct", "--", *files).partition(" ")
        is_changed = bool(_git("status", "--porcelain", "--", *files))
    except (OSError, subprocess.SubprocessError):
        return None
    return Origin(commit, float(written), is_changed) if commit else None


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(CONF), *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=10)
    return done.stdout.strip()
