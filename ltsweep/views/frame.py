"""The rows of curves.csv as a table with types: a pandas DataFrame, or a Parquet file."""

import importlib
import io
from collections.abc import Iterable, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ltsweep.foundations.errors import RequestError
from ltsweep.store.point_record import SettingColumns
from ltsweep.store.store import Store
from ltsweep.views.curves import Row, columns, rows_of
from ltsweep.views.metrics import COUNT, STEPS, View, shown_in
from ltsweep.views.report import judged_curves
from ltsweep.views.selection import reports_of

if TYPE_CHECKING:
    import pandas

_TEXT, _INTEGER, _FLOAT, _BOOLEAN = "str", "Int64", "float64", "boolean"  # as pandas calls them
_KNOWN = {
    **dict.fromkeys(("cell", "curve", "method"), _TEXT),
    **{
        name: _FLOAT if field.annotation is float else _TEXT
        for name, field in SettingColumns.model_fields.items()
    },
    **dict.fromkeys(("seed", "level"), _INTEGER),
    **{
        metric.name: _INTEGER if metric.kind in (COUNT, STEPS) else _FLOAT
        for metric in shown_in(View.CSV)
    },
}


def load_curves(store: str | PathLike[str], experiment: str | None = None) -> "pandas.DataFrame":
    """One row per curve and finished level: those of curves.csv, with types.

    Counts and steps are Int64, accuracies, densities, losses and seconds float64. A setting that
    varies is of the type of its values; where these differ in type, or are lists, it is text. What
    does not exist is missing. Without an experiment the rows are those of the whole store. Where
    reports are on validation accuracy, test numbers are missing.

    RequestError, a ValueError, where there is no such store or experiment, or no pandas.
    """
    opened = Store(Path(store))
    if not opened.points_dir.is_dir():
        raise RequestError([f"{store} is no store: it has no directory 'points'"])
    reports = reports_of(opened, experiment)
    curves = {curve.id: curve for shown in reports for curve in judged_curves(opened, shown)}
    return frame_of(rows_of(curves.values()))


def frame_of(rows: Sequence[Row]) -> "pandas.DataFrame":
    """The rows as a DataFrame, in their order; without any, the columns of every file."""
    pandas = _installed("pandas")
    names = list(rows[0]) if rows else columns()
    return pandas.DataFrame({name: _column(name, [row[name] for row in rows]) for name in names})


def parquet_bytes(rows: Sequence[Row]) -> bytes:
    """The rows as the content of a Parquet file."""
    _installed("pyarrow")
    content = io.BytesIO()
    frame_of(rows).to_parquet(content, engine="pyarrow", index=False)
    return content.getvalue()


def _column(name: str, values: Sequence[Any]) -> "pandas.Series":
    there = [value for value in values if value is not None]
    kind = _KNOWN.get(name) or _kind_of(there)
    if kind == _INTEGER and not all(isinstance(value, int) for value in there):
        kind = _FLOAT  # a count that is a mean, or a logarithm
    if kind == _TEXT:
        values = [None if value is None else str(value) for value in values]
    return _installed("pandas").Series(values, dtype=kind)


def _kind_of(values: Iterable[Any]) -> str:
    kinds = {type(value) for value in values}
    if kinds == {bool}:
        return _BOOLEAN
    if kinds == {int}:
        return _INTEGER
    return _FLOAT if kinds and kinds <= {int, float} else _TEXT


def _installed(name: str) -> Any:
    """A package that only tables with types need."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        raise RequestError(
            [f"{name} is not installed; pip install -e '.[pandas]' has pandas and pyarrow"]
        ) from None
