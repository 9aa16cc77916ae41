"""The status of a sweep for people: what there is in one line, a row a curve, what to do next."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from textwrap import wrap

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.segment import Segment, Segments
from rich.style import Style

from ltsweep.steer.stage_states import State
from ltsweep.steer.status import CurveStatus, SweepStatus
from ltsweep.views.names import heading
from ltsweep.views.wording import value_text

WIDTH_WITHOUT_TERMINAL = 100
_SHORTEST_ID = 6
_IN_WORDS: dict[State, str] = {"open": "ready"}
_STYLES = {
    "failed": Style(color="red"),
    "diverged": Style(color="red"),
    "lost": Style(color="red"),
    "blocked": Style(color="yellow"),
    "running": Style(color="green"),
}
_BEFORE_SETTINGS, _AFTER_SETTINGS = 3, 3  # columns beside those of settings
_WIDEST_SETTING = 16
_GAP = 2  # spaces between columns


def print_status(status: SweepStatus) -> None:
    """Prints it; without a terminal 100 columns wide, without colours, and nothing cut off."""
    console = Console(highlight=False, markup=False, soft_wrap=False)
    if not console.is_terminal:
        console = Console(
            highlight=False, markup=False, width=WIDTH_WITHOUT_TERMINAL, color_system=None
        )
    for line in summary(status):
        console.print(line)
    if status.curves:
        console.print(Segments(_rows(status, console.width)), soft_wrap=True, end="")
    for line in advice(status):
        console.print(line, soft_wrap=True)


def summary(status: SweepStatus) -> Iterator[str]:
    """How many curves and stages are in which state."""
    total = len(status.curves)
    curves = "1 curve" if total == 1 else f"{total} curves"
    yield f"{status.selection}: {curves}, {_counts(status.curves_by_state)}"
    yield f"stages: {_counts(status.stages_by_state)}"


def advice(status: SweepStatus) -> Iterator[str]:
    """Which command helps with what is not well, if anything."""
    store = f"--store {status.store}"
    stages = status.stages_by_state
    if "failed" in stages:
        yield f"why in full: ltsweep logs {store}"
    if "lost" in stages:
        yield f"jobs ended before their stages were done; why: ltsweep logs {store}"
    if "lost" in stages or (not status.at_work and stages.keys() & {"failed", "cancelled", "open"}):
        some = "some of " if status.at_work else ""
        when = "when mended, or for another try" if "failed" in stages else "to go on"
        yield f"nobody works on {some}what is missing; {when}: ltsweep retry {store}"


def _counts(by_state: Mapping[State, int]) -> str:
    counts = [f"{number} {_IN_WORDS.get(state, state)}" for state, number in by_state.items()]
    return ", ".join(counts) or "none"


def _rows(status: SweepStatus, width: int) -> Iterator[Segment]:
    """A row a curve, below what its columns are called.

    Rich's own tables take a millisecond a row, and there may be thousands.
    """
    settings = list(status.curves[0].setting)
    digits = _digits([curve.curve for curve in status.curves])
    names = ["curve", "method", "seed", *map(heading, settings), "level", "val", "state"]
    rows = [_cells(curve, digits, settings) for curve in status.curves]
    widths = _widths([names, *rows], width)
    yield from _lines(names, widths, Style(bold=True))
    yield Segment("─" * (sum(widths) + _GAP * (len(widths) - 1)) + "\n")
    for curve, cells in zip(status.curves, rows, strict=True):
        yield from _lines(cells, widths, _STYLES.get(curve.state))


def _cells(curve: CurveStatus, digits: int, settings: Sequence[str]) -> list[str]:
    level = f"{'-' if curve.level is None else curve.level}/{curve.levels}"
    values = [value_text(curve.setting[name]) for name in settings]
    found = [curve.curve[:digits], curve.method, str(curve.seed), *values]
    return [*found, level, _percent(curve), curve.text or curve.state]


def _widths(rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """Of each column what it needs; those of settings and of the state, which fold, give way."""
    needed = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    settings = range(_BEFORE_SETTINGS, len(needed) - _AFTER_SETTINGS)
    for column in settings:
        needed[column] = min(needed[column], _WIDEST_SETTING)
    folding = [*settings, len(needed) - 1]
    for _ in range(sum(needed) + _GAP * (len(needed) - 1) - width):
        needed[max(folding, key=needed.__getitem__)] -= 1
    return [max(one, 1) for one in needed]


def _lines(cells: Sequence[str], widths: Sequence[int], style: Style | None) -> Iterator[Segment]:
    """A row: what is wider than its column goes on below."""
    folded = [
        [cell] if cell_len(cell) <= width else wrap(cell, width)
        for cell, width in zip(cells, widths, strict=True)
    ]
    right = {_BEFORE_SETTINGS - 1, len(cells) - 3, len(cells) - 2}
    for parts in zip_longest(*folded, fillvalue=""):
        padded = [
            " " * (width - cell_len(part)) + part if column in right else set_cell_size(part, width)
            for column, (part, width) in enumerate(zip(parts, widths, strict=True))
        ]
        yield Segment((" " * _GAP).join(padded).rstrip() + "\n", style)


def _digits(ids: list[str]) -> int:
    """How much of the ids tells them apart."""
    longest = max(map(len, ids))
    enough = (n for n in range(_SHORTEST_ID, longest) if len({i[:n] for i in ids}) == len(ids))
    return next(enough, longest)


def _percent(curve: CurveStatus) -> str:
    return "" if curve.val_accuracy is None else f"{100 * curve.val_accuracy:.1f} %"
