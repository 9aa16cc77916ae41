"""The figures of the curves for papers: accuracy over density, or over cost, as PNG and PDF."""

import math
from collections.abc import Mapping
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from ltsweep.views.across import DENSITY, Across
from ltsweep.views.beside import draw_linear, draw_published
from ltsweep.views.canvas import (
    FAINT,
    INK,
    STYLE,
    empty,
    grid,
    head,
    label_lowest,
    save,
    set_title,
)
from ltsweep.views.caption import caption
from ltsweep.views.facets import Facet, make_facets, sources_of, spread
from ltsweep.views.palette import Look, arm_look, look, method_order, source_colour
from ltsweep.views.verdicts.primary import PrimaryVerdict
from ltsweep.views.verdicts.verdict import Dense, LevelVerdict, MethodVerdict, PanelVerdict

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_PANELS = 12
_COLUMNS = 3
_DASHES_OF_DENSE = ((5, 3), (2, 2), (8, 2, 2, 2), (1, 2))
# of the legend
_INCHES_OF_A_LINE, _INCHES_OF_A_LETTER, _INCHES_OF_A_ROW, _USUAL_ROWS = 0.75, 0.072, 0.18, 2


def draw(
    verdicts: list[PanelVerdict],
    title: str = "",
    primary: PrimaryVerdict | None = None,
    across: Across = DENSITY,
) -> dict[str, bytes]:
    """Draws all panels and returns {"png": ..., "pdf": ...}; the same verdicts, the same bytes.

    Accuracies are drawn over what `across` says. Each line is a mean over seeds with a band of one
    standard deviation; a dashed line is a dense training. An open marker at density 1 is a training
    of the whole net from other weights. Tickets of several sources share the axes of their target,
    where colours tell the sources. A single panel whose controls collapse gets a close-up of the
    region near dense beside it; one of very many arms is spread over several axes. Beyond
    `MOST_PANELS` axes the figure says how many it leaves out. Both files have the caption in their
    metadata: "Description" of the PNG, "Subject" of the PDF.
    """
    import matplotlib

    facets = make_facets(verdict for verdict in verdicts if verdict.methods)
    drawn = [verdict for facet in facets[:MOST_PANELS] for verdict in facet.panels]
    with matplotlib.rc_context(rc=STYLE):
        words = caption(drawn, primary, across.words)
        spread_out = [part for facet in facets for part in spread(facet)]
        return save(_figure(spread_out, title, across), words or None)


def _figure(facets: list[Facet], title: str, across: Across = DENSITY) -> "Figure":
    from ltsweep.views.laid_out import LaidOut

    if not facets:
        return empty("no finished level yet")
    shown = facets[:MOST_PANELS]
    places = [p for f in shown for m in f.methods for p in across.of(m) if not math.isnan(p)]
    if not places:
        return empty(f"of no level is recorded: {across.label}")
    colours = {name: source_colour(number) for number, name in enumerate(sources_of(facets))}
    with_close_up = len(shown) == 1 and _collapses(shown[0])
    count = 2 if with_close_up else len(shown)
    columns = 2 if count == 4 else min(_COLUMNS, count)
    rows = math.ceil(count / columns)
    width = 6.2 if count == 1 else 3.4 * columns + 0.4
    figure = LaidOut(width, (3.6 if rows == 1 else 2.6 * rows) + 0.9)
    axes = grid(figure, columns, count, sharex=True)
    for axis, facet in zip(axes, shown, strict=False):
        _panel(axis, facet, colours, across)
        set_title(axis, wrap(facet.title, 44))
    if with_close_up:
        _close_up(axes[1], shown[0], colours, across)
        set_title(axes[0], ["whole range"])
    axes[0].set_xscale("log")  # of all: they share it
    across.set_up(axes[0], places)
    label_lowest(axes, columns, across.label)
    for axis in axes[::columns]:
        axis.set_ylabel(f"{facets[0].panels[0].split} accuracy (%)")
    left_out = len(facets) - len(shown)
    note = f"{left_out} of {len(facets)} panels left out; the dashboard has all" * bool(left_out)
    _legend(figure, axes[: len(shown)], note)
    head(figure, title)
    return figure


def _panel(axis: "Axes", facet: Facet, colours: Mapping[str, str], across: Across) -> None:
    for number, dense in enumerate(facet.dense):
        _dense(axis, dense, number)
    draw_linear(axis, facet.panels)
    if across is DENSITY:  # what published numbers cost is not told
        draw_published(axis, facet.panels)
    of_all = facet.of_all_sources
    for number, panel in enumerate(facet.panels):
        colour = colours.get(panel.setting.get("source", ""))
        for rank, method in enumerate(panel.methods):
            if method.arm not in of_all:
                _method(axis, method, across, colour, above=3 + 1 / (1 + rank))
            elif number == 0:
                _method(axis, method, across, INK, above=3 + 1 / (1 + rank))
    if colours:
        _name_sources_and_methods(axis, facet, colours)
    axis.ticklabel_format(axis="y", useOffset=False)  # nothing stands above the axes but a title
    axis.grid(axis="y", color=FAINT, linewidth=0.6)
    axis.set_axisbelow(True)


def _dense(axis: "Axes", dense: Dense, number: int) -> None:
    """A line with its band; of several each has other dashes."""
    level, colour = dense.level, look("dense").light
    assert level.mean is not None
    called = f"dense, {dense.name}" if dense.name else "dense"
    axis.axhline(
        level.mean, color=colour, linewidth=1.1, dashes=_DASHES_OF_DENSE[number % 4],
        label=f"{called} (n = {level.n})",
    )  # fmt: skip
    if level.sd is not None:
        axis.axhspan(level.mean - level.sd, level.mean + level.sd, color=colour, alpha=0.13, lw=0)


def _method(
    axis: "Axes", method: MethodVerdict, across: Across, colour: str | None, above: float
) -> None:
    """Draws what a method trained itself, in its own colour and named, or in that of a source."""
    style = arm_look(method.method, method.variant)
    label = _name_and_n([method]) if colour is None else None
    is_told_by_colour = colour is None and not (method.variant or style.is_second)
    dashes = () if is_told_by_colour else style.dashes
    if len(method.levels) > 1:
        _line(axis, method, across, style, colour or style.light, dashes, label, above)
        return
    level = method.levels[0]
    if not method.starts_dense and level.mean is not None:
        axis.errorbar(
            across.of(method), level.mean, yerr=level.sd or 0.0, marker=style.marker, markersize=6,
            linestyle="none", color=colour or style.light, markerfacecolor="white", elinewidth=1,
            label=label, zorder=above + 2,
        )  # fmt: skip


def _line(
    axis: "Axes",
    method: MethodVerdict,
    across: Across,
    style: Look,
    colour: str,
    dashes: tuple[float, ...],
    label: str | None,
    above: float,
) -> None:
    x = across.of(method)
    y = [math.nan if lv.mean is None else lv.mean for lv in method.levels]
    spread = [lv.sd or 0.0 for lv in method.levels]
    axis.plot(
        x, y, color=colour, marker=style.marker, markersize=4, linewidth=1.5,
        markerfacecolor="white" if method.variant else colour,
        markeredgecolor=colour if method.variant else "white", markeredgewidth=0.5,
        dashes=dashes or (None, None), label=label, zorder=above,
    )  # fmt: skip
    low = [value - sd for value, sd in zip(y, spread, strict=True)]
    high = [value + sd for value, sd in zip(y, spread, strict=True)]
    alpha = 0.18 if label else 0.07  # bands of several sources lie over each other
    axis.fill_between(x, low, high, color=colour, alpha=alpha, linewidth=0)


def _name_sources_and_methods(axis: "Axes", facet: Facet, colours: Mapping[str, str]) -> None:
    """Entries of the legend: each source by its colour, each method by its marker and dashes."""
    for source, colour in colours.items():
        axis.plot([], [], color=colour, linewidth=2.5, label=f"source {source}")
    arms = {(method_order(m.method), m.variant, m.arm) for m in facet.methods}
    for _, variant, arm in sorted(arms):
        alike = [method for method in facet.methods if method.arm == arm]
        if all(len(method.levels) == 1 and method.starts_dense for method in alike):
            continue  # nothing but the dense line
        style = arm_look(alike[0].method, variant)
        alone = len(alike[0].levels) == 1
        line = {"linestyle": "none"} if alone else {"dashes": style.dashes or (None, None)}
        axis.plot(
            [], [], color=INK, marker=style.marker, label=_name_and_n(alike), linewidth=1.2,
            markerfacecolor="white" if style.is_open else INK, markersize=5, **line,
        )  # fmt: skip


def _name_and_n(methods: list[MethodVerdict]) -> str:
    counts = {lv.n for method in methods for lv in method.levels if lv.n}
    low, high = min(counts, default=0), max(counts, default=0)
    name = methods[0].arm
    return f"{name} (n = {high})" if low == high else f"{name} (n = {low}–{high})"


def _collapses(facet: Facet) -> bool:
    """Whether some method falls so far that the lines near dense cannot be told apart."""
    dense = facet.only_dense
    if dense is None or dense.mean is None:
        return False
    means = [lv.mean for m in facet.methods for lv in m.levels if lv.mean is not None]
    return dense.mean - min(means) > 3 * _window(facet, dense)


def _window(facet: Facet, dense: LevelVerdict) -> float:
    """Height in points of the region near dense: five tolerances, or what the seeds spread."""
    return max(5 * facet.methods[0].delta, 4 * (dense.sd or 0.0))


def _close_up(axis: "Axes", facet: Facet, colours: Mapping[str, str], across: Across) -> None:
    _panel(axis, facet, colours, across)
    level, delta = facet.only_dense, facet.methods[0].delta
    assert level is not None and level.mean is not None
    dense, height = level.mean, _window(facet, level)
    axis.axhline(dense - delta, color=look("dense").light, linewidth=0.8, linestyle=":")
    axis.set_ylim(dense - height, min(100.0, dense + height / 3))
    set_title(axis, [f"close-up (dotted: dense − {delta:g} pp)"])


def _legend(figure: "Figure", axes: "list[Axes]", note: str) -> None:
    """One legend below all panels; a method whose n differs between panels is listed as each."""
    entries: dict[str, Any] = {}
    for axis in axes:
        for handle, label in zip(*axis.get_legend_handles_labels(), strict=True):
            entries.setdefault(label, handle)
    widest = _INCHES_OF_A_LINE + _INCHES_OF_A_LETTER * max(map(len, entries))
    columns = max(1, min(4, int(figure.get_figwidth() / widest)))
    more_rows = max(0, math.ceil(len(entries) / columns) - _USUAL_ROWS)
    figure.set_figheight(figure.get_figheight() + _INCHES_OF_A_ROW * more_rows)
    title = "mean and ± 1 standard deviation over seeds" + (f"; {note}" if note else "")
    figure.legend(
        entries.values(), entries.keys(), loc="outside lower center",
        ncols=min(columns, len(entries)), title=title, title_fontsize=8,
        handlelength=2.4, columnspacing=1.6,
    )  # fmt: skip
