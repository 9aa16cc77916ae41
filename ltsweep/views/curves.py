"""The rows of curves.csv: one per curve and finished level, in an order that never changes."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from ltsweep.store.point_record import SETTING_COLUMNS
from ltsweep.store.store import Store
from ltsweep.views.context import Context
from ltsweep.views.metrics import View, shown_in
from ltsweep.views.records import Curve
from ltsweep.views.splits import declared_curves
from ltsweep.views.varying import OF_RESCALING, settings_that_vary

Row = dict[str, Any]

VERSION = "version"  # a column
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
    """Rows of the whole store, or of the points with these ids (see `rows_of`).

    Each curve has the numbers that its own report may show.
    """
    return rows_of(declared_curves(store, ids))


def rows_of(curves: Iterable[Curve]) -> list[Row]:
    """All rows of these curves at once (see `each_row`)."""
    return [*each_row(curves)]


def each_row(curves: Iterable[Curve], context: Context | None = None) -> Iterator[Row]:
    """One dict with equal keys per finished level, sorted by (cell, seed, level).

    The keys are `columns`, and the dotted names of settings that vary between these curves and
    that no column of every file tells. Where cells agree in all settings, because their data or an
    own part's code changed between launches, `version` numbers them. Accuracies and density are
    fractions, losses nats, `seconds` wall-clock; a value that does not exist is None. A diverged
    level has its counts and no metrics. `context` is that of the curves, where it was gathered.
    """
    ordered = sorted(curves, key=lambda curve: (curve.cell, curve.seed, curve.id))
    context = context or Context.of(ordered)
    varying = settings_that_vary([curve.config for curve in ordered])
    names = [name for name in varying if name not in _TOLD]
    settings = [{name: varying[name][i] for name in names} for i in range(len(ordered))]
    versions = _versions(ordered, settings)
    if versions:
        settings = [
            setting | {VERSION: versions.get(curve.cell)}
            for setting, curve in zip(settings, ordered, strict=True)
        ]
    metrics = shown_in(View.CSV)
    for curve, setting in zip(ordered, settings, strict=True):
        told = _of_curve(curve, setting)
        for level in curve.finished:
            values = {metric.name: metric.value(curve, level, context) for metric in metrics}
            yield {**told, "level": level.number, **values}


def _versions(curves: Sequence[Curve], settings: Sequence[Row]) -> dict[str, int]:
    """Numbers, from 1, of cells that are written alike: by the time at which they began."""
    alike: dict[tuple[str, ...], dict[str, str]] = defaultdict(dict)
    for curve, setting in zip(curves, settings, strict=True):
        began = min((level.end.began for level in curve.finished), default=None)
        if began is not None:
            by_cell = alike[_as_written(curve, setting)]
            by_cell[curve.cell] = min(began, by_cell.get(curve.cell, began))
    return {
        cell: number
        for by_cell in alike.values()
        if len(by_cell) > 1
        for number, cell in enumerate(sorted(by_cell, key=lambda c: (by_cell[c], c)), 1)
    }


def _as_written(curve: Curve, setting: Mapping[str, Any]) -> tuple[str, ...]:
    """What a file says of a cell: None is written as nothing."""
    told = [curve.method, *curve.columns.values(), *setting.values()]
    return tuple("" if value is None else str(value) for value in told)


def csv_text(rows: Iterable[Row]) -> str:
    """The rows, which have equal keys, as CSV.

    It has a header, shortest round-trip floats, and empty cells for None.
    """
    text, rows = io.StringIO(), iter(rows)
    first = next(rows, None)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns() if first is None else first)
    if first is not None:
        writer.writerows(row.values() for row in chain([first], rows))
    return text.getvalue()


def _of_curve(curve: Curve, settings: Row) -> Row:
    """What all rows of a curve tell of it, in front of their levels."""
    return {
        "cell": curve.cell,
        "curve": curve.id,
        "method": curve.method,
        **curve.columns,
        **settings,
        "seed": curve.seed,
    }
