"""What sources and targets are called where not only data differ: `sgd`, `digits, adam 0.01`."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ltsweep.store.labels import settings_apart, with_settings, written
from ltsweep.store.point_record import PointRecord

_DATA = "dataset"
_NEED_NO_NAME = ("lr", "length")
_OF_OPTIMIZERS = {"source_optimizer", "target_optimizer"}

Both = tuple[Mapping[str, Any], Mapping[str, Any]]  # what a source has, and what its target has


def columns_by_side(points: Sequence[PointRecord]) -> list[dict[str, Any]]:
    """The setting columns of each point, in which source and target are named by what is paired.

    Paired are data, optimizers, schedules and batch sizes that some point has differently on its
    two sides, and not in the same way as all others. Equal names stand for equal settings. Where
    nothing but data are paired, the columns stay as they are.
    """
    sides = [point.sides for point in points]
    paired = [part for part in (sides[0][0] if sides else {}) if _is_paired(part, sides)]
    if not {*paired} - {_DATA}:
        return [dict(point.columns) for point in points]
    told = [_labels(part, points, sides) for part in paired]
    names = [", ".join(labels) for labels in zip(*told, strict=True)]
    replaced = {"source", "target"} | (_OF_OPTIMIZERS if "optimizer" in paired else set())
    found = []
    for point, source, target in zip(points, names[::2], names[1::2], strict=True):
        columns = {n: value for n, value in dict(point.columns).items() if n not in replaced}
        data = {} if _DATA in paired else _data_columns(point)
        found.append({"source": source, "target": target, **data, **columns})
    return found


def _is_paired(part: str, sides: Iterable[Both]) -> bool:
    pairs = [(source[part], target[part]) for source, target in sides]
    return any(source != target for source, target in pairs) and any(p != pairs[0] for p in pairs)


def _data_columns(point: PointRecord) -> dict[str, str]:
    """Data under names that `source` and `target` do not take."""
    source, target = point.columns.source, point.columns.target
    return {"data": source if source == target else f"{source} to {target}"}


def _labels(part: str, points: Iterable[PointRecord], sides: Iterable[Both]) -> list[str]:
    """What this part is called on the two sides of each point, source and target in turns."""
    if part == _DATA:
        return [name for p in points for name in (p.columns.source, p.columns.target)]
    values = [side[part] for pair in sides for side in pair]
    if part == "batch_size":
        return [f"batch {value}" for value in values]
    names = [value["name"] for value in values]
    found = zip(names, settings_apart(names, values), strict=True)
    return [_in_words(name, settings) for name, settings in found]


def _in_words(name: str, settings: Mapping[str, Any]) -> str:
    bare = [written(settings[n]) for n in _NEED_NO_NAME if n in settings]
    others = {n: value for n, value in settings.items() if n not in _NEED_NO_NAME}
    return with_settings(" ".join([name, *bare]), others)
