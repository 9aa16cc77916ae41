"""What arms keep of each layer at the declared densities: as a table, and as a picture."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from ltsweep.views.canvas import FAINT, STYLE, empty, head, save, set_title, small_multiples
from ltsweep.views.palette import Look, arm_look
from ltsweep.views.panels import Cell, Panel
from ltsweep.views.verdicts.verdict import levels_at
from ltsweep.views.wording import markdown_table, percent, setting

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_AXES = 12
_COLUMNS = 3
_MOST_NAMES = 8  # of layers, below the axes
_MOST_ARMS = 3  # that are named with one curve
_LETTERS = 64  # of one line of the legend
_LINES, _LINE_HEIGHT = 6, 0.165  # of a legend that the axes leave room for; inches
_WORDS = (
    "Weights kept of each layer, from input to output, at the declared densities: mean over seeds, "
    "one line per arm. Layers of which nothing is kept have no point."
)


@dataclass(frozen=True)
class Shares:
    """An arm at a density: the share that it keeps of each layer, in order of depth.

    `arms` names all arms that keep the same; the look is that of the first. Means over seeds.
    """

    arms: tuple[str, ...]
    method: str
    variant: int
    layers: dict[str, float]


@dataclass(frozen=True)
class PanelShares:
    """All arms of a panel at a declared density: those that keep different numbers of weights."""

    setting: dict[str, Any]
    density: float
    shares: list[Shares]


def layer_shares(panels: Iterable[Panel]) -> list[PanelShares]:
    """One for each panel and declared density at which arms share out what they keep differently.

    Arms that keep the same number of each layer's weights are told together.
    """
    found = []
    for panel in panels:
        for density in panel.cells[0].curves[0].point.report.densities:
            shares = _distinct(panel.cells, density)
            if len(shares) > 1:
                found.append(PanelShares(panel.setting, density, shares))
    return found


def _distinct(cells: Iterable[Cell], density: float) -> list[Shares]:
    alike: dict[tuple[tuple[str, float], ...], list[Cell]] = {}
    for cell in cells:
        numbers = levels_at(cell.densities, [density])
        layers = _mean_shares(cell, *numbers) if numbers else {}
        if layers:
            alike.setdefault(tuple(layers.items()), []).append(cell)
    return [
        Shares(tuple(c.arm for c in same), same[0].method, same[0].variant, dict(layers))
        for layers, same in alike.items()
    ]


def _mean_shares(cell: Cell, number: int) -> dict[str, float]:
    """Kept over all weights of each layer, by name; diverged trainings count."""
    counts: dict[str, list[float]] = {}
    for curve in cell.curves:
        for level in (level for level in curve.finished if level.number == number):
            for name, layer in level.end.layers.items():
                counts.setdefault(name, []).append(layer.kept / layer.total)
    return {name: math.fsum(shares) / len(shares) for name, shares in counts.items()}


def shares_markdown(shares: PanelShares) -> str:
    """A table of layers by arms."""
    names = list(dict.fromkeys(name for arm in shares.shares for name in arm.layers))
    rows = [
        [f"kept at {percent(shares.density)}", *(", ".join(arm.arms) for arm in shares.shares)],
        *([name, *(_share(arm.layers.get(name)) for arm in shares.shares)] for name in names),
    ]
    return markdown_table(rows)


def _share(share: float | None) -> str:
    return "–" if share is None else percent(share)


def draw_shares(shares: Sequence[PanelShares], title: str = "") -> dict[str, bytes]:
    """Returns {"png": ..., "pdf": ...}: axes for each panel and density; the same shares, bytes.

    Beyond `MOST_AXES` the picture says how many it leaves out. "Description" of the PNG and
    "Subject" of the PDF say what is drawn.
    """
    import matplotlib

    with matplotlib.rc_context(rc=STYLE):
        return save(_figure(shares, title), _WORDS)


def _figure(shares: Sequence[PanelShares], title: str) -> "Figure":
    if not shares:
        return empty("all arms keep the same of each layer")
    shown = shares[:MOST_AXES]
    figure, axes, _ = small_multiples(len(shown), _COLUMNS, (3.4, 2.6), (0.4, 1.4), sharey=True)
    for axis, one in zip(axes, shown, strict=True):
        _draw(axis, one)
    figure.supylabel("weights kept (%)", fontsize=9)
    _legend(figure, axes, len(shares) - len(shown), len(shares))
    head(figure, title)
    return figure


def _draw(axis: "Axes", shares: PanelShares) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    names = list(dict.fromkeys(name for arm in shares.shares for name in arm.layers))
    for arm in shares.shares:
        style = arm_look(arm.method, arm.variant)
        kept = [arm.layers.get(name) or math.nan for name in names]
        axis.plot(
            range(len(names)), kept, color=style.light, marker=style.marker, markersize=4,
            linewidth=1.3, dashes=_dashes(style, arm) or (None, None),
            markerfacecolor="white" if style.is_open else style.light, label=_named(arm.arms),
        )  # fmt: skip
    axis.set_yscale("log")
    axis.grid(axis="y", color=FAINT, linewidth=0.6)
    axis.set_axisbelow(True)
    step = math.ceil(len(names) / _MOST_NAMES)
    axis.set_xticks(
        range(0, len(names), step), [name.removesuffix(".weight") for name in names[::step]],
        rotation=30, ha="right",
    )  # fmt: skip
    words = [f"at {percent(shares.density)}", setting(shares.setting)]
    set_title(axis, [part for line in words for part in wrap(line, 44)])
    axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g}"))
    axis.yaxis.set_minor_locator(NullLocator())


def _named(arms: Sequence[str]) -> str:
    """The first arms, and how many more there are: the table names them all."""
    more = len(arms) - _MOST_ARMS
    named = [*arms[:_MOST_ARMS], f"and {more} more arms"] if more > 1 else arms
    return "\n".join(wrap(", ".join(named), _LETTERS))


def _dashes(style: Look, arm: Shares) -> tuple[float, ...]:
    """Of arms that share a colour with another one."""
    return style.dashes if arm.variant or style.is_second else ()


def _legend(figure: "Figure", axes: "list[Axes]", left_out: int, total: int) -> None:
    entries: dict[str, Any] = {}
    for axis in axes:
        for handle, label in zip(*axis.get_legend_handles_labels(), strict=True):
            entries.setdefault(label, handle)
    note = f"; {left_out} of {total} axes left out" if left_out else ""
    widest = 0.75 + 0.072 * max(len(line) for entry in entries for line in entry.splitlines())
    columns = max(1, min(len(entries), int(figure.get_figwidth() / widest)))
    lines = math.ceil(sum(entry.count("\n") + 1 for entry in entries) / columns)
    further = max(0, lines - _LINES) * _LINE_HEIGHT
    figure.set_figheight(figure.get_figheight() + further)
    figure.legend(
        entries.values(), entries.keys(), loc="outside lower center", ncols=columns,
        title=f"mean over seeds, layers from input to output{note}", title_fontsize=8,
    )  # fmt: skip
