"""What all pictures share: style, axes in rows, the axis of densities, files without dates."""

import io
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ltsweep.views.wording import percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, FAINT = "#24292F", "#D9DDE2"
_DPI = 200
_TICKS = tuple(digit * 10.0**power for power in range(0, -7, -1) for digit in (1, 0.5, 0.2))
_SHALLOW_TICKS = (1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3)
STYLE: Any = {  # matplotlib types every key by name
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.labelsize": 9,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "text.color": INK,
    "pdf.fonttype": 42,  # real text in the PDF: journals refuse Type 3 fonts
    "svg.hashsalt": "ltsweep",
}


def empty(words: str) -> "Figure":
    """A picture of nothing, that says so."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 2.5))
    figure.text(0.5, 0.5, words, ha="center", va="center", fontsize=12)
    return figure


def small_multiples(
    count: int,
    most_columns: int,
    each: tuple[float, float],
    around: tuple[float, float],
    **shared: bool,
) -> "tuple[Figure, list[Axes], int]":
    """A figure with so many axes, these, and in how many columns they stand.

    `each` axes and what is `around` all of them have a width and a height in inches; `shared` are
    those of `grid`.
    """
    from ltsweep.views.laid_out import LaidOut

    columns = min(most_columns, count)
    rows = math.ceil(count / columns)
    figure = LaidOut(max(each[0] * columns + around[0], 5.0), each[1] * rows + around[1])
    return figure, grid(figure, columns, count, **shared), columns


def grid(
    figure: "Figure", columns: int, count: int, *, sharex: bool = False, sharey: bool = False
) -> "list[Axes]":
    """So many axes, row by row."""
    rows = math.ceil(count / columns)
    made = figure.subplots(rows, columns, sharex=sharex, sharey=sharey, squeeze=False)
    axes = list(made.flat)
    for unused in axes[count:]:
        unused.set_visible(False)
    return axes[:count]


def head(figure: "Figure", title: str) -> None:
    """Writes a title above all axes, if there is one."""
    if title:
        figure.suptitle(title, x=0.01, ha="left", fontsize=10, fontweight="bold")


def set_title(axis: "Axes", lines: Sequence[str], **font: Any) -> None:
    """Writes a title above axes with nothing else there.

    Its height is given: to find it, matplotlib would measure all ticks again and again.
    """
    axis.set_title("\n".join(lines), loc="left", y=1, **font)


def label_lowest(axes: "list[Axes]", columns: int, label: str) -> None:
    """Says what x is below the lowest axes of each column."""
    for axis in axes[-columns:]:
        axis.tick_params(labelbottom=True)
        axis.set_xlabel(label)


def density_axis(axis: "Axes", lowest: float) -> None:
    """Weights remaining in percent, dense on the left; the axis is logarithmic already."""
    from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

    shallow = lowest > 0.25
    ticks = [tick for tick in (_SHALLOW_TICKS if shallow else _TICKS) if tick >= lowest / 1.15]
    if len(ticks) > 10:
        ticks = [tick for tick in ticks if math.log10(tick).is_integer()]
    axis.set_xlim(1.12, lowest / 1.12)
    axis.xaxis.set_major_locator(FixedLocator(ticks))
    axis.xaxis.set_major_formatter(FixedFormatter([percent(tick)[:-2] for tick in ticks]))
    axis.xaxis.set_minor_locator(NullLocator())


def save(figure: "Figure", words: str | None) -> dict[str, bytes]:
    """The files of a figure, with these words in their metadata and no date."""
    dates = {"CreationDate": None, "Producer": None, "Creator": None}
    return {
        "png": _saved(figure, "png", {"Software": None, "Description": words}),
        "pdf": _saved(figure, "pdf", {**dates, "Subject": words}),
    }


def _saved(figure: "Figure", kind: str, metadata: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format=kind, dpi=_DPI, metadata=metadata)
    return buffer.getvalue()
