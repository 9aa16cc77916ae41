"""`python -m benchmarks.big_store WORD ...`: a store in which all that the words select is done."""

import json
import random
import sys
from collections.abc import Iterator, Sequence
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

LAYERS = {"fc1.weight": 19_200, "fc2.weight": 30_000, "fc3.weight": 1_000}
VALIDATIONS = 12


def make_store(words: Sequence[str]) -> None:
    """A store in which a launch has finished all stages; nothing of it waits for the disk."""
    wanted = request(*words)
    assert wanted.problems == []
    plan = make_plan(wanted.points, FactFinder(wanted.run.store))
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


if __name__ == "__main__":
    make_store(sys.argv[1:])
