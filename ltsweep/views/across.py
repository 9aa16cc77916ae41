"""What accuracies are drawn over: density, cost in dense trainings, or live density."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, nan
from typing import TYPE_CHECKING

from ltsweep.views.canvas import density_axis
from ltsweep.views.context import Context
from ltsweep.views.costs import dense_trainings, level_costs
from ltsweep.views.panels import Panel
from ltsweep.views.verdicts.verdict import MethodVerdict

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LIVE_APART = 0.95  # of the density: with so many live weights both axes show the same
_MOST_DECADES = 2  # that have room for ticks at 2 and 5

_Places = Mapping[tuple[str, int], float]


@dataclass(frozen=True)
class Across:
    """A horizontal axis.

    Attributes:
        label: what stands below the axes, with the unit.
        words: what a caption calls it.
        places: where the levels of cells lie, by cell and number; None for their densities.
        set_up: gives drawn axes their limits and ticks, from all places on them.

    """

    label: str
    words: str
    places: _Places | None
    set_up: Callable[["Axes", Sequence[float]], None]

    def of(self, method: MethodVerdict) -> list[float]:
        """Where the levels of a method lie; nan where that is unknown, or no place of the axis."""
        if self.places is None:
            found = [level.density for level in method.levels]
        else:
            found = [self.places.get((method.cell, level.level), nan) for level in method.levels]
        return [place if place > 0 else nan for place in found]


def _densities(axis: "Axes", places: Sequence[float]) -> None:
    density_axis(axis, min(places))


def _costs(axis: "Axes", places: Sequence[float]) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    low, high = min(places), max(places)
    subs = (1.0, 2.0, 5.0) if high < low * 10**_MOST_DECADES else (1.0,)
    axis.set_xlim(low / 1.15, high * 1.15)
    axis.xaxis.set_major_locator(LogLocator(subs=subs))
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.xaxis.set_minor_locator(NullLocator())


DENSITY = Across("weights remaining (%)", "weights remaining", None, _densities)


def cost_axis(panels: Iterable[Panel], context: Context) -> Across:
    """Multiply-adds of a level with all that it starts from, over those of its dense training."""
    places = {
        (cell.id, number): cost.in_all
        for panel in panels
        for units in [dense_trainings(panel)]
        for cell in panel.cells
        for number, cost in level_costs(cell, units, context).items()
        if cost.in_all is not None and isfinite(cost.in_all)
    }
    words = "the multiply-adds of all trainings that a level takes, in dense trainings"
    return Across("training multiply-adds in all (dense trainings)", words, places, _costs)


def live_axis(panels: Iterable[Panel]) -> Across | None:
    """Live density; None where everywhere nearly all weights that are kept are live."""
    cells = [cell for panel in panels for cell in panel.cells]
    places = {
        (cell.id, number): live for cell in cells for number, live in cell.live_densities.items()
    }
    densities = {
        (cell.id, number): density for cell in cells for number, density in cell.densities.items()
    }
    if all(live >= _LIVE_APART * densities[level] for level, live in places.items()):
        return None
    return Across("live weights (%)", "live weights", places, _densities)
