"""Text in columns, for thousands of rows: what is too wide goes on below, none is cut off.

Rich's own tables take a millisecond a row.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from textwrap import wrap

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style

_GAP = 2  # spaces between columns


@dataclass(frozen=True)
class Column:
    """A column: its heading, a cell for each row, and whether it gives way where room is short.

    One that folds is no wider than `widest`.
    """

    heading: str
    cells: Sequence[str]
    is_number: bool = False
    folds: bool = False
    widest: int | None = None


def rows_of(
    columns: Sequence[Column], styles: Sequence[Style | None], width: int
) -> Iterator[Segment]:
    """The headings, a rule, and the rows, each in its style; lines of at most `width` cells."""
    widths = _widths(columns, width)
    yield from _row(columns, [column.heading for column in columns], widths, Style(bold=True))
    yield Segment("─" * (sum(widths) + _GAP * (len(widths) - 1)) + "\n")
    cells = zip(*(column.cells for column in columns), strict=True)
    for row, style in zip(cells, styles, strict=True):
        yield from _row(columns, row, widths, style)


def _widths(columns: Sequence[Column], width: int) -> list[int]:
    """Of each column what it needs; the widest of those that fold gives way first."""
    needed = [max(map(cell_len, (column.heading, *column.cells))) for column in columns]
    needed = [
        min(each, column.widest or each) for each, column in zip(needed, columns, strict=True)
    ]
    folding = [number for number, column in enumerate(columns) if column.folds]
    for _ in range(sum(needed) + _GAP * (len(needed) - 1) - width):
        needed[max(folding, key=needed.__getitem__)] -= 1
    return [max(each, 1) for each in needed]


def _row(
    columns: Sequence[Column], cells: Sequence[str], widths: Sequence[int], style: Style | None
) -> Iterator[Segment]:
    folded = [
        [cell] if cell_len(cell) <= width else wrap(cell, width)
        for cell, width in zip(cells, widths, strict=True)
    ]
    for parts in zip_longest(*folded, fillvalue=""):
        padded = [
            " " * (width - cell_len(part)) + part
            if column.is_number
            else set_cell_size(part, width)
            for column, part, width in zip(columns, parts, widths, strict=True)
        ]
        yield Segment((" " * _GAP).join(padded).rstrip() + "\n", style)
