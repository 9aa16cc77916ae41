"""What stands beside a panel's own curves, in its figure and its tables."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ltsweep.views.canvas import INK
from ltsweep.views.palette import look
from ltsweep.views.published import Published, PublishedPoint
from ltsweep.views.verdicts.verdict import NEAREST_WITHIN, LevelVerdict, PanelVerdict
from ltsweep.views.wording import accuracy, markdown_table, percent, signed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DASHES = ((4.0, 2.0), (2.0, 1.5), (6.0, 1.5, 1.0, 1.5), (1.0, 2.0))  # of sources, in turn
_DOTS = ((1.0, 2.0), (1.0, 4.0))  # of linear classifiers


def draw_linear(axis: "Axes", panels: Sequence[PanelVerdict]) -> None:
    """Linear classifiers as thin dotted lines; one of panels that share the axes is drawn once."""
    for number, one in enumerate({one.label: one for p in panels for one in p.linear}.values()):
        if one.accuracy is not None:
            axis.axhline(
                one.accuracy, color=INK, linewidth=0.8, dashes=_DOTS[number % len(_DOTS)],
                label=one.label,
            )  # fmt: skip


def draw_published(axis: "Axes", panels: Sequence[PanelVerdict]) -> None:
    """Published curves over density as thin dashed lines; one that panels share is drawn once.

    They have the colours of their methods, as far down as the panels' own go; the legend tells
    their sources by their dashes.
    """
    levels = [level for panel in panels for method in panel.methods for level in method.levels]
    lowest = min((level.density for level in levels if level.density > 0), default=1.0)
    drawn = {
        (published.source, published.method, published.points): (published, base)
        for panel in panels
        for published in panel.published
        if (base := _base(published, panel)) is not None
    }
    dashes: dict[str, tuple[float, ...]] = {}
    for published, base in drawn.values():
        if published.label not in dashes:
            dashes[published.label] = _DASHES[len(dashes) % len(_DASHES)]
            axis.plot(
                [], [], color=INK, linewidth=0.9, marker="x", markersize=3,
                dashes=dashes[published.label], label=published.label,
            )  # fmt: skip
        points = [p for p in published.points if p.density * NEAREST_WITHIN >= lowest]
        axis.plot(
            [point.density for point in points],
            [base + point.value for point in points],
            color=look(published.method).light, linewidth=0.9, marker="x", markersize=3,
            dashes=dashes[published.label], zorder=2.5,
        )  # fmt: skip


def _base(published: Published, panel: PanelVerdict) -> float | None:
    """What a published number is added to: 0, or our dense mean; None where that is missing."""
    if not published.above_dense:
        return 0.0
    return panel.dense[0].level.mean if len(panel.dense) == 1 else None


PUBLISHED_HEAD = ("published", "method", "at", "theirs", "at", "ours", "what differs")


def published_rows(panel: PanelVerdict) -> list[list[str]]:
    """Published numbers at the declared densities beside ours, in the columns of the head."""
    rows = []
    for published in panel.published:
        about = f"{published.label}, {published.cite}: {published.numbers}"
        differs = f"{published.setting}; {published.differs}"
        for declared in panel.densities:
            point = published.at(declared, NEAREST_WITHIN)
            ours = [m.at(declared) for m in panel.methods if m.method == published.method]
            if point is not None and ours and ours[0] is not None:
                rows.append(
                    [about, published.method, percent(point.density), _theirs(published, point),
                     percent(ours[0].density), _ours(ours[0], _base(published, panel)), differs]
                )  # fmt: skip
                about, differs = "", ""  # told once
    return rows


def published_markdown(panel: PanelVerdict) -> str | None:
    """The same as a table under a sentence; None where there are none."""
    rows = published_rows(panel)
    if not rows:
        return None
    table = markdown_table([PUBLISHED_HEAD, *rows])
    return f"Published numbers of the same data, model and method.\n\n{table}"


def _ours(level: LevelVerdict, base: float | None) -> str:
    """The accuracy, and what it is above the mean of dense where that is what was published."""
    above = f" (dense {signed(level.mean - base)})" if base and level.mean is not None else ""
    return accuracy(level.mean, level.sd) + above


def _theirs(published: Published, point: PublishedPoint) -> str:
    if published.above_dense:
        return f"dense {signed(point.value)}"
    return accuracy(point.value, point.spread)
