"""`python -m benchmarks.scale`: seconds and memory of each command on 20,000 finished stages.

This file imports nothing large: a process counts as its own what the one that starts it has had.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

LAUNCH = Path(__file__).parents[1] / "launch.py"
AXES = (
    "method=imp,random_reinit,layerwise_permuted,random_mask",
    "pruning.fraction=0.1,0.2,0.3,0.4,0.5",
    "init.scale=range(0.5,1.5,0.1)",
    "levels=10",
)
CURVES_PER_SEED = 4 * 5 * 10
LOAD = """
import pathlib, sys
from ltsweep.launch.launch import Launch
Launch.load(pathlib.Path(sys.argv[1]))
"""
SETTLED = 3.0  # seconds after which the index remembers what it has read of a file


def main() -> None:
    """Makes a store up and times every command on it, twice: the first run makes the index."""
    options = _options()
    with tempfile.TemporaryDirectory() as name:
        root = (options.store or Path(name) / "store").absolute()
        words = (*AXES, f"seed=range({options.curves // CURVES_PER_SEED})", f"store={root}")
        if not root.exists():
            subprocess.run([sys.executable, "-m", "benchmarks.big_store", *words], check=True)
            time.sleep(SETTLED)
        curves, stages = (len(os.listdir(root / of)) for of in ("points", "stages"))
        launch = sum(path.stat().st_size for path in root.glob("launches/*/*.json*"))
        print(f"{curves:,} curves, {stages:,} stages; the launch takes {launch / 1e6:.1f} MB")
        print(f"{'':12}{'seconds   of the processor   memory     ' * 2}")
        for title, command in _commands(root, words).items():
            if not options.only or title in options.only:
                print(f"{title:12}{''.join(_timed(command, Path(name), root))}", flush=True)


def _commands(root: Path, words: Sequence[str]) -> Mapping[str, Sequence[str]]:
    ltsweep = [sys.executable, "-m", "ltsweep.cli"]
    curve = next((root / "points").glob("*.json")).stem
    launch = max((root / "launches").iterdir())
    there = ("--store", str(root))
    return {
        "status": [*ltsweep, "status", *there],
        "status all": [*ltsweep, "status", "all", *there],
        "show": [*ltsweep, "show", curve, *there],
        "cancel": [*ltsweep, "cancel", *there],
        "plan": [sys.executable, str(LAUNCH), *words, "action=plan"],
        "report": [*ltsweep, "report", *there],
        "load": [sys.executable, "-c", LOAD, str(launch)],  # which workers begin with
        "gc": [*ltsweep, "gc", "--dry-run", *there],
    }


def _timed(command: Sequence[str], directory: Path, store: Path) -> Iterator[str]:
    """Seconds of the clock and of the processor, and peak memory; all of it twice."""
    for _ in range(2):
        shutil.rmtree(store / "reports", ignore_errors=True)  # or it would not be drawn again
        began = time.perf_counter()
        process = subprocess.Popen(command, cwd=directory, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        assert os.waitstatus_to_exitcode(status) in (0, 2)  # 2: nothing is left to cancel
        of_processor = usage.ru_utime + usage.ru_stime
        yield f"{seconds:7.1f}{of_processor:19.1f}{usage.ru_maxrss / 1024:9,.0f} MiB    "


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("--curves", type=int, default=2_000, help="a multiple of 200")
    parser.add_argument("--store", type=Path, help="kept there, and taken from there another time")
    parser.add_argument("--only", nargs="*", default=[], help="commands; default: all")
    return parser.parse_args()


if __name__ == "__main__":
    main()
