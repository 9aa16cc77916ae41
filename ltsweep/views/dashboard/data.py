"""Packs curves for the dashboard: every value once, so that a thousand curves stay a small file."""

from collections.abc import Sequence
from typing import Any

from ltsweep.views.curves import SETTING_COLUMNS, steps_to_dense_val
from ltsweep.views.palette import LOOKS, look, method_order
from ltsweep.views.panels import Panel, echoes, flatten, partition, sortable
from ltsweep.views.records import DIVERGED, UNFINISHED, Curve, Level, finite
from ltsweep.views.verdicts.verdict import PanelVerdict, as_plain

Packed = dict[str, Any]

# Keys that name places or processes: they vary without meaning anything.
_NOT_SHOWN = frozenset({"store", "data_dir", "hydra", "jobs", "wait", "action", "logger"})
_MOST_CHOICES = 40
_VALIDATION_POINTS = 400_000
_FEWEST_POINTS, _MOST_POINTS = 8, 60
_PERCENTAGES = ("test_accuracy", "val_accuracy", "train_accuracy", "val_accuracy_before")
_NUMBERS = ("test_loss", "val_loss", "train_loss", "early_stop_step")


def pack(curves: Sequence[Curve], panels: Sequence[Panel], verdicts: list[PanelVerdict]) -> Packed:
    """What the page draws at once: keys, curves, one row per finished stage, verdicts.

    `keys` holds every setting that varies as its values and one index per curve; `rows` one list
    per metric; a curve's `rows` are indices into those, or a sentence where there is no row.
    Accuracies are percentages. Rows that curves share (the dense training) are stored once.
    """
    shelf = _Rows()
    panel_of = {
        curve.id: number
        for number, panel in enumerate(panels)
        for cell in panel.cells
        for curve in cell.curves
    }
    keys, shared = _keys(curves)
    return {
        "keys": keys,
        "shared": shared,
        "curves": [
            {
                "id": curve.id,
                "cell": curve.cell,
                "panel": panel_of[curve.id],
                "rows": [shelf.add(curve, level) for level in curve.levels],
            }
            for curve in curves
        ],
        "rows": shelf.columns(),
        "looks": {m: [look(m).light, look(m).dark] for m in [*LOOKS, *(c.method for c in curves)]},
        "verdicts": as_plain(verdicts),
        "details": shelf.details(),
    }


class _Rows:
    """Finished levels, each once per stage and number of steps to dense accuracy."""

    def __init__(self) -> None:
        self._index: dict[tuple[str, int | None], int] = {}
        self._rows: list[tuple[Level, int | None]] = []

    def add(self, curve: Curve, level: Level) -> int | str:
        """The index of the level's row; for a level without one, why that is so."""
        if not level.is_finished:
            return _in_words(curve, level)
        steps = steps_to_dense_val(curve, level)
        if (level.key, steps) not in self._index:
            self._index[level.key, steps] = len(self._rows)
            self._rows.append((level, steps))
        return self._index[level.key, steps]

    def columns(self) -> dict[str, list[Any]]:
        """One list per metric, a value per row; None where there is none."""
        ends = [level.end for level, _ in self._rows]
        found: dict[str, list[Any]] = {
            "kept": [end["kept"] for end in ends],
            "prunable": [end["prunable"] for end in ends],
            "live_density": [_ratio(end.get("live_kept"), end["prunable"]) for end in ends],
            "steps": [finite(end.get("steps")) for end in ends],
            "seconds": [_short(end.get("seconds")) for end in ends],
            "steps_to_dense_val": [steps for _, steps in self._rows],
            "diverged": [int(level.state == DIVERGED) for level, _ in self._rows],
        }
        for name in _PERCENTAGES:
            values = [level.metric(name) for level, _ in self._rows]
            found[name] = [None if value is None else _short(100 * value, 5) for value in values]
        for name in _NUMBERS:
            found[name] = [_short(level.metric(name), 5) for level, _ in self._rows]
        return found

    def details(self) -> Packed:
        """Validation curves and layers of each row, read by the page only when a curve opens."""
        points = _VALIDATION_POINTS // max(1, 2 * len(self._rows))
        points = min(_MOST_POINTS, max(_FEWEST_POINTS, points))
        step_lists, layouts = _Once(), _Once()
        return {
            "validation": [_validation(level, points, step_lists) for level, _ in self._rows],
            "layers": [_layers(level, layouts) for level, _ in self._rows],
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


def _validation(level: Level, most: int, step_lists: _Once) -> list[Any]:
    records = _thinned(level.validation, most)
    accuracies = [_percent(record.get("accuracy")) for record in records]
    losses = [_short(record.get("loss")) for record in records]
    return [step_lists.add([record["step"] for record in records]), accuracies, losses]


def _layers(level: Level, layouts: _Once) -> list[Any]:
    layers = level.end.get("layers") or {}
    layout = [[name, layer.get("total")] for name, layer in layers.items()]
    kept = [layer.get("kept") for layer in layers.values()]
    return [layouts.add(layout), kept, [layer.get("live") for layer in layers.values()]]


def _thinned(records: list[Any], most: int) -> list[Any]:
    """At most `most` records, evenly spaced, the first and the last among them."""
    if len(records) <= most:
        return records
    return [records[round(i * (len(records) - 1) / (most - 1))] for i in range(most)]


def _keys(curves: Sequence[Curve]) -> tuple[list[Packed], dict[str, Any]]:
    """Settings that vary, as values and indices, and those that all curves share.

    Keys that echo another one (a dataset's mean, its name) are kept to be read, not to filter by.
    """
    settings = [_settings(curve) for curve in curves]
    names = dict.fromkeys(name for row in settings for name in row)
    columns = {name: [row.get(name) for row in settings] for name in names}
    shared = {name: values[0] for name, values in columns.items() if not any(partition(values))}
    varying = {name: values for name, values in columns.items() if name not in shared}
    told_by = echoes(varying)
    return [_key(name, values, told_by.get(name)) for name, values in varying.items()], shared


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


def _settings(curve: Curve) -> dict[str, Any]:
    """Method, seed and the CSV's columns first, then the configuration, flattened."""
    settings = {"method": curve.method, "seed": curve.seed}
    settings |= {name: curve.columns.get(name) for name in SETTING_COLUMNS}
    for name, value in flatten(curve.config).items():
        if name.split(".")[0] not in _NOT_SHOWN:
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
    return level.is_finished and level.state != DIVERGED or level.state == UNFINISHED


def _ratio(part: Any, whole: int) -> float | None:
    part = finite(part)
    return None if part is None else _short(part / whole, 6)


def _percent(value: Any) -> float | None:
    value = finite(value)
    return None if value is None else _short(100 * value)


def _short(value: Any, digits: int = 4) -> float | None:
    """Rounded to so many significant digits, enough for a screen; None unless finite."""
    value = finite(value)
    return None if value is None else float(f"{value:.{digits}g}")
