"""Packs curves for the dashboard: every value once, so that a thousand curves stay a small file."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from ltsweep.store.records import TRAINED, finite
from ltsweep.store.training_records import Validation
from ltsweep.views.context import Context
from ltsweep.views.matrix import Matrix
from ltsweep.views.matrix_table import about, title
from ltsweep.views.metrics import ACCURACY, Metric, View, shown_in
from ltsweep.views.palette import look, method_order
from ltsweep.views.panels import Panel
from ltsweep.views.records import UNFINISHED, Curve, FinishedLevel, Level
from ltsweep.views.share_table import ABOUT, share_rows
from ltsweep.views.sides import columns_by_side
from ltsweep.views.varying import echoes, flatten, sortable, varying
from ltsweep.views.verdicts.families import error_rates
from ltsweep.views.verdicts.plain import panels_as_plain
from ltsweep.views.verdicts.primary import PrimaryVerdict
from ltsweep.views.verdicts.shares import shares
from ltsweep.views.verdicts.verdict import PanelVerdict

Packed = dict[str, Any]

# The page's list of metrics begins with these; the others follow in the order of the table.
_FIRST = ("test_accuracy", "val_accuracy", "val_accuracy_before", "train_accuracy")
# Metrics in the table of a curve's levels.
_OF_LEVELS = (
    "live_density", "val_accuracy_before", "val_accuracy", "test_accuracy", "steps_to_dense_val",
)  # fmt: skip
_MOST_CHOICES = 40
_VALIDATION_POINTS = 400_000
_FEWEST_POINTS, _MOST_POINTS = 8, 60


def pack(
    curves: Sequence[Curve],
    panels: Sequence[Panel],
    verdicts: list[PanelVerdict],
    matrices: Sequence[Matrix] = (),
    primary: PrimaryVerdict | None = None,
    context: Context | None = None,
) -> Packed:
    """What the page draws at once: keys, curves, one row per finished stage, verdicts, matrices.

    `keys` holds every setting that varies as its values and one index per curve; `metrics` what
    can be drawn and `rows` one list for each of them, in its unit; a curve's `rows`, and `dense`,
    are indices into those, or a sentence where there is no row. Rows that curves share (the dense
    training) are stored once. Metrics that no level has are left out.
    """
    metrics = shown_in(View.DASHBOARD)
    metrics.sort(key=lambda m: _FIRST.index(m.name) if m.name in _FIRST else len(_FIRST))
    shelf = _Rows(metrics, context or Context.of(curves))
    place_of = {
        curve.id: (number, cell)
        for number, panel in enumerate(panels)
        for cell in panel.cells
        for curve in cell.curves
    }
    keys, shared = _keys(curves)
    packed = [
        {
            "id": curve.id,
            "cell": place_of[curve.id][1].id,
            "panel": place_of[curve.id][0],
            "arm": place_of[curve.id][1].arm,
            "variant": place_of[curve.id][1].variant,
            "rows": [shelf.add(curve, level) for level in curve.levels],
            "dense": shelf.add(curve, curve.dense_level),
        }
        for curve in curves
    ]
    rows = shelf.columns()
    first = panels[0].declared.accuracy if panels else _FIRST[0]
    known = [m for m in metrics if m.name == first or any(v is not None for v in rows[m.name])]
    names = {metric.name for metric in known}
    methods = sorted({curve.method for curve in curves})
    return {
        "keys": keys,
        "shared": shared,
        "metrics": [_described(metric) for metric in known],
        "of_levels": [name for name in _OF_LEVELS if name in names],
        "curves": packed,
        "rows": rows,
        "looks": {m: [look(m).light, look(m).dark] for m in methods},
        "open_looks": [method for method in methods if look(method).is_open],
        "second_looks": [method for method in methods if look(method).is_second],
        "primary": None if primary is None else primary.in_words,
        "verdicts": panels_as_plain(verdicts),
        "error_rates": error_rates(verdicts, primary),
        "matrices": [{**asdict(matrix), "title": title(matrix)} for matrix in matrices],
        "shares": share_rows(shares(verdicts)),
        "about_shares": ABOUT,
        "about_matrices": f"{about(matrices).capitalize()}." if matrices else "",
        "details": shelf.details(),
    }


def _described(metric: Metric) -> Packed:
    """What the page needs to know to draw a metric and to name it."""
    return {
        "name": metric.name,
        "title": metric.title,
        "about": metric.about,
        "heading": metric.heading or metric.label,
        "unit": metric.unit or metric.kind.unit,
        "decimals": metric.kind.decimals,
        "logarithmic": metric.kind.is_logarithmic,
        "dense_line": metric.kind.has_dense_line,
        "of_diverged": metric.of_diverged,
    }


class _Rows:
    """Finished levels, each once per stage and values: some depend on other levels and curves."""

    def __init__(self, metrics: Sequence[Metric], context: Context) -> None:
        self._metrics, self._context = metrics, context
        self._index: dict[tuple[Any, ...], int] = {}
        self._levels: list[FinishedLevel] = []
        self._values: list[tuple[float | None, ...]] = []

    def add(self, curve: Curve, level: Level) -> int | str:
        """The index of the level's row; for a level without one, why that is so."""
        if not isinstance(level, FinishedLevel):
            return _in_words(curve, level)
        values = tuple(metric.value(curve, level, self._context) for metric in self._metrics)
        row = self._index.setdefault((level.key, values), len(self._levels))
        if row == len(self._levels):
            self._levels.append(level)
            self._values.append(values)
        return row

    def columns(self) -> dict[str, list[Any]]:
        """One list per metric, a value per row; None where there is none."""
        found: dict[str, list[Any]] = {
            "kept": [level.end.kept for level in self._levels],
            "prunable": [level.end.prunable for level in self._levels],
            "diverged": [int(level.is_diverged) for level in self._levels],
        }
        for number, metric in enumerate(self._metrics):
            found[metric.name] = [_in_unit(metric, values[number]) for values in self._values]
        return found

    def details(self) -> Packed:
        """Validation curves and layers of each row, read by the page only when a curve opens."""
        points = _VALIDATION_POINTS // max(1, 2 * len(self._levels))
        points = min(_MOST_POINTS, max(_FEWEST_POINTS, points))
        step_lists, layouts = _Once(), _Once()
        return {
            "validation": [_validation(level, points, step_lists) for level in self._levels],
            "layers": [_layers(level, layouts) for level in self._levels],
            "steps": step_lists.values,
            "layouts": layouts.values,
        }


class _Once:
    """A list in which equal values share one index."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._index: dict[str, int] = {}

    def add(self, value: Any) -> int:
        """Index of the value, which is appended when it is new."""
        number = self._index.setdefault(repr(value), len(self.values))
        if number == len(self.values):
            self.values.append(value)
        return number


def _validation(level: FinishedLevel, most: int, step_lists: _Once) -> list[Any]:
    records = _thinned([*level.validation], most)
    accuracies = [_short(ACCURACY.scale * record.accuracy) for record in records]
    losses = [_short(record.loss) for record in records]
    return [step_lists.add([record.step for record in records]), accuracies, losses]


def _layers(level: FinishedLevel, layouts: _Once) -> list[Any]:
    layers = level.end.layers
    layout = [[name, layer.total] for name, layer in layers.items()]
    kept = [layer.kept for layer in layers.values()]
    live = [layer.live for layer in layers.values()]
    return [layouts.add(layout), kept, live, [_short(r.rms_over_init_std) for r in layers.values()]]


def _thinned(records: list[Validation], most: int) -> list[Validation]:
    """At most `most` records, evenly spaced, the first and the last among them."""
    if len(records) <= most:
        return records
    return [records[round(i * (len(records) - 1) / (most - 1))] for i in range(most)]


def _keys(curves: Sequence[Curve]) -> tuple[list[Packed], dict[str, Any]]:
    """Settings that vary, as values and indices, and those that all curves share.

    Keys that echo another one (a dataset's mean, its name) are kept to be read, not to filter by.
    """
    told = columns_by_side([curve.point for curve in curves])
    settings = [_settings(curve, columns) for curve, columns in zip(curves, told, strict=True)]
    columns = varying(settings)
    shared = {n: value for row in settings for n, value in row.items() if n not in columns}
    told_by = echoes(columns)
    return [_key(name, values, told_by.get(name)) for name, values in columns.items()], shared


def _key(name: str, column: list[Any], leader: str | None) -> Packed:
    values = _ordered(name, column)
    place = {key: number for number, (key, _) in enumerate(values)}
    return {
        "name": name,
        "values": [value for _, value in values],
        "codes": [place[sortable(value)] for value in column],
        "echoes": leader,
        "filters": leader is None and len(values) <= _MOST_CHOICES,
    }


def _ordered(name: str, column: list[Any]) -> list[tuple[Any, Any]]:
    """The different values with their keys, by size or alphabet; methods as all views list them."""
    values = {sortable(value): value for value in column}
    if name == "method":
        return sorted(values.items(), key=lambda item: method_order(item[1]))
    return sorted(values.items())


def _settings(curve: Curve, columns: Packed) -> Packed:
    """Method, seed and these columns first, then the configuration, flattened."""
    settings = {"method": curve.method, "seed": curve.seed, **columns}
    for name, value in flatten(curve.config).items():
        settings.setdefault(name, value)
    return settings


def _in_words(curve: Curve, level: Level) -> str:
    if level.state != UNFINISHED:
        return f"{level.state}: {level.problem}" if level.problem else level.state
    blocking = next((lv for lv in curve.levels[: level.number] if not _goes_on(lv)), None)
    if blocking is None:
        return "not finished"
    return f"not run: level {blocking.number} {blocking.state}"


def _goes_on(level: Level) -> bool:
    return level.state in (TRAINED, UNFINISHED)


def _in_unit(metric: Metric, value: float | None) -> float | None:
    """A metric as the page shows it; whole numbers stay exact."""
    if value is None or metric.kind.decimals == 0:
        return value
    return _short(metric.kind.scale * value, 6)


def _short(value: float | None, digits: int = 4) -> float | None:
    """Rounded to so many significant digits, enough for a screen; None unless finite."""
    value = finite(value)
    return None if value is None else float(f"{value:.{digits}g}")
