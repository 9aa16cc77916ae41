"""The picture of the matrices: sources down, targets across, what each reaches against dense."""

import math
from collections.abc import Sequence
from textwrap import wrap
from typing import TYPE_CHECKING

from ltsweep.views.canvas import STYLE, grid, head, save, set_title
from ltsweep.views.matrix import Matrix
from ltsweep.views.matrix_table import about, difference, interval, seeds_and_verdict, title

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Normalize
    from matplotlib.figure import Figure

MOST_MATRICES = 24
_CELL = (1.25, 0.62)  # inches
_LETTERS = 20  # of a title, above a cell
_LEAST_RANGE = 1.0  # points at the ends of the colours, where all differences are small
_COLOURS = "RdBu"
_DARK = 0.6  # of the range: from here on letters are white


def draw_matrices(matrices: Sequence[Matrix], heading: str = "") -> dict[str, bytes]:
    """Returns {"png": ..., "pdf": ...}: one square per matrix; the same matrices, the same bytes.

    Beyond `MOST_MATRICES` the picture says how many it leaves out. "Description" of the PNG and
    "Subject" of the PDF say what is drawn.
    """
    import matplotlib

    with matplotlib.rc_context(rc=STYLE):
        return save(_figure(matrices, heading), about(matrices))


def _figure(matrices: Sequence[Matrix], heading: str) -> "Figure":
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    from ltsweep.views.laid_out import LaidOut

    shown = matrices[:MOST_MATRICES]
    widest = max(len(matrix.targets) for matrix in shown)
    tallest = max(len(matrix.sources) for matrix in shown)
    columns = min(len(shown), max(1, min(3, 9 // widest)))
    rows = math.ceil(len(shown) / columns)
    size = columns * (_CELL[0] * widest + 1.3), rows * (_CELL[1] * tallest + 0.9) + 1.2
    figure = LaidOut(*size)
    axes = grid(figure, columns, len(shown))
    values = [abs(e.mean) for matrix in shown for e in matrix.entries if e.mean is not None]
    end = max([_LEAST_RANGE, *values])
    scale = Normalize(-end, end)
    for axis, matrix in zip(axes, shown, strict=True):
        _draw(axis, matrix, scale)
    bar = figure.colorbar(ScalarMappable(scale, _COLOURS), ax=figure.axes, shrink=0.6, aspect=30)
    bar.set_label(f"{matrices[0].split} accuracy − dense (points)")
    left_out = len(matrices) - len(shown)
    note = f" {left_out} of {len(matrices)} matrices left out; the dashboard has all."
    words = f"{about(shown).capitalize()}." + note * bool(left_out)
    figure.supxlabel("\n".join(wrap(words, round(13 * size[0]))), fontsize=7.5)
    head(figure, heading)
    return figure


def _draw(axis: "Axes", matrix: Matrix, scale: "Normalize") -> None:
    means = [
        [_mean(matrix, source, target) for target in matrix.targets] for source in matrix.sources
    ]
    axis.imshow(means, cmap=_COLOURS, norm=scale, aspect="auto")
    for row, source in enumerate(matrix.sources):
        for column, target in enumerate(matrix.targets):
            entry = matrix.at(source, target)
            parts = [] if entry is None else [interval(entry), seeds_and_verdict(entry)]
            is_dark = abs(scale(means[row][column]) - 0.5) > _DARK / 2
            axis.text(
                column, row, "\n".join(filter(None, [difference(entry), *parts])), ha="center",
                va="center", fontsize=6.5, color="white" if is_dark else None,
            )  # fmt: skip
    axis.set_xticks(range(len(matrix.targets)), ["\n".join(wrap(t, 16)) for t in matrix.targets])
    axis.set_yticks(range(len(matrix.sources)), ["\n".join(wrap(s, 16)) for s in matrix.sources])
    axis.tick_params(length=0, labelsize=7)
    axis.set_xlabel("target")
    axis.set_ylabel("source")
    letters = _LETTERS * len(matrix.targets)  # a longer line would take its room from the matrix
    set_title(axis, wrap(title(matrix), letters), fontsize=8)
    for spine in axis.spines.values():
        spine.set_visible(False)


def _mean(matrix: Matrix, source: str, target: str) -> float:
    entry = matrix.at(source, target)
    return math.nan if entry is None or entry.mean is None else entry.mean
