"""How a stage ends: measured, its final weights kept where needed, and marked done."""

import time
from pathlib import Path

from ltsweep.data.resident import Part
from ltsweep.foundations.provenance import describe
from ltsweep.foundations.tensor_files import save_tensors
from ltsweep.plan.stage import PlannedStage
from ltsweep.pruning.mask import pack
from ltsweep.stages.cost import training_multiply_adds
from ltsweep.stages.data_read import read_by_training
from ltsweep.stages.inputs import is_intact, superfluous
from ltsweep.stages.measure import closing_record
from ltsweep.stages.running import Running, Surroundings
from ltsweep.stages.saving import record_of
from ltsweep.stages.workplace import Workplace
from ltsweep.store.data_read import DataRead, as_plain
from ltsweep.store.records import TRAINED
from ltsweep.store.stage_dir import StageDir


def finish(running: Running, index: int, around: Surroundings) -> None:
    """Measures, writes the final weights and the closing record, and marks the stage done."""
    planned, directory, place = running.planned, running.directory, around.place
    outcome: str = TRAINED
    directory.keep_validation(list(map(record_of, running.replicate.validation)))
    if planned.spec.is_prefix:
        told = {
            "data": as_plain(_read_by_prefix(running, around)),
            "training_multiply_adds": training_multiply_adds(
                planned.spec, running.replicate, running.start_mask, around.net
            ),
            "seconds": running.seconds,
            **describe(running.began, time.time()),
        }
        directory.append({"event": "prefix", **told})
    else:
        state = around.strategy.state(index)
        record = closing_record(running, index, state, around)
        outcome = record.outcome
        running.assert_owned()
        wanted = planned.is_ladder or planned.keeps_end or place.keep_all
        if wanted and outcome == TRAINED:
            save_tensors(directory.final, state, {"key": planned.key})
        if planned.spec.train.dynamics is not None:
            save_tensors(directory.end_mask, pack(running.replicate.mask), {"key": planned.key})
        directory.append(record.stored())
    running.assert_owned()
    _commit(planned, place, outcome)


def _read_by_prefix(running: Running, around: Surroundings) -> list[DataRead]:
    """A prefix is validated on its way, as the whole training is, and measured no further.

    One without a step makes a draw, and reads nothing.
    """
    spec = running.planned.spec
    if spec.start == spec.stop:
        return list(running.read)
    measured: list[Part] = ["val"] if around.data.size("val") else []
    return [*running.read, *read_by_training(running.planned, around.data, measured)]


def finish_if_measured(planned: PlannedStage, place: Workplace) -> bool:
    """Marks done a stage whose process died between its closing record and DONE.

    Not where a file is damaged or was not kept: DONE would promise what cannot be read.
    """
    directory = place.store.stage(planned.key)
    records = directory.records()
    if not records or records[-1].get("event") != "end":
        return False
    tensors = [path for path in _files(planned, directory) if path != directory.records_path]
    if not all(map(is_intact, tensors)):
        return False
    _commit(planned, place, records[-1]["outcome"])
    return True


def _commit(planned: PlannedStage, place: Workplace, outcome: str) -> None:
    """Marks a stage done whose closing record is written, and drops what it made superfluous."""
    directory = place.store.stage(planned.key)
    directory.finish(outcome, _files(planned, directory))
    directory.checkpoint.unlink(missing_ok=True)
    if planned.is_ladder and planned.spec.level > 1 and not place.keep_all:
        for key in set(superfluous(planned.spec)) - place.kept_ends:
            place.store.stage(key).final.unlink(missing_ok=True)


def _files(planned: PlannedStage, directory: StageDir) -> list[Path]:
    """What a finished stage consists of, beside its specification."""
    files = [directory.records_path]
    files += [directory.snapshot(step) for step in planned.snapshots]
    files += [directory.optimizer_snapshot(step) for step in planned.optimizer_snapshots]
    ends = (directory.ticket, directory.final, directory.end_mask)
    return files + [path for path in ends if path.exists()]
