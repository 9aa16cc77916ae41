"""Whether a sweep has what its report compares: told of the plan, before any job starts."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ltsweep.foundations.errors import listed
from ltsweep.plan.plan import Point
from ltsweep.store.chosen import are_equal
from ltsweep.store.declared import DeclaredContrast
from ltsweep.store.labels import written
from ltsweep.views.arms import is_of_arm
from ltsweep.views.panels import Cell, Panel, make_panels
from ltsweep.views.records import untrained
from ltsweep.views.tuning import tune
from ltsweep.views.verdicts.contrasts import (
    contrasts_of,
    differing,
    has_settings,
    matching,
    setting_of,
)


def missing_contrasts(points: Sequence[Point]) -> list[str]:
    """A sentence for each contrast or reference value that these points do not have."""
    report = points[0].config.report if points else None
    if report is None or not (report.compare or report.contrasts or report.primary):
        return []
    one_each = {point.cell: point for point in points}.values()
    panels = make_panels(tune([untrained(point.record(None)) for point in one_each]).curves)
    declared = panels[0].declared
    problems: list[str] = []
    if declared.compare is not None and declared.contrasts is None:
        problems += _without_reference(panels, declared.compare, declared.reference)
    named = [("primary", declared.primary)] if declared.primary else []
    named += [(f"contrasts[{i}]", c) for i, c in enumerate(declared.contrasts or ())]
    for place, contrast in named:
        if not any(matching(panel, contrast) for panel in panels):
            problems.append(f"report.{place} compares nothing: {_why(panels, contrast)}")
    return problems


def _without_reference(panels: Sequence[Panel], compare: str, reference: Any) -> Iterator[str]:
    cells = [cell for panel in panels for cell in panel.cells]
    if not any(has_settings(cell, {compare: reference}) for cell in cells):
        yield (
            f"report.reference={written(reference)} is no value of {compare} in this sweep; it "
            f"must be {_values(cells, compare, 'or')}"
        )
    elif not any(contrasts_of(panel) for panel in panels):
        yield (
            f"report.compare={compare} compares nothing: no two curves differ in {compare} and "
            "agree in the rest; add what varies with it to report.arms, and name report.contrasts"
        )


def _values(cells: Iterable[Cell], name: str, last: str = "and") -> str:
    """The values of a setting in this sweep, each once."""
    found = {written(setting_of(cell, name)): None for cell in cells}
    return listed(found, last)


def _why(panels: Sequence[Panel], contrast: DeclaredContrast) -> str:
    """What a contrast lacks: a value, values together, or a panel that has both of its sides."""
    cells = [cell for panel in panels for cell in panel.cells]
    within = [cell for cell in cells if has_settings(cell, contrast.where or {})]
    if not within:
        return _without_cells(cells, contrast.where or {})
    ours, theirs = (
        [cell for cell in within if has_settings(cell, side)]
        for side in (contrast.arm, contrast.against)
    )
    for found, side in ((ours, contrast.arm), (theirs, contrast.against)):
        if not found:
            return _without_cells(within, side)
    pairs = [(one, other) for one in ours for other in theirs if one is not other]
    return _kept_apart(pairs, panels[0].arms, (*contrast.arm, *contrast.against))


def _kept_apart(
    pairs: Sequence[tuple[Cell, Cell]], arms: Sequence[str], named: Sequence[str]
) -> str:
    """Why no two of these cells, which have what is named of each side, share a panel."""
    if not pairs:
        return "its two sides are the same curves"
    everything = list(pairs[0][0].curves[0].config)
    further = [_in_short(differing(one, other, everything, named)) for one, other in pairs]
    (one, other), nearest = min(zip(pairs, further, strict=True), key=lambda pair: len(pair[1]))
    contrasted = [n for n in named if not are_equal(setting_of(one, n), setting_of(other, n))]
    no_part = [name for name in dict.fromkeys([*contrasted, *nearest]) if not is_of_arm(name, arms)]
    if no_part:
        is_no, it = ("is no", "it") if len(no_part) == 1 else ("are no", "them")
        return (
            f"its two sides differ in {listed(no_part)}, which {is_no} part of an arm; add {it} to "
            "report.arms"
        )
    return f"its two sides differ in {listed(nearest)}, too, which both have to name"


def _in_short(names: Sequence[str]) -> list[str]:
    """The names without those of a group whose name differs, too: it tells them."""
    groups = {name.removesuffix(".name") for name in names if name.endswith(".name")}
    others = [name for name in names if name.partition(".")[0] not in groups]
    return [*sorted(groups), *others]


def _without_cells(cells: Sequence[Cell], settings: Mapping[str, Any]) -> str:
    wanted = listed([f"{name}={written(value)}" for name, value in settings.items()])
    there = [f"{name} is {_values(cells, name)}" for name in settings]
    return f"no curve has {wanted}; in this sweep {listed(there)}"
