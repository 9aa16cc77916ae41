"""The figure of the curves for papers: accuracy against weights remaining, as PNG and PDF."""

import io
import math
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from ltsweep.views.caption import caption
from ltsweep.views.palette import look
from ltsweep.views.verdicts.verdict import LevelVerdict, MethodVerdict, PanelVerdict
from ltsweep.views.wording import percent, setting

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_PANELS = 12
_COLUMNS = 3
_DPI = 200
_INK, _FAINT = "#24292F", "#D9DDE2"
_TICKS = tuple(digit * 10.0**power for power in range(0, -7, -1) for digit in (1, 0.5, 0.2))
_SHALLOW_TICKS = (1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3)
_STYLE: Any = {  # matplotlib types every key by name
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.labelsize": 9,
    "axes.edgecolor": _INK,
    "axes.labelcolor": _INK,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "text.color": _INK,
    "pdf.fonttype": 42,  # real text in the PDF: journals refuse Type 3 fonts
    "svg.hashsalt": "ltsweep",
}


def draw(verdicts: list[PanelVerdict], title: str = "") -> dict[str, bytes]:
    """Draws all panels and returns {"png": ..., "pdf": ...}; the same verdicts, the same bytes.

    Each line is a mean over seeds with a band of one standard deviation; the dashed line is dense
    training. A single panel whose controls collapse gets a close-up of the region near dense
    beside it. Beyond `MOST_PANELS` panels the figure says how many it leaves out. Both files have
    the caption in their metadata: "Description" of the PNG, "Subject" of the PDF.
    """
    import matplotlib

    verdicts = [verdict for verdict in verdicts if verdict.methods]
    words = caption(verdicts[:MOST_PANELS]) or None
    dates = {"CreationDate": None, "Producer": None, "Creator": None}

    with matplotlib.rc_context(rc=_STYLE):
        figure = _figure(verdicts, title)
        return {
            "png": _saved(figure, "png", {"Software": None, "Description": words}),
            "pdf": _saved(figure, "pdf", {**dates, "Subject": words}),
        }


def _figure(verdicts: list[PanelVerdict], title: str) -> "Figure":
    from matplotlib.figure import Figure

    if not verdicts:
        figure = Figure(figsize=(6, 2.5))
        figure.text(0.5, 0.5, "no finished level yet", ha="center", va="center", fontsize=12)
        return figure
    shown = verdicts[:MOST_PANELS]
    with_close_up = len(shown) == 1 and _collapses(shown[0])
    count = 2 if with_close_up else len(shown)
    columns = min(_COLUMNS, count)
    rows = math.ceil(count / columns)
    width = 6.2 if count == 1 else 3.4 * columns + 0.4
    figure = Figure(figsize=(width, (3.6 if rows == 1 else 2.6 * rows) + 0.9), layout="constrained")
    axes = list(figure.subplots(rows, columns, sharex=True, squeeze=False).flat)
    for unused in axes[count:]:
        unused.set_visible(False)
    for axis, verdict in zip(axes, shown, strict=False):
        _panel(axis, verdict)
        axis.set_title("\n".join(wrap(setting(verdict.setting), 44)), loc="left")
    if with_close_up:
        _close_up(axes[1], shown[0])
        axes[0].set_title("whole range", loc="left")
    _label(figure, axes[:count], columns)
    left_out = len(verdicts) - len(shown)
    note = f"{left_out} of {len(verdicts)} panels left out; the dashboard has all" * bool(left_out)
    _legend(figure, axes[: len(shown)], note)
    if title:
        figure.suptitle(title, x=0.01, ha="left", fontsize=10, fontweight="bold")
    return figure


def _panel(axis: "Axes", verdict: PanelVerdict) -> None:
    if verdict.dense is not None and verdict.dense.mean is not None:
        _dense(axis, verdict.dense)
    for rank, method in enumerate(verdict.methods):
        if len(method.levels) > 1:
            _line(axis, method, above=3 + 1 / (1 + rank))
    axis.set_xscale("log")
    axis.grid(axis="y", color=_FAINT, linewidth=0.6)
    axis.set_axisbelow(True)
    lowest = min(lv.density for m in verdict.methods for lv in m.levels if lv.density > 0)
    _density_axis(axis, lowest)


def _dense(axis: "Axes", dense: LevelVerdict) -> None:
    assert dense.mean is not None
    colour = look("dense").light
    axis.axhline(
        dense.mean, color=colour, linewidth=1.1, dashes=(5, 3), label=f"dense (n = {dense.n})"
    )
    if dense.sd is not None:
        axis.axhspan(dense.mean - dense.sd, dense.mean + dense.sd, color=colour, alpha=0.13, lw=0)


def _line(axis: "Axes", method: MethodVerdict, above: float) -> None:
    style = look(method.method)
    points = [lv for lv in method.levels if lv.density > 0]
    x = [lv.density for lv in points]
    y = [math.nan if lv.mean is None else lv.mean for lv in points]
    spread = [lv.sd or 0.0 for lv in points]
    axis.plot(
        x, y, color=style.light, marker=style.marker, markersize=4, linewidth=1.5,
        markeredgecolor="white", markeredgewidth=0.5, label=_name_and_n(method),
        zorder=above,
    )  # fmt: skip
    low = [value - sd for value, sd in zip(y, spread, strict=True)]
    high = [value + sd for value, sd in zip(y, spread, strict=True)]
    axis.fill_between(x, low, high, color=style.light, alpha=0.18, linewidth=0)


def _name_and_n(method: MethodVerdict) -> str:
    counts = {lv.n for lv in method.levels if lv.n}
    low, high = min(counts, default=0), max(counts, default=0)
    return f"{method.method} (n = {high})" if low == high else f"{method.method} (n = {low}–{high})"


def _density_axis(axis: "Axes", lowest: float) -> None:
    from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

    shallow = lowest > 0.25
    ticks = [tick for tick in (_SHALLOW_TICKS if shallow else _TICKS) if tick >= lowest / 1.15]
    if len(ticks) > 10:
        ticks = [tick for tick in ticks if math.log10(tick).is_integer()]
    axis.set_xlim(1.12, lowest / 1.12)
    axis.xaxis.set_major_locator(FixedLocator(ticks))
    axis.xaxis.set_major_formatter(FixedFormatter([percent(tick)[:-2] for tick in ticks]))
    axis.xaxis.set_minor_locator(NullLocator())


def _collapses(verdict: PanelVerdict) -> bool:
    """Whether some method falls so far that the lines near dense cannot be told apart."""
    if verdict.dense is None or verdict.dense.mean is None:
        return False
    means = [lv.mean for m in verdict.methods for lv in m.levels if lv.mean is not None]
    return verdict.dense.mean - min(means) > 3 * _window(verdict)


def _window(verdict: PanelVerdict) -> float:
    """Height in points of the region near dense: five tolerances, or what the seeds spread."""
    spread = verdict.dense.sd if verdict.dense and verdict.dense.sd else 0.0
    return max(5 * verdict.methods[0].delta, 4 * spread)


def _close_up(axis: "Axes", verdict: PanelVerdict) -> None:
    _panel(axis, verdict)
    assert verdict.dense is not None and verdict.dense.mean is not None
    dense, delta, height = verdict.dense.mean, verdict.methods[0].delta, _window(verdict)
    axis.axhline(dense - delta, color=look("dense").light, linewidth=0.8, linestyle=":")
    axis.set_ylim(dense - height, min(100.0, dense + height / 3))
    axis.set_title(f"close-up (dotted: dense − {delta:g} pp)", loc="left")


def _label(figure: "Figure", axes: "list[Axes]", columns: int) -> None:
    for number, axis in enumerate(axes):
        if number % columns == 0:
            axis.set_ylabel("test accuracy (%)")
        if number + columns >= len(axes):
            axis.tick_params(labelbottom=True)
            axis.set_xlabel("weights remaining (%)")


def _legend(figure: "Figure", axes: "list[Axes]", note: str) -> None:
    """One legend below all panels; a method whose n differs between panels is listed as each."""
    entries: dict[str, Any] = {}
    for axis in axes:
        for handle, label in zip(*axis.get_legend_handles_labels(), strict=True):
            entries.setdefault(label, handle)
    columns = 4 if figure.get_figwidth() > 10 else 3
    title = "mean and ± 1 standard deviation over seeds" + (f"; {note}" if note else "")
    figure.legend(
        entries.values(), entries.keys(), loc="outside lower center",
        ncols=min(columns, len(entries)), title=title, title_fontsize=8,
        handlelength=2.4, columnspacing=1.6,
    )  # fmt: skip


def _saved(figure: "Figure", kind: str, metadata: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format=kind, dpi=_DPI, metadata=metadata)
    return buffer.getvalue()
