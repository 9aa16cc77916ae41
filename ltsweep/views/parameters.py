"""How many parameters a density leaves, those that are never pruned included, and how many live."""

from collections.abc import Iterator

from ltsweep.foundations.errors import listed
from ltsweep.views.panels import Cell, Panel
from ltsweep.views.verdicts.verdict import levels_at
from ltsweep.views.wording import percent

_TOLD_APART = 0.95  # of the density: live weights that are so many are not worth a word


def parameters_line(panel: Panel) -> str:
    """'Parameters left, ...: 26,112 at 51.2 %, ...', and live weights where they are fewer.

    Of declared densities alone. Empty in records of early versions.
    """
    found: dict[float, set[int]] = {}
    for cell in panel.cells:
        for density, count in _left(cell):
            found.setdefault(density, set()).add(count)
    if not found:
        return ""
    told = [f"{_counts(found[density])} at {percent(density)}" for density in sorted(found)[::-1]]
    line = f"Parameters left, head, norms and biases included: {', '.join(told)}."
    live: dict[str, list[str]] = {}
    for cell in panel.cells:
        if words := _live(cell):
            live.setdefault(words, []).append(cell.arm)
    told = [f"{listed(arms)} {words}" for words, arms in live.items()]
    return f"{line} Live weights: {'; '.join(told)}." if told else line


def _left(cell: Cell) -> Iterator[tuple[float, int]]:
    """Declared densities, with the parameters that each seed has left at the level there."""
    for number, density in levels_at(cell.densities, cell.curves[0].point.report.densities).items():
        for curve in cell.curves:
            level = curve.level(number)
            if level is not None and level.end.params_left is not None:
                yield density, level.end.params_left


def _live(cell: Cell) -> str:
    """'9.8 % at 10.7 %, 0.4 % at 3.52 %', of the densities at which something is dead."""
    words = []
    declared = levels_at(cell.densities, cell.curves[0].point.report.densities)
    for number in sorted(declared):
        live, density = cell.live_densities.get(number), cell.densities[number]
        if live is not None and live < _TOLD_APART * density:
            words.append(f"{percent(live)} at {percent(density)}")
    return ", ".join(words)


def _counts(counts: set[int]) -> str:
    low, high = min(counts), max(counts)
    return f"{low:,}" if low == high else f"{low:,}–{high:,}"
