"""The rows of curves.csv: one per curve and finished level, in an order that never changes."""

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ltsweep.foundations.files import write_atomic
from ltsweep.store.store import Store
from ltsweep.views.records import Curve, Level, finite, read_curves

Row = dict[str, Any]

SETTING_COLUMNS = (
    "source", "source_optimizer", "target", "target_optimizer", "model", "pruning", "init",
    "init_scale", "reset",
)  # fmt: skip
COLUMNS = (
    "cell", "curve", "method", *SETTING_COLUMNS, "seed", "level", "prunable", "kept", "live_kept",
    "density", "train_accuracy", "val_accuracy", "val_accuracy_before", "test_accuracy",
    "test_loss", "early_stop_step", "steps_to_dense_val", "steps", "examples", "multiply_adds",
    "seconds",
)  # fmt: skip
_METRICS = (
    "train_accuracy", "val_accuracy", "val_accuracy_before", "test_accuracy", "test_loss",
    "early_stop_step",
)  # fmt: skip
_COUNTS = ("prunable", "kept", "live_kept", "steps", "examples", "multiply_adds", "seconds")


def curve_rows(store: Store, ids: list[str] | None = None) -> list[Row]:
    """Rows of the whole store, or of the points with these ids (see `rows_of`)."""
    return rows_of(read_curves(store, ids))


def rows_of(curves: Iterable[Curve]) -> list[Row]:
    """One dict with the keys of `COLUMNS` per finished level, sorted by (cell, seed, level).

    Accuracies and density are fractions, losses nats, `seconds` wall-clock; a value that does not
    exist is None. A diverged level has its counts and no metrics.
    """
    ordered = sorted(curves, key=lambda curve: (curve.cell, curve.seed, curve.id))
    return [_row(curve, level) for curve in ordered for level in curve.finished]


def steps_to_dense_val(curve: Curve, level: Level) -> int | None:
    """First validation step of `level` that reaches the curve's final dense validation accuracy.

    None when it never does, or when level 0 of this curve has no accuracy.
    """
    dense = curve.level(0)
    goal = dense.metric("val_accuracy") if dense else None
    if goal is None or level.metric("val_accuracy") is None:
        return None
    for record in level.validation:
        accuracy = finite(record.get("accuracy"))
        if accuracy is not None and accuracy >= goal:
            return int(record["step"])
    return None


def csv_text(rows: Iterable[Row]) -> str:
    """The rows as CSV: a header, shortest round-trip floats, empty cells for None."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def write_csv(rows: Iterable[Row], path: Path) -> None:
    """Writes the rows to `path`, which is replaced as a whole."""
    write_atomic(path, csv_text(rows).encode())


def _row(curve: Curve, level: Level) -> Row:
    values: Row = {name: curve.columns.get(name) for name in SETTING_COLUMNS}
    values |= {name: finite(level.end.get(name)) for name in _COUNTS}
    values |= {name: level.metric(name) for name in _METRICS}
    values |= {
        "cell": curve.cell,
        "curve": curve.id,
        "method": curve.method,
        "seed": curve.seed,
        "level": level.number,
        "density": level.density,
        "steps_to_dense_val": steps_to_dense_val(curve, level),
    }
    return {name: values[name] for name in COLUMNS}
