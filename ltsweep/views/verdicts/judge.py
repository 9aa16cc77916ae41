"""Computes the verdicts of each panel from its curves."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ltsweep.views.panels import Cell, Panel
from ltsweep.views.records import Curve, FinishedLevel
from ltsweep.views.verdicts import rules, statistics
from ltsweep.views.verdicts.by_image import error_of_images
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
    """The verdicts of each panel, in order; a panel without a finished level has empty ones.

    All comparisons of a report, whatever their panel, are one family for Holm's correction.
    """
    panels = list(panels)
    pairs = [_pairs(panel) for panel in panels]
    compared = iter(_compared([pair for some in pairs for pair in some]))
    return [
        _judge(panel, [next(compared) for _ in some])
        for panel, some in zip(panels, pairs, strict=True)
    ]


def _judge(panel: Panel, comparisons: list[Comparison]) -> PanelVerdict:
    cells = [cell for cell in panel.cells if cell.depth >= 0]
    grid = statistics.common_grid([list(points) for points in map(_accuracies, _deep(cells))])
    return PanelVerdict(
        panel.setting,
        _dense(cells),
        _declared(panel),
        [_method(cell, grid) for cell in cells],
        comparisons,
        (grid[0], grid[-1]) if len(grid) > 1 else None,
        {seed: key for cell in cells for seed, key in cell.dense_stages.items()},
    )


def _declared(panel: Panel) -> list[float]:
    """The densities that the ticket declares, or else the first arm."""
    cells = [cell for cell in panel.cells if cell.depth >= 0]
    cells = [cell for cell in cells if cell.method == TICKET] or cells
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
    accuracies = _percent(cell, number)
    values = list(accuracies.values())
    mean = statistics.mean(values)
    examples = [int(n) for n in cell.by_seed(number, "test_examples").values() if n > 0]
    sampling = None
    if examples and mean is not None:
        sampling = 100 * statistics.sampling_sd(mean / 100, examples[0])
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
    """Test accuracy of a level minus that of the dense training of the same seed, in points."""
    dense = {seed: 100 * value for seed, value in cell.dense_by_seed("test_accuracy").items()}
    return statistics.paired_differences(_percent(cell, number), dense)


class _Pair(NamedTuple):
    """Levels of two arms that stand for a declared density."""

    ticket: Cell
    control: Cell
    declared: float
    ours: int
    theirs: int

    @property
    def differences(self) -> list[float]:
        """Ticket minus control of the seeds that both have, in points."""
        ours, theirs = _percent(self.ticket, self.ours), _percent(self.control, self.theirs)
        return statistics.paired_differences(ours, theirs)

    @property
    def collapsed(self) -> tuple[set[int], set[int]]:
        """The seeds of each side that collapsed."""
        return self.ticket.collapsed(self.ours), self.control.collapsed(self.theirs)

    @property
    def diverged(self) -> tuple[int, int]:
        """How many seeds of each side diverged."""
        return self.ticket.diverged(self.ours), self.control.diverged(self.theirs)


def _pairs(panel: Panel) -> list[_Pair]:
    """Every ticket and every other arm, each two once, at every declared density."""
    cells = [cell for cell in panel.cells if cell.depth >= 0]
    tickets = [cell for cell in cells if cell.method == TICKET]
    densities = _declared(panel)
    pairs = []
    for number, ticket in enumerate(tickets):
        for control in (cell for cell in cells if cell not in tickets[: number + 1]):
            for ours, declared in levels_at(ticket.densities, densities).items():
                theirs = nearest_level(control.densities, declared)
                if theirs:
                    pairs.append(_Pair(ticket, control, declared, ours, theirs))
    return pairs


def _compared(pairs: list[_Pair]) -> list[Comparison]:
    family = [pair.differences for pair in pairs]
    collapsed = [pair.collapsed for pair in pairs]
    lost = [
        len(set.union(*seeds)) + sum(pair.diverged)
        for pair, seeds in zip(pairs, collapsed, strict=True)
    ]
    return [
        Comparison(
            ticket=pair.ticket.arm,
            control=pair.control.arm,
            declared=pair.declared,
            density=pair.ticket.densities[pair.ours],
            control_density=pair.control.densities[pair.theirs],
            ticket_diverged=pair.diverged[0],
            control_diverged=pair.diverged[1],
            ticket_collapsed=len(seeds[0]),
            control_collapsed=len(seeds[1]),
            difference=difference,
            error_of_seeds=statistics.standard_error(differences),
            error_of_images=error_of_images(
                pair.ticket.test_correct(pair.ours), pair.control.test_correct(pair.theirs)
            ),
        )
        for pair, differences, seeds, difference in zip(
            pairs, family, collapsed, rules.compare(family, lost), strict=True
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
