"""Writes down what an experiment declares, before the first of its stages runs."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from ltsweep.foundations.files import sha256
from ltsweep.launch.engine import Selection
from ltsweep.store.declarations import Declaration


def declare(selection: Selection, files: Iterable[Path]) -> None:
    """Declares a selection that has an experiment's name, unless the same was declared before.

    `files` are those of the experiment.
    """
    if selection.experiment is None:
        return
    store, stages, records = selection.store, selection.plan.stages, selection.records
    present = store.keys() & stages.keys()
    Declaration(
        experiment=selection.experiment,
        written=datetime.now(UTC).isoformat(timespec="microseconds"),
        report=records[0].report,
        size=selection.size,
        seeds=tuple(sorted({record.seed for record in records})),
        cells=tuple(sorted({record.cell for record in records})),
        points=tuple(sorted(record.id for record in records)),
        stages=len(stages),
        stages_done=sum(store.stage(key).is_done() for key in present),
        files={path.name: sha256(path) for path in files},
    ).save(store)
