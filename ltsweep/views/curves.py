"""The rows of curves.csv: one per curve and finished level, in an order that never changes."""

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ltsweep.foundations.files import write_atomic
from ltsweep.store.records import SETTING_COLUMNS
from ltsweep.store.store import Store
from ltsweep.views.metrics import View, shown_in
from ltsweep.views.records import Curve, FinishedLevel, read_curves

Row = dict[str, Any]


def columns() -> list[str]:
    """The header: what names a row, then every metric of the table that the CSV has."""
    metrics = [metric.name for metric in shown_in(View.CSV)]
    return ["cell", "curve", "method", *SETTING_COLUMNS, "seed", "level", *metrics]


def curve_rows(store: Store, ids: list[str] | None = None) -> list[Row]:
    """Rows of the whole store, or of the points with these ids (see `rows_of`)."""
    return rows_of(read_curves(store, ids))


def rows_of(curves: Iterable[Curve]) -> list[Row]:
    """One dict with the keys of `columns` per finished level, sorted by (cell, seed, level).

    Accuracies and density are fractions, losses nats, `seconds` wall-clock; a value that does not
    exist is None. A diverged level has its counts and no metrics.
    """
    ordered = sorted(curves, key=lambda curve: (curve.cell, curve.seed, curve.id))
    return [_row(curve, level) for curve in ordered for level in curve.finished]


def csv_text(rows: Iterable[Row]) -> str:
    """The rows as CSV: a header, shortest round-trip floats, empty cells for None."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns(), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def write_csv(rows: Iterable[Row], path: Path) -> None:
    """Writes the rows to `path`, which is replaced as a whole."""
    write_atomic(path, csv_text(rows).encode())


def _row(curve: Curve, level: FinishedLevel) -> Row:
    return {
        "cell": curve.cell,
        "curve": curve.id,
        "method": curve.method,
        **curve.columns,
        "seed": curve.seed,
        "level": level.number,
        **{metric.name: metric.value(curve, level) for metric in shown_in(View.CSV)},
    }
