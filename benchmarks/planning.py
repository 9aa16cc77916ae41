"""`python -m benchmarks.planning`: seconds and memory of `action=plan` from process start."""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

LAUNCH = Path(__file__).parents[1] / "launch.py"
AXES = (
    "method=imp,random_reinit,layerwise_permuted,random_mask",
    "pruning.fraction=0.1,0.2,0.3,0.4,0.5",
    "init.scale=range(0.5,1.5,0.1)",
    "levels=10",
)
POINTS_PER_SEED = 4 * 5 * 10


def main() -> None:
    """Plans in an empty store; the bar is 20 s for 2,000 points and 60 s for 10,000."""
    table = Table("points", "unique stages", "seconds", "peak memory", box=None)
    for points in (2_000, 10_000):
        with tempfile.TemporaryDirectory() as name:
            seconds, kib = _plan(Path(name), points // POINTS_PER_SEED)
            plan = json.loads((Path(name) / "store" / "plan.json").read_bytes())
        assert plan["points"] == points
        table.add_row(
            f"{points:,}", f"{plan['stages']:,}", f"{seconds:.1f}", f"{kib / 1024:,.0f} MiB"
        )
    Console(width=80).print(table)


def _plan(directory: Path, seeds: int) -> tuple[float, int]:
    """Seconds of the wall clock and peak resident KiB of one command."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, str(LAUNCH), *AXES, f"seed=range({seeds})", "action=plan"],
        cwd=directory,
        stdout=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    assert os.waitstatus_to_exitcode(status) == 0
    return seconds, usage.ru_maxrss


if __name__ == "__main__":
    main()
