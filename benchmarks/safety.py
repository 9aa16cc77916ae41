"""`python -m benchmarks.safety`: what it costs that files are on disk and checked by their digests.

One process trains the quickstart, plans it again and reports it. Ratios are of its processor time,
which a busy machine leaves alone; seconds of the wall clock tell of waiting for the disk too.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from ltsweep.launch.engine import Selection, prepare_store, submit
from ltsweep.launch.pending import find_pending
from ltsweep.plan.facts import FactFinder
from ltsweep.plan.points import make_plan
from ltsweep.store import stage_dir as files
from ltsweep.store.index import Index
from ltsweep.store.stage_dir import StageDir
from ltsweep.store.store import Store
from ltsweep.views.report import make_report
from tests.sweeps_here import wanted

QUICKSTART = (
    "dataset=digits",
    "model=lenet_300_100",
    "optimizer=sgd",
    "init=xavier_normal",
    "reset=late",
    "method=imp,random_reinit,layerwise_permuted,random_mask",
    "cluster=debug",
    "logger=none",
)


@dataclass
class Meter:
    """Seconds spent in some functions: of the processor and of the wall clock."""

    calls: int = 0
    processor: float = 0.0
    wall: float = 0.0

    def metered(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, with its time counted."""

        def run(*arguments: Any, **named: Any) -> Any:
            processor, wall = time.thread_time(), time.perf_counter()
            try:
                return function(*arguments, **named)
            finally:
                self.calls += 1
                self.processor += time.thread_time() - processor
                self.wall += time.perf_counter() - wall

        return run


def main() -> None:
    """Prints a line for each safety, with its share of everything else."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--levels", type=int, default=15)
    parser.add_argument("--seeds", type=int, default=6)
    options = parser.parse_args()
    for line in measured(options.levels, options.seeds):
        print(line)


def measured(levels: int, seeds: int, length: str = "400it") -> list[str]:
    """What each safety takes of a quickstart of this size, in words."""
    meters = {name: Meter() for name in ("waiting for the disk", "digests", "the index")}
    disk, digests, index = meters.values()
    with tempfile.TemporaryDirectory() as name, ExitStack() as metered:
        for owner, attribute, meter in (
            (files, "sync", disk),
            (StageDir, "_damage_of", digests),
            (Store, "sound", digests),
            (StageDir, "keep_validation", digests),
            (Index, "save", index),
        ):
            function = meter.metered(getattr(owner, attribute))
            metered.enter_context(patch.object(owner, attribute, function))
        processor, wall = time.process_time(), time.perf_counter()
        size = (f"levels={levels}", f"seed=range({seeds})", f"schedule.length={length}")
        stages = _sweep(Path(name) / "store", size)
        processor, wall = time.process_time() - processor, time.perf_counter() - wall
    processor -= sum(meter.processor for meter in meters.values())
    wall -= sum(meter.wall for meter in meters.values())
    lines = [f"{stages} stages: {processor:.1f} s of the processor, {wall:.1f} s of the wall clock"]
    for safety, meter in meters.items():
        lines.append(
            f"{safety}: {meter.calls} times, {meter.processor / processor:.2%} more of the "
            f"processor, {meter.wall / wall:.2%} more of the wall clock"
        )
    return lines


def _sweep(root: Path, size: tuple[str, ...]) -> int:
    """Trains, plans again and reports; the number of stages."""
    request = wanted(*QUICKSTART, *size, f"store={root}")
    assert not request.problems, request.problems
    plan = make_plan(request.points, FactFinder(root))
    selection = Selection(plan=plan, run=request.run, name="quickstart", experiment=None)
    prepare_store(selection)
    submit(selection, find_pending(plan, selection.store), lambda text: None)
    assert not find_pending(plan, selection.store).stages
    make_report(selection.store, name="quickstart")
    return len(plan.stages)


if __name__ == "__main__":
    main()
