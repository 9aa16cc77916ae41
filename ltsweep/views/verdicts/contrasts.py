"""What is held against what: the pairs of cells that a report declares, panel by panel."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ltsweep.store.chosen import RESCALE as RESCALE_SETTING
from ltsweep.store.chosen import are_equal, has_value, value_of
from ltsweep.store.declared import DeclaredContrast
from ltsweep.views.arms import RESCALE, is_of_arm, settings_of_arm
from ltsweep.views.panels import Cell, Panel
from ltsweep.views.varying import OF_RESCALING

TICKET = "imp"


@dataclass(frozen=True)
class Contrast:
    """A cell that is held against another one of its panel; `density` None: at all declared."""

    arm: Cell
    against: Cell
    density: float | None = None


def contrasts_of(panel: Panel) -> list[Contrast]:
    """All contrasts of a panel: those that are declared, or else the default ones.

    By default cells of equal arms are held against the one with the reference value of what is
    compared. Where arms are compared, it is each ticket against each other arm.
    """
    declared = panel.declared
    if declared.contrasts is not None:
        return [pair for contrast in declared.contrasts for pair in matching(panel, contrast)]
    if declared.compare is not None:
        return list(_against_reference(panel, declared.compare))
    return list(_against_tickets(panel.cells))


def matching(panel: Panel, contrast: DeclaredContrast) -> list[Contrast]:
    """The pairs of cells of a panel that a declared contrast names."""
    cells = [cell for cell in panel.cells if has_settings(cell, contrast.where or {})]
    ours = [cell for cell in cells if has_settings(cell, contrast.arm)]
    theirs = [cell for cell in cells if has_settings(cell, contrast.against)]
    named = (*contrast.arm, *contrast.against)
    return [
        Contrast(arm, against, contrast.density)
        for arm in ours
        for against in theirs
        if arm is not against and not differing(arm, against, panel.arms, named)
    ]


def has_settings(cell: Cell, settings: Mapping[str, Any]) -> bool:
    """Whether a cell has all of these values; `init.rescale` is that of its own weights."""
    config = cell.curves[0].config
    return all(
        are_equal(setting_of(cell, name), value)
        if name == RESCALE_SETTING
        else has_value(config, name, value)
        for name, value in settings.items()
    )


def setting_of(cell: Cell, name: str) -> Any:
    """The value of a setting, of a group its name; None where the cell has none."""
    curve = cell.curves[0]
    if name == RESCALE_SETTING:  # a column tells it, and behind it that of the ladder
        return curve.columns[RESCALE].partition(" (")[0]
    try:
        return value_of(curve.config, name)
    except KeyError:
        return None


def differing(one: Cell, other: Cell, arms: Sequence[str], named: Iterable[str]) -> list[str]:
    """The settings of an arm in which two cells differ, but for those that are named."""
    named = list(named)
    if any(is_of_arm(name, named) for name in OF_RESCALING):
        named.append(RESCALE)
    ours, theirs = (settings_of_arm(cell.curves[0], arms) for cell in (one, other))
    return [
        name
        for name in {**ours, **theirs}
        if not is_of_arm(name, named) and not are_equal(ours.get(name), theirs.get(name))
    ]


def _against_reference(panel: Panel, compare: str) -> Iterator[Contrast]:
    wanted = {compare: panel.declared.reference}
    references = [cell for cell in panel.cells if has_settings(cell, wanted)]
    for cell in panel.cells:
        if not has_settings(cell, wanted):
            for reference in references:
                if not differing(cell, reference, panel.arms, [compare]):
                    yield Contrast(cell, reference)


def _against_tickets(cells: Sequence[Cell]) -> Iterator[Contrast]:
    tickets = [cell for cell in cells if cell.method == TICKET]
    for number, ticket in enumerate(tickets):
        for other in cells:
            if all(other is not one for one in tickets[: number + 1]):
                yield Contrast(ticket, other)
