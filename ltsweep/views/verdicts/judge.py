"""Computes the verdicts of each panel from its curves."""

from collections.abc import Iterable, Mapping

from ltsweep.views.panels import Cell, Panel
from ltsweep.views.records import Curve, FinishedLevel
from ltsweep.views.verdicts import statistics
from ltsweep.views.verdicts.verdict import (
    Comparison,
    LevelVerdict,
    MethodVerdict,
    PanelVerdict,
    levels_at,
    nearest_level,
)

TICKET = "imp"
DEFAULT_DELTA = 1.0


def judge(panels: Iterable[Panel]) -> list[PanelVerdict]:
    """The verdicts of each panel, in order; a panel without a finished level has empty ones."""
    return [_judge(panel) for panel in panels]


def _judge(panel: Panel) -> PanelVerdict:
    cells = [cell for cell in panel.cells if cell.depth >= 0]
    tickets = [cell for cell in cells if cell.method == TICKET]
    densities = _declared([*tickets, *cells])
    grid = statistics.common_grid([list(points) for points in map(_accuracies, _deep(cells))])
    return PanelVerdict(
        panel.setting,
        _dense(cells),
        densities,
        [_method(cell, grid) for cell in cells],
        _comparisons(tickets, cells, densities),
        (grid[0], grid[-1]) if len(grid) > 1 else None,
    )


def _declared(cells: list[Cell]) -> list[float]:
    return sorted(cells[0].curves[0].point.report.densities, reverse=True) if cells else []


def _dense(cells: list[Cell]) -> LevelVerdict | None:
    """The dense training over the panel's seeds; methods share it, so each seed counts once."""
    by_seed: dict[int, Curve] = {}
    for cell in cells:
        for curve in cell.curves:
            if isinstance(curve.dense_level, FinishedLevel):
                by_seed.setdefault(curve.seed, Curve(curve.point, [curve.dense_level]))
    return _level(Cell("", "dense", list(by_seed.values())), 0, DEFAULT_DELTA) if by_seed else None


def _method(cell: Cell, grid: list[float]) -> MethodVerdict:
    delta = cell.curves[0].point.report.delta
    levels = [_level(cell, number, delta) for number in cell.densities]
    by_number = {level.level: level.against_dense.verdict for level in levels}
    first = 1 if cell.starts_dense else 0
    # A level that no seed has finished counts like a level that too few seeds have finished.
    judged = [by_number.get(k, statistics.TOO_FEW) for k in range(first, cell.depth + 1)]
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
        statistics.lowest_matching(judged, first) if judged else None,
        statistics.mean(known),
        statistics.standard_deviation(known),
    )


def _level(cell: Cell, number: int, delta: float) -> LevelVerdict:
    accuracies = _percent(cell, number)
    values = list(accuracies.values())
    mean = statistics.mean(values)
    examples = [int(n) for n in cell.by_seed(number, "test_examples").values() if n > 0]
    sampling = None
    if examples and mean is not None:
        sampling = 100 * statistics.sampling_sd(mean / 100, examples[0])
    differences = minus_dense(cell, number)
    diverged = cell.diverged(number)
    return LevelVerdict(
        number,
        cell.densities[number],
        len(values),
        diverged,
        mean,
        statistics.standard_deviation(values),
        sampling,
        statistics.matching(differences, delta, diverged),
    )


def minus_dense(cell: Cell, number: int) -> list[float]:
    """Test accuracy of a level minus that of the dense training of the same seed, in points."""
    dense = {seed: 100 * value for seed, value in cell.dense_by_seed("test_accuracy").items()}
    return statistics.paired_differences(_percent(cell, number), dense)


def _comparisons(
    tickets: list[Cell], cells: list[Cell], densities: list[float]
) -> list[Comparison]:
    """Every ticket against every other arm, each two once, at every declared density.

    All these comparisons are one family for Holm's correction.
    """
    pairs = []
    for number, ticket in enumerate(tickets):
        for control in (cell for cell in cells if cell not in tickets[: number + 1]):
            for ours, declared in levels_at(ticket.densities, densities).items():
                theirs = nearest_level(control.densities, declared)
                if theirs:
                    pairs.append((ticket, control, declared, ours, theirs))
    differences = statistics.compare(
        [
            statistics.paired_differences(_percent(ticket, ours), _percent(control, theirs))
            for ticket, control, _, ours, theirs in pairs
        ]
    )
    return [
        Comparison(
            ticket.arm,
            control.arm,
            declared,
            ticket.densities[ours],
            control.densities[theirs],
            ticket.diverged(ours),
            control.diverged(theirs),
            difference,
        )
        for (ticket, control, declared, ours, theirs), difference in zip(
            pairs, differences, strict=True
        )
    ]


def _deep(cells: Iterable[Cell]) -> list[Curve]:
    """Curves with at least two trained levels: only these have an area under them."""
    return [curve for cell in cells for curve in cell.curves if len(_accuracies(curve)) > 1]


def _accuracies(curve: Curve) -> dict[float, float]:
    """Test accuracy in percent by density, over the trained levels of one curve."""
    found: Mapping[float, float | None] = {
        level.density: level.metric("test_accuracy") for level in curve.finished
    }
    return {d: 100 * accuracy for d, accuracy in found.items() if accuracy is not None and d > 0}


def _percent(cell: Cell, number: int) -> dict[int, float]:
    return {seed: 100 * value for seed, value in cell.by_seed(number, "test_accuracy").items()}
