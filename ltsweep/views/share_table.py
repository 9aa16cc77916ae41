"""Wins, ties and losses over sources and targets as a table: for the terminal, and as Markdown."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ltsweep.views.verdicts.shares import OUTCOMES, Share
from ltsweep.views.wording import markdown_table, setting

if TYPE_CHECKING:
    from rich.console import Console

ABOUT = (
    "One cell is a source, a target and a declared density, with its own verdict over seeds. "
    "Against dense a tie is a match, which may be better than dense, and a loss is below. "
    "Undecided are underpowered cells, too. Cells share seeds, sources and targets: the counts "
    "describe, and no interval goes with them."
)


def share_rows(found: Sequence[Share]) -> list[list[str]]:
    """A table with its head: '5 (42 %)' for each outcome; empty where there are none."""
    if not found:
        return []
    has_settings = any(share.setting for share in found)
    has_sizes = any(share.source_images for share in found)
    head = ["contrast", *["setting"] * has_settings, *["images of source"] * has_sizes, "cells"]
    return [
        [*head, *OUTCOMES],
        *(
            [
                f"{share.arm} − {share.against}",
                *[setting(share.setting)] * has_settings,
                *["all" if share.source_images is None else f"{share.source_images:,}"] * has_sizes,
                str(share.cells),
                *(_counted(share.outcomes.get(outcome, 0), share.cells) for outcome in OUTCOMES),
            ]
            for share in found
        ),
    ]


def shares_markdown(found: Sequence[Share]) -> str:
    """The same as a part of a page; empty where there are none."""
    if not found:
        return ""
    table = markdown_table(share_rows(found))
    return f"## Sources and targets: wins and losses\n\n{table}\n\n- {ABOUT}\n"


def print_shares(found: Sequence[Share], console: "Console") -> None:
    """Prints the same over sources of all sizes; nothing where there are none."""
    from rich import box
    from rich.table import Table

    if not found:
        return
    head, *body = share_rows([share for share in found if share.source_images is None])
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    for name in head:
        table.add_column(name, overflow="fold")
    for row in body:
        table.add_row(*row)
    console.print(table)
    console.print(ABOUT, "\n", markup=False, highlight=False, style="dim")


def _counted(count: int, cells: int) -> str:
    return f"{count} ({100 * count / cells:.0f} %)"
