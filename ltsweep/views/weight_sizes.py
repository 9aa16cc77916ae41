"""How large the kept weights of each layer are when a level begins, over what a fresh draw has."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from ltsweep.views.canvas import (
    FAINT,
    STYLE,
    density_axis,
    empty,
    head,
    label_lowest,
    save,
    set_title,
    small_multiples,
)
from ltsweep.views.palette import look
from ltsweep.views.panels import Cell, Panel
from ltsweep.views.wording import setting

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_AXES = 12
_COLUMNS = 4
_MOST_NAMES = 9  # of layers, in the legend
_RAMP = "viridis"
_WORDS = (
    "Root mean square of each layer's kept weights when a level begins, over the standard "
    "deviation of the initial distribution that they come from: mean over seeds, one line per "
    "layer, the first layer darkest. At 1 they are as large as a fresh draw of the whole layer."
)


@dataclass(frozen=True)
class Sizes:
    """An arm of a panel: for each layer, in the net's order, the size at each density.

    Levels at which nothing of a layer is left are missing from it.
    """

    setting: dict[str, Any]
    arm: str
    layers: dict[str, dict[float, float]]

    @property
    def lowest_density(self) -> float:
        """Of all levels that are drawn."""
        return min((d for sizes in self.layers.values() for d in sizes), default=1.0)


def weight_sizes(panels: Iterable[Panel]) -> list[Sizes]:
    """One for each cell that has pruned levels, in the order of panels and arms."""
    return [
        Sizes(panel.setting, cell.arm, _layers(cell))
        for panel in panels
        for cell in panel.cells
        if cell.depth > 0
    ]


def _layers(cell: Cell) -> dict[str, dict[float, float]]:
    found: dict[str, dict[float, list[float]]] = defaultdict(lambda: defaultdict(list))
    for number, density in cell.densities.items():
        for level in filter(None, (curve.level(number) for curve in cell.curves)):
            for name, layer in level.end.layers.items():
                if layer.kept and layer.rms_over_init_std:  # None of weights from a file
                    found[name][density].append(layer.rms_over_init_std)
    return {
        name: {density: math.fsum(values) / len(values) for density, values in sizes.items()}
        for name, sizes in found.items()
    }


def draw_sizes(sizes: Sequence[Sizes], title: str = "") -> dict[str, bytes]:
    """Returns {"png": ..., "pdf": ...}: axes for each arm of each panel.

    The same sizes give the same bytes.
    Beyond `MOST_AXES` the picture says how many it leaves out. "Description" of the PNG and
    "Subject" of the PDF say what is drawn.
    """
    import matplotlib

    with matplotlib.rc_context(rc=STYLE):
        return save(_figure(sizes, title), _WORDS)


def _figure(sizes: Sequence[Sizes], title: str) -> "Figure":
    if not sizes:
        return empty("no pruned level yet")
    shown = sizes[:MOST_AXES]
    figure, axes, columns = small_multiples(
        len(shown), _COLUMNS, (2.6, 2.3), (0.6, 1.2), sharex=True, sharey=True
    )
    _set_up(axes[0], min(one.lowest_density for one in shown))
    for axis, one in zip(axes, shown, strict=True):
        _draw(axis, one)
    label_lowest(axes, columns, "weights remaining (%)")
    figure.supylabel("rms of kept weights / std of the init", fontsize=9)
    _legend(figure, axes[0], len(sizes) - len(shown), len(sizes))
    head(figure, title)
    return figure


def _set_up(axis: "Axes", lowest: float) -> None:
    """Scales and ticks, which all axes share with these."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    axis.set_xscale("log")
    axis.set_yscale("log")
    density_axis(axis, lowest)
    axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.yaxis.set_minor_locator(NullLocator())


def _draw(axis: "Axes", sizes: Sizes) -> None:
    import matplotlib

    ramp = matplotlib.colormaps[_RAMP]
    for number, (name, of_layer) in enumerate(sizes.layers.items()):
        colour = ramp(0.9 * number / max(1, len(sizes.layers) - 1))
        axis.plot(
            list(of_layer), list(of_layer.values()), color=colour, linewidth=1.4, marker="o",
            markersize=2.5, label=name,
        )  # fmt: skip
    axis.axhline(1, color=look("dense").light, linewidth=0.8, dashes=(5, 3), zorder=1)
    axis.grid(axis="y", color=FAINT, linewidth=0.6)
    axis.set_axisbelow(True)
    lines = [part for words in (sizes.arm, setting(sizes.setting)) for part in wrap(words, 34)]
    set_title(axis, lines)


def _legend(figure: "Figure", axis: "Axes", left_out: int, total: int) -> None:
    """Layers by their colours; of many, some from the first to the last."""
    handles, names = axis.get_legend_handles_labels()
    if not names:
        return
    count = min(_MOST_NAMES, len(names))
    chosen = [round(i * (len(names) - 1) / max(1, count - 1)) for i in range(count)]
    note = f"; {left_out} of {total} arms left out; the dashboard has all" if left_out else ""
    figure.legend(
        [handles[i] for i in chosen], [names[i] for i in chosen], loc="outside lower center",
        ncols=min(3, count), title=f"when a level begins; mean over seeds{note}", title_fontsize=8,
    )  # fmt: skip
