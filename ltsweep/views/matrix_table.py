"""The matrices of sources and targets as text: for the terminal, and the same as Markdown."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from ltsweep.views.kinship import ABOUT_KIN
from ltsweep.views.matrix import Entry, Matrix
from ltsweep.views.verdicts.rules import TOO_FEW
from ltsweep.views.wording import markdown_table, percent, setting, signed

if TYPE_CHECKING:
    from rich.console import Console


_SEVERAL_DENSE = (
    "; the dense training of a target is not the same for all sources here, because its images or "
    "its settings follow those of the source"
)


def about(matrices: Iterable[Matrix]) -> str:
    """What the numbers of the matrices are, in a sentence that has no capital and no full stop."""
    matrices = list(matrices)
    deltas = " / ".join(sorted({f"{matrix.delta:g}" for matrix in matrices}))
    split = " or ".join(sorted({matrix.split for matrix in matrices}))
    several = "" if all(matrix.has_one_dense_each for matrix in matrices) else _SEVERAL_DENSE
    has_kin = any(entry.is_kin for matrix in matrices for entry in matrix.entries)
    return (
        f"rows: sources, columns: targets; {split} accuracy minus that of the dense training from "
        "a fresh draw on the target, paired by seed: mean difference in points, its two-sided 95 % "
        f"interval, n, and whether it matches dense within {deltas} pp (one-sided 95 % bound); "
        f"no verdict when {TOO_FEW}{several}{f'; {ABOUT_KIN}' * has_kin}"
    )


def title(matrix: Matrix) -> str:
    """What is shown, and at which densities in truth: 'imp at 51.2 % (declared: 50 %)'."""
    low, high = map(percent, matrix.densities)
    density = low if low == high else f"{low} to {high}"
    declared = None if matrix.declared is None else percent(matrix.declared)
    told = "" if declared in (None, density) else f" (declared: {declared})"
    where = f", {setting(matrix.setting)}" if matrix.setting else ""
    return f"{matrix.arm} at {density}{told}{where}"


def difference(entry: Entry | None) -> str:
    """'−0.42' in points, "–" for none."""
    return "–" if entry is None else signed(entry.mean)


def interval(entry: Entry) -> str:
    """'[−1.10, +0.26]', empty below two seeds."""
    return "" if entry.lower is None else f"[{signed(entry.lower)}, {signed(entry.upper)}]"


def seeds_and_verdict(entry: Entry) -> str:
    """'n = 6, matches', 'n = 3' where there are too few for a verdict; diverged seeds; kin."""
    verdict = "" if entry.verdict == TOO_FEW else f", {entry.verdict}"
    lost = f", {entry.diverged} diverged" if entry.diverged else ""
    return f"n = {entry.n}{verdict}{lost}{', kin' * entry.is_kin}"


def print_matrices(matrices: Sequence[Matrix], console: "Console") -> None:
    """Prints one table per arm and density; nothing where there are none."""
    from rich import box
    from rich.table import Table

    for matrix in matrices:
        table = Table(
            box=box.SIMPLE_HEAD, title=title(matrix), title_justify="left", title_style="bold",
            show_edge=False, padding=(0, 1, 0, 0),
        )  # fmt: skip
        table.add_column("source", overflow="fold")
        for target in matrix.targets:
            table.add_column(target, justify="right", overflow="fold")
        for row in _rows(matrix, "\n"):
            table.add_row(*row)
        console.print(table)
        console.print()
    if matrices:
        console.print(about(matrices), markup=False, highlight=False, style="dim")


def matrices_markdown(matrices: Sequence[Matrix]) -> str:
    """The same as Markdown, grouped by arm; empty where there are none."""
    parts = []
    for arm, alike in groupby(matrices, key=lambda matrix: matrix.arm):
        parts.append(f"## Sources and targets: {arm}")
        for matrix in alike:
            rows = [["source", *matrix.targets], *_rows(matrix, " ")]
            parts += [title(matrix), markdown_table(rows)]
    return "\n\n".join([*parts, f"- {about(matrices)}"]) + "\n" if parts else ""


def _rows(matrix: Matrix, between: str) -> list[list[str]]:
    return [
        [source, *(_cell(matrix.at(source, target), between) for target in matrix.targets)]
        for source in matrix.sources
    ]


def _cell(entry: Entry | None, between: str) -> str:
    if entry is None:
        return "–"
    parts = (difference(entry), interval(entry), seeds_and_verdict(entry))
    return between.join(filter(None, parts))
