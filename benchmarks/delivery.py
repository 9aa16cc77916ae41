"""`python -m benchmarks.delivery`: how much longer a sweep takes with Weights & Biases.

The same sweep runs without, with runs that are written offline, and with live ones, in turns: so a
machine that is busy is so for all three. Live ones go to a server on this machine, which tells what
the sweep has to wait for, not how long a network takes.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from ltsweep.store.store import Store
from ltsweep.views.wandb.lease import ask_to_leave, holder
from tests.views.wandb.server import serving

ROOT = Path(__file__).parents[1]
WITHOUT = "without W&B"


def main() -> None:
    """Prints a line for each way, with its seconds and its ratio to none."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("settings", nargs="*", help="of the sweep, such as levels=10 seed=range(5)")
    options = parser.parse_args()
    for line in measured(options.turns, tuple(options.settings)):
        print(line)


def measured(turns: int, settings: tuple[str, ...]) -> list[str]:
    """What each way takes, in words: seconds from the command's start to its end."""
    seconds: dict[str, list[float]] = {WITHOUT: [], "offline": [], "live": []}
    for _ in range(turns):
        with serving() as server, tempfile.TemporaryDirectory() as folder:
            environments = {
                WITHOUT: {"WANDB_MODE": "disabled"},
                "offline": {"WANDB_MODE": "offline"},
                "live": {"WANDB_MODE": "online", **server.account},
            }
            for way, environment in environments.items():
                store = Path(folder) / environment["WANDB_MODE"] / "store"
                seconds[way].append(_sweep(store, settings, environment))
    return [_in_words(way, taken, median(seconds[WITHOUT])) for way, taken in seconds.items()]


def _sweep(store: Path, settings: tuple[str, ...], environment: dict[str, str]) -> float:
    """Seconds of one sweep. The delivery, which goes on behind it, has ended when this returns."""
    command = [sys.executable, "launch.py", f"store={store}", "logger=wandb", *settings]
    began = time.perf_counter()
    subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, check=True, stdout=subprocess.DEVNULL
    )
    taken = time.perf_counter() - began
    while holder(Store(store)) is not None:
        ask_to_leave(Store(store))
        time.sleep(0.1)
    return taken


def _in_words(way: str, taken: list[float], without: float) -> str:
    each = ", ".join(f"{one:.1f}" for one in taken)
    return f"{way}: {median(taken):.1f} s ({each}), {median(taken) / without:.3f} times"


if __name__ == "__main__":
    main()
