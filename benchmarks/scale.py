"""`python -m benchmarks.scale`: seconds and memory of each command on 20,000 finished stages."""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from unittest.mock import patch

from ltsweep.launch.engine import Selection, freeze, prepare_store, write_points
from ltsweep.launch.launch import Launch
from ltsweep.launch.pending import find_pending
from ltsweep.plan.facts import FactFinder
from ltsweep.plan.plan import Plan
from ltsweep.plan.points import make_plan
from ltsweep.plan.stage import PlannedStage
from ltsweep.store.claims import Owner
from ltsweep.store.records import ClosingRecord, LayerRecord, ValidationRecord
from ltsweep.store.store import Store
from tests.points import request
from tests.records import closing_record

LAUNCH = Path(__file__).parents[1] / "launch.py"
AXES = (
    "method=imp,random_reinit,layerwise_permuted,random_mask",
    "pruning.fraction=0.1,0.2,0.3,0.4,0.5",
    "init.scale=range(0.5,1.5,0.1)",
    "levels=10",
)
CURVES_PER_SEED = 4 * 5 * 10
SETTLED = 3.0  # seconds after which the index remembers what it has read of a file
LAYERS = {"fc1.weight": 19_200, "fc2.weight": 30_000, "fc3.weight": 1_000}
VALIDATIONS = 12


def main() -> None:
    """Makes a store up and times every command on it, twice: the first run makes the index."""
    options = _options()
    with tempfile.TemporaryDirectory() as name:
        root = (options.store or Path(name) / "store").absolute()
        words = (*AXES, f"seed=range({options.curves // CURVES_PER_SEED})", f"store={root}")
        if not root.exists():  # in a process of its own: commands start with what this one has had
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
                pool.submit(make_store, root, words).result()
            time.sleep(SETTLED)
        curves, stages = (len(os.listdir(root / of)) for of in ("points", "stages"))
        launch = sum(path.stat().st_size for path in root.glob("launches/*/*.json*"))
        print(f"{curves:,} curves, {stages:,} stages; the launch takes {launch / 1e6:.1f} MB")
        print(f"{'':12}{'seconds   of the processor   memory     ' * 2}")
        for title, command in _commands(root, words).items():
            if not options.only or title in options.only:
                print(f"{title:12}{''.join(_timed(command, Path(name)))}", flush=True)


def make_store(root: Path, words: Sequence[str]) -> None:
    """A store in which a launch has finished all stages; nothing of it waits for the disk."""
    wanted = request(*words)
    assert wanted.problems == []
    plan = make_plan(wanted.points, FactFinder(root))
    selection = Selection(plan=plan, run=wanted.run, name="scale", experiment="scale")
    prepare_store(selection)
    write_points(selection)
    launch = freeze(selection, find_pending(plan, selection.store))
    launch.save()
    with patch("os.fsync"):
        for stage in _stages(plan):
            _finish(selection.store, launch, *stage)


def _stages(plan: Plan) -> Iterator[tuple[PlannedStage, float]]:
    """Every stage with the fraction that a point which it belongs to prunes by."""
    fractions = {
        key: point.config.pruning.fraction for point in plan.points for key in point.stages
    }
    for key, stage in plan.stages.items():
        yield stage, fractions[key]


def _finish(store: Store, launch: Launch, stage: PlannedStage, fraction: float) -> None:
    """What a worker leaves of a stage."""
    directory = store.stage(stage.key)
    directory.create(stage.spec.model_dump(mode="json"))
    owner = Owner.of_this_process(launch.id)
    (directory.path / "claim-000001.json").write_text(json.dumps(vars(owner)))
    (directory.path / "claim-000001.released").touch()
    directory.ticket.write_bytes(random.randbytes(sum(LAYERS.values()) // 8))
    lines = [_validation(step) for step in range(50, 50 * VALIDATIONS + 1, 50)]
    for record in [*lines, _end(stage.spec.level, stage.spec.seed, fraction)]:
        directory.append(record.stored())
    files = [directory.ticket, directory.records_path]
    directory.finish("trained", files)


def _validation(step: int) -> ValidationRecord:
    return ValidationRecord(
        event="validation", step=step, accuracy=random.random(), loss=random.random()
    )


def _end(level: int, seed: int, fraction: float) -> ClosingRecord:
    density = (1 - fraction) ** level
    layers = {
        name: LayerRecord(
            total=total, kept=round(total * density), live=round(total * density), dead_units=0,
            rms_over_init_std=1.0, rms_over_init_std_end=1.1,
        )
        for name, total in LAYERS.items()
    }  # fmt: skip
    kept = sum(layer.kept for layer in layers.values())
    accuracy = round(0.95 * density**0.1 + random.gauss(0, 0.01), 4)
    return closing_record(
        level=level, seed=seed, layers=layers, kept=kept, live_kept=kept, prunable=50_200,
        test_accuracy=min(1.0, accuracy), val_accuracy=min(1.0, accuracy),
    )  # fmt: skip


def _commands(root: Path, words: Sequence[str]) -> Mapping[str, Sequence[str]]:
    ltsweep = [sys.executable, "-m", "ltsweep.cli"]
    curve = next((root / "points").glob("*.json")).stem
    there = ("--store", str(root))
    return {
        "status": [*ltsweep, "status", *there],
        "status all": [*ltsweep, "status", "all", *there],
        "show": [*ltsweep, "show", curve, *there],
        "cancel": [*ltsweep, "cancel", *there],
        "plan": [sys.executable, str(LAUNCH), *words, "action=plan"],
        "report": [*ltsweep, "report", *there],
        "gc": [*ltsweep, "gc", "--dry-run", *there],
    }


def _timed(command: Sequence[str], directory: Path) -> Iterator[str]:
    """Seconds of the clock and of the processor, and peak memory; all of it twice."""
    for _ in range(2):
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
