"""Splits that are drawn per seed: curves that differ in their seed and its split are one cell."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ltsweep.views.records import Curve, told_apart
from ltsweep.views.varying import factors_of, sortable

SECTIONS = ("dataset", "target")
SPLIT_SEED = "split_seed"
EACH_SEED = "seed"  # stands for the value of a setting that is the seed of each curve


def pooled_over_splits(curves: Sequence[Curve]) -> list[Curve]:
    """The curves, with those of one cell that have a split of their own for each seed.

    A split is drawn per seed (`dataset.split_seed=${seed}`) where curves that differ in nothing
    else have their seed as `split_seed`, and there are at least two such seeds. Their setting is
    then told as 'seed', and their cell is that of the first seed.
    """
    groups: dict[Any, list[Curve]] = {}
    if any(_own(curve.config, name) for curve in curves for name in SECTIONS):
        for curve in curves:
            groups.setdefault(_but_for_splits(curve), []).append(curve)
    found: dict[str, Curve] = {}
    for alike in groups.values():
        found |= _as_one_cell(alike)
    if not found:
        return list(curves)
    points = told_apart([found.get(curve.id, curve).point for curve in curves])
    return [replace(curve, point=point) for curve, point in zip(curves, points, strict=True)]


def _as_one_cell(alike: Sequence[Curve]) -> dict[str, Curve]:
    """Those of curves that differ in seed and split alone, if each has its own split."""
    drawn = [
        name for name in SECTIONS if all(_own(curve.config, name) == curve.seed for curve in alike)
    ]
    if not drawn or len({curve.seed for curve in alike}) < 2:
        return {}
    cell = min(alike, key=lambda curve: curve.seed).cell
    found = {}
    for curve in alike:
        splits = {name: {**curve.config[name], SPLIT_SEED: EACH_SEED} for name in drawn}
        point = curve.point.model_copy(update={"cell": cell, "config": {**curve.config, **splits}})
        found[curve.id] = replace(curve, point=point)
    return found


def _own(config: Mapping[str, Any], section: str) -> Any:
    return (config.get(section) or {}).get(SPLIT_SEED)


def _but_for_splits(curve: Curve) -> Any:
    """All settings of a curve but its seed and its splits, to be compared."""
    splits = {f"{name}.{SPLIT_SEED}" for name in SECTIONS}
    settings = factors_of(curve.config)
    return tuple((n, sortable(v)) for n, v in sorted(settings.items()) if n not in splits)
