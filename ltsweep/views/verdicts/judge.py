"""Computes the verdicts of each panel from its curves."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ltsweep.views.panels import Cell, Panel
from ltsweep.views.published import published_for
from ltsweep.views.records import Curve
from ltsweep.views.verdicts import rules, statistics
from ltsweep.views.verdicts.compared import compare, densities_of
from ltsweep.views.verdicts.dense import by_dense, dense_cell
from ltsweep.views.verdicts.primary import find_primary
from ltsweep.views.verdicts.verdict import (
    ContrastVerdict,
    Dense,
    LevelVerdict,
    MethodVerdict,
    PanelVerdict,
)
from ltsweep.views.yardsticks import linear_of


def judge(panels: Iterable[Panel]) -> list[PanelVerdict]:
    """The verdicts of each panel, in order; a panel without a finished level has empty ones.

    All contrasts of a report, whatever their panel, are one family for Holm's correction; the
    primary contrast is apart (`primary.py`).
    """
    panels = list(panels)
    primary = find_primary(panels)
    compared = compare(panels, primary.held if primary else ())
    return [_judge(panel, found) for panel, found in zip(panels, compared, strict=True)]


def _judge(panel: Panel, contrasts: list[ContrastVerdict]) -> PanelVerdict:
    cells = [cell for cell in panel.cells if cell.depth >= 0]
    grid = statistics.common_grid([list(points) for points in map(_accuracies, _deep(cells))])
    return PanelVerdict(
        panel.setting,
        list(_dense(cells, panel.arms)),
        densities_of(panel),
        [_method(cell, grid) for cell in cells],
        contrasts,
        (grid[0], grid[-1]) if len(grid) > 1 else None,
        _source_images(cells),
        panel.declared.split,
        linear_of(panel),
        published_for(panel),
    )


def _source_images(cells: Sequence[Cell]) -> int | None:
    sizes = {curve.source_images for cell in cells for curve in cell.curves}
    return sizes.pop() if len(sizes) == 1 else None


def _dense(cells: Sequence[Cell], arms: Sequence[str]) -> Iterator[Dense]:
    for name, alike in by_dense(cells, arms):
        dense = dense_cell(name, alike)
        if dense is not None:
            stages = {seed: key for cell in alike for seed, key in cell.dense_stages.items()}
            yield Dense(name, _level(dense, 0, alike[0].curves[0].point.report.delta), stages)


def _method(cell: Cell, grid: list[float]) -> MethodVerdict:
    delta = cell.curves[0].point.report.delta
    levels = [_level(cell, number, delta) for number in cell.densities]
    by_number = {level.level: level.against_dense.verdict for level in levels}
    first = 1 if cell.starts_dense else 0
    # A level that no seed has finished counts like a level that too few seeds have finished.
    judged = [by_number.get(k, rules.TOO_FEW) for k in range(first, cell.depth + 1)]
    areas = [
        statistics.area_under_curve(list(points), list(points.values()), grid)
        for points in map(_accuracies, _deep([cell]))
    ]
    known = [area for area in areas if area is not None]
    return MethodVerdict(
        cell.method,
        cell.arm,
        cell.variant,
        cell.id,
        [curve.seed for curve in cell.curves],
        cell.starts_dense,
        delta,
        levels,
        rules.lowest_matching(judged, first) if judged else None,
        statistics.mean(known),
        statistics.standard_deviation(known),
        cell.trainings,
    )


def _level(cell: Cell, number: int, delta: float) -> LevelVerdict:
    accuracies = cell.percent(number)
    values = list(accuracies.values())
    mean = statistics.mean(values)
    images, sampling = cell.images(number), None
    if images and mean is not None:
        sampling = 100 * statistics.sampling_sd(mean / 100, images)
    collapsed, diverged = cell.collapsed(number), cell.diverged(number)
    lost = diverged + len(collapsed | cell.dense_collapsed)
    return LevelVerdict(
        level=number,
        density=cell.densities[number],
        n=len(values),
        diverged=diverged,
        collapsed=len(collapsed),
        mean=mean,
        sd=statistics.standard_deviation(values),
        median=statistics.median(values),
        sampling_sd=sampling,
        against_dense=rules.matching(minus_dense(cell, number), delta, lost),
    )


def minus_dense(cell: Cell, number: int) -> list[float]:
    """Accuracy of a level minus that of the dense training of the same seed, in points."""
    return statistics.paired_differences(cell.percent(number), cell.dense_percent())


def _deep(cells: Iterable[Cell]) -> list[Curve]:
    """Curves with at least two trained levels: only these have an area under them."""
    return [curve for cell in cells for curve in cell.curves if len(_accuracies(curve)) > 1]


def _accuracies(curve: Curve) -> dict[float, float]:
    """Accuracy in percent by density, over the trained levels of one curve."""
    found: Mapping[float, float | None] = {
        level.density: level.metric(curve.point.report.accuracy) for level in curve.finished
    }
    return {d: 100 * accuracy for d, accuracy in found.items() if accuracy is not None and d > 0}
