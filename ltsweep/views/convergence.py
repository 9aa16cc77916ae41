"""How soon arms reach dense accuracy on validation images, seeds that never do included."""

import math
from collections.abc import Mapping
from statistics import median

from ltsweep.views.context import Context
from ltsweep.views.derived import steps_to_dense_val
from ltsweep.views.panels import Cell, Panel
from ltsweep.views.records import FinishedLevel
from ltsweep.views.verdicts.verdict import levels_at
from ltsweep.views.wording import markdown_table, percent

_ABOUT = (
    "Steps to dense accuracy: own steps to the first of two validations in a row at {}, the mean "
    "over seeds of what dense trainings end with, less {:g} pp. Median over all seeds, in brackets "
    "how many reach it; after so many steps of trainings before."
)
_GRIDS_DIFFER = (
    "Steps to dense accuracy are not told: validations are {} steps apart, and a finer grid finds "
    "earlier crossings."
)


def convergence_markdown(panel: Panel, context: Context) -> str:
    """A table of a panel at the declared densities; a sentence where arms cannot be compared.

    Empty without validation images.
    """
    curves = [curve for cell in panel.cells for curve in cell.curves]
    goals = sorted({goal for curve in curves if (goal := context.goal(curve)) is not None})
    if not goals:
        return ""
    levels = [level for curve in curves for level in curve.finished if level.number]
    grids = sorted({level.origins.validate_every for level in levels if level.origins})
    if len(grids) > 1:
        return _GRIDS_DIFFER.format(" or ".join(map(str, grids)))
    report = curves[0].point.report
    rows = [["method", *(f"at {percent(density)}" for density in report.densities)]]
    for cell in panel.cells:
        numbers = {d: number for number, d in levels_at(cell.densities, report.densities).items()}
        rows.append([cell.arm, *(_cell(cell, numbers.get(d), context) for d in report.densities)])
    told = " or ".join(f"{100 * goal:.1f} %" for goal in goals)
    return f"{_ABOUT.format(told, report.delta)}\n\n{markdown_table(rows)}"


def _cell(cell: Cell, number: int | None, context: Context) -> str:
    """'160 (5/6), after 780'; of a median that is not reached what it is beyond."""
    if number is None:
        return "–"
    found: dict[int, float] = {}
    levels: list[FinishedLevel] = []
    for curve in cell.curves:
        level = next((level for level in curve.finished if level.number == number), None)
        if level is not None and level.origins is not None:
            steps = None if level.is_diverged else steps_to_dense_val(curve, level, context)
            found[curve.seed] = math.inf if steps is None else steps
            levels.append(level)
    if not found:
        return "–"
    reached = sum(math.isfinite(steps) for steps in found.values())
    before = {level.origins.steps for level in levels if level.origins}
    after = f", after {before.pop()}" if len(before) == 1 and None not in before else ""
    return f"{_median(found, levels)} ({reached}/{len(found)}){after}"


def _median(steps: Mapping[int, float], levels: list[FinishedLevel]) -> str:
    """Of the steps of all seeds; where it lies beyond the training, how long that is."""
    middle = median(steps.values())
    if math.isfinite(middle):
        return f"{middle:g}"
    return f"> {max(level.end.steps for level in levels)}"
