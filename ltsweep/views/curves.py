"""The rows of curves.csv: one per curve and finished level, in an order that never changes."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ltsweep.foundations.files import write_atomic
from ltsweep.store.records import SETTING_COLUMNS
from ltsweep.store.store import Store
from ltsweep.views.context import Context
from ltsweep.views.metrics import View, shown_in
from ltsweep.views.records import Curve, FinishedLevel, read_curves
from ltsweep.views.varying import OF_RESCALING, settings_that_vary

Row = dict[str, Any]


# Settings that a column of every file tells; a setting with a column's own name is one, too.
_TOLD = frozenset(
    {
        *SETTING_COLUMNS,
        *(f"{group}.name" for group in ("dataset", "optimizer", "target", "target_optimizer")),
        *(f"{group}.name" for group in ("model", "pruning", "init")),
        *("init.scale", "reset.step", "ticket"),
        *OF_RESCALING,
    }
)


def columns() -> list[str]:
    """The columns of every file: what names a row, then every metric of the table in the CSV.

    Settings that vary in a file come after `SETTING_COLUMNS`.
    """
    metrics = [metric.name for metric in shown_in(View.CSV)]
    return ["cell", "curve", "method", *SETTING_COLUMNS, "seed", "level", *metrics]


def curve_rows(store: Store, ids: Iterable[str] | None = None) -> list[Row]:
    """Rows of the whole store, or of the points with these ids (see `rows_of`)."""
    return rows_of(read_curves(store, ids))


def rows_of(curves: Iterable[Curve]) -> list[Row]:
    """One dict with equal keys per finished level, sorted by (cell, seed, level).

    The keys are `columns`, and the dotted names of settings that vary between these curves and
    that no column of every file tells. Accuracies and density are fractions, losses nats,
    `seconds` wall-clock; a value that does not exist is None. A diverged level has its counts and
    no metrics.
    """
    ordered = sorted(curves, key=lambda curve: (curve.cell, curve.seed, curve.id))
    context = Context.of(ordered)
    varying = settings_that_vary([curve.config for curve in ordered])
    settings = {name: varying[name] for name in varying if name not in _TOLD}
    return [
        _row(curve, {name: values[i] for name, values in settings.items()}, level, context)
        for i, curve in enumerate(ordered)
        for level in curve.finished
    ]


def csv_text(rows: Sequence[Row]) -> str:
    """The rows as CSV: a header, shortest round-trip floats, empty cells for None."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]) if rows else columns(), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def write_csv(rows: Sequence[Row], path: Path) -> None:
    """Writes the rows to `path`, which is replaced as a whole."""
    write_atomic(path, csv_text(rows).encode())


def _row(curve: Curve, settings: Row, level: FinishedLevel, context: Context) -> Row:
    return {
        "cell": curve.cell,
        "curve": curve.id,
        "method": curve.method,
        **curve.columns,
        **settings,
        "seed": curve.seed,
        "level": level.number,
        **{metric.name: metric.value(curve, level, context) for metric in shown_in(View.CSV)},
    }
