"""The verdicts as text: a table for the terminal and the same, with comparisons, as Markdown."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ltsweep.views.beside import published_markdown
from ltsweep.views.conclusions import Conclusions
from ltsweep.views.costs import cost_lines
from ltsweep.views.matrix import matrices
from ltsweep.views.matrix_table import print_matrices
from ltsweep.views.published import published_in_words
from ltsweep.views.share_table import print_shares
from ltsweep.views.tuning_words import tuning_lines
from ltsweep.views.verdicts.families import error_rates
from ltsweep.views.verdicts.primary import PrimaryVerdict
from ltsweep.views.verdicts.rules import TOO_FEW
from ltsweep.views.verdicts.shares import shares
from ltsweep.views.verdicts.verdict import (
    ContrastVerdict,
    Dense,
    LevelVerdict,
    MethodVerdict,
    PanelVerdict,
)
from ltsweep.views.wording import accuracy, markdown_table, p_value, percent, setting, signed
from ltsweep.views.yardsticks import linear_in_words

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_WIDTH_WITHOUT_TERMINAL = 100
_FEWEST_DENSITIES, _COLUMN_WIDTH, _OTHER_WIDTH = 3, 12, 42
_NOTHING = "no finished level yet"
_ABOUT_CONTRASTS = (
    "Contrasts, one arm minus another, paired by seed: mean difference with its 95 % interval, p of"
    " the paired t-test after Holm over the contrasts of the report, and exact p of all sign flips."
    " Standard errors in pp: over seeds; over test images, of which there is one set."
)


def print_table(found: Conclusions) -> None:
    """Prints the tables of a report, and matrices of transfer.

    Without a terminal they are 100 columns wide and have no colour.
    """
    from rich.console import Console

    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH_WITHOUT_TERMINAL)
    panels, verdicts = found.panels, found.verdicts
    print_verdicts(verdicts, console, found.primary)
    costs = cost_lines(panels, found.context)
    for line in [*tuning_lines(found.tuning, verdicts), *costs]:
        console.print(line, markup=False, highlight=False, style="dim")
    print_matrices(matrices(panels), console)
    print_shares(shares(verdicts), console)


def print_verdicts(
    verdicts: Iterable[PanelVerdict], console: "Console", primary: PrimaryVerdict | None = None
) -> None:
    """Prints one table per panel: methods x densities, mean ± SD over seeds in percent.

    The primary contrast, if there is one, is told first.
    """
    verdicts = [verdict for verdict in verdicts if verdict.methods]
    if primary is not None:
        console.print(primary.in_words, "\n", markup=False, highlight=False, style="bold")
    if not verdicts:
        console.print(_NOTHING)
    for verdict in verdicts:
        densities = _densities(verdict, (console.width - _OTHER_WIDTH) // _COLUMN_WIDTH)
        console.print(_rich_table(verdict, densities))
        for line in filter(None, [*_about(verdict), published_in_words(verdict.published)]):
            console.print(line, highlight=False, style="dim")
        console.print()
    for line in _legend(verdicts, primary):
        console.print(line, markup=False, highlight=False, style="dim")


def markdown(
    verdicts: Iterable[PanelVerdict],
    title: str,
    told: Sequence[str] = (),
    primary: PrimaryVerdict | None = None,
) -> str:
    """The primary contrast and the tables as Markdown, with area under the curve and contrasts.

    What is `told` stands above the tables, a sentence each.
    """
    parts = [f"# {title}", *([f"**{primary.in_words}**"] if primary else []), *told]
    verdicts = [verdict for verdict in verdicts if verdict.methods]
    for verdict in verdicts:
        if verdict.setting:
            parts.append(f"## {setting(verdict.setting)}")
        parts.append(_markdown_levels(verdict))
        parts += filter(None, [*_about(verdict), published_markdown(verdict)])
        if verdict.contrasts:
            parts.append(_markdown_contrasts(verdict.contrasts))
    parts.append("\n".join(f"- {line}" for line in _legend(verdicts, primary)) or _NOTHING)
    return "\n\n".join(parts) + "\n"


def _rich_table(verdict: PanelVerdict, densities: list[float]) -> "Table":
    from rich import box
    from rich.table import Table

    table = Table(
        box=box.SIMPLE_HEAD, title=setting(verdict.setting) or None, title_justify="left",
        title_style="bold", show_edge=False, padding=(0, 1, 0, 0),
    )  # fmt: skip
    table.add_column("method", overflow="fold")
    table.add_column("n", justify="right", no_wrap=True)
    for density in densities:
        table.add_column(percent(density), justify="right", no_wrap=True)
    table.add_column("lowest matching", overflow="fold")
    for method in verdict.methods:
        cells = [level_in_words(method.at(density)) for density in densities]
        table.add_row(method.arm, seeds_in_words(method), *cells, method.lowest_in_words)
    return table


def _densities(verdict: PanelVerdict, most: int) -> list[float]:
    """The declared densities, the lowest, dense, then levels spread between, as many as fit."""
    levels = {lv.density for method in verdict.methods for lv in method.levels if lv.density > 0}
    shown: set[float] = set()
    for declared in verdict.densities:
        found = [lv for lv in (m.at(declared) for m in verdict.methods) if lv is not None]
        shown |= {found[0].density} if found else set()
    for always in (min(levels, default=1.0), 1.0):
        if always in levels and (len(shown) < most or not shown):
            shown.add(always)
    rest = sorted(levels - shown)
    most = max(_FEWEST_DENSITIES, len(shown), most)
    while rest and len(shown) < most:
        # Next the level that lies farthest, in ratio, from every one already there.
        farthest = max(rest, key=lambda d: min((max(d / s, s / d) for s in shown), default=1.0))
        shown.add(farthest)
        rest.remove(farthest)
    return sorted(shown, reverse=True)


def level_in_words(level: LevelVerdict | None) -> str:
    """Its accuracies as "97.8 ± 0.5", with marks for seeds that diverged or collapsed."""
    if level is None:
        return "–"
    if level.mean is None:
        return "diverged" if level.diverged else "–"
    star = "*" * bool(level.diverged)
    if level.collapsed:
        return f"{accuracy(level.median, None)} †{level.collapsed}{star}"
    return accuracy(level.mean, level.sd) + star


def seeds_in_words(method: MethodVerdict) -> str:
    """How many seeds its levels have: "6", or "4–6"."""
    counts = {level.n for level in method.levels}
    low, high = min(counts), max(counts)
    return str(high) if low == high else f"{low}–{high}"


def _about(verdict: PanelVerdict) -> list[str | None]:
    """What is told under a table of levels, a line each."""
    return [_about_dense(verdict), _yet_below(verdict), linear_in_words(verdict.linear)]


def _about_dense(verdict: PanelVerdict) -> str:
    """The accuracy of each dense training that the panel has."""
    known = [dense for dense in verdict.dense if dense.level.mean is not None]
    told = [_dense_in_words(dense, verdict.split) for dense in known]
    if not told:
        return "dense: not finished"
    each = "; each arm is held against its own" * (len(told) > 1)
    return "; ".join(told) + each


def _dense_in_words(dense: Dense, split: str) -> str:
    level = dense.level
    name = f"dense ({dense.name})" if dense.name else "dense"
    line = f"{name} {accuracy(level.mean, level.sd)} (n = {level.n})"
    if level.sampling_sd is None:
        return line
    return f"{line}; the finite {split} set alone spreads it by ± {level.sampling_sd:.1f}"


def _yet_below(verdict: PanelVerdict) -> str:
    """Which arms match within the tolerance, and are below dense all the same."""
    told = [words for method in verdict.methods if (words := method.yet_in_words)]
    return f"within the tolerance, yet told apart: {'; '.join(told)}" if told else ""


def _legend(verdicts: list[PanelVerdict], primary: PrimaryVerdict | None) -> list[str]:
    methods = [method for verdict in verdicts for method in verdict.methods]
    if not methods:
        return []
    deltas = " / ".join(sorted({f"{method.delta:g}" for method in methods}))
    lines = [
        f"{verdicts[0].split} accuracy in %, mean ± standard deviation over seeds, at weights "
        "remaining",
        f"lowest matching: going down, the last level within {deltas} pp of dense of the same seed"
        f" (one-sided 95 % bound), above the first that is below; no verdict when {TOO_FEW}",
    ]
    if any(level.diverged for method in methods for level in method.levels):
        lines.append("* some seeds diverged and are not in the mean")
    if any(level.collapsed for method in methods for level in method.levels):
        lines.append("† so many seeds are not told apart from chance; the number is the median")
    return [*lines, *error_rates(verdicts, primary)]


def _markdown_levels(verdict: PanelVerdict) -> str:
    densities = _densities(verdict, 8)
    area = "area" if verdict.area_range is None else (
        f"mean over {percent(verdict.area_range[1])} – {percent(verdict.area_range[0])}"
    )  # fmt: skip
    rows = [["method", "n", *map(percent, densities), area, "lowest matching density"]]
    for method in verdict.methods:
        cells = [level_in_words(method.at(density)) for density in densities]
        mean_height = accuracy(method.area_mean, method.area_sd)
        rows.append(
            [method.arm, seeds_in_words(method), *cells, mean_height, method.lowest_in_words]
        )
    return markdown_table(rows)


def _markdown_contrasts(contrasts: list[ContrastVerdict]) -> str:
    rows = [["difference of", "at", "n", "difference (pp)", "95 % interval", "SE: seeds, images",
             "Holm p", "sign-flip p", "wins / ties / losses", "verdict"]]  # fmt: skip
    for c in contrasts:
        d = c.difference
        interval = "–" if d.lower is None else f"{signed(d.lower)} … {signed(d.upper)}"
        record = f"{d.wins} / {d.ties} / {d.losses}"
        rows.append([f"{c.arm} − {c.against}", percent(c.density), str(d.n), signed(d.mean),
                     interval, _errors(c), p_value(d.p_holm), p_value(d.p_flip), record,
                     d.in_words + _lost_in_words(c)])  # fmt: skip
    return f"{_ABOUT_CONTRASTS}\n\n{markdown_table(rows)}"


def _errors(contrast: ContrastVerdict) -> str:
    errors = contrast.error_of_seeds, contrast.error_of_images
    return ", ".join("–" if error is None else f"{error:.2f}" for error in errors)


def _lost_in_words(c: ContrastVerdict) -> str:
    """Which seeds of a contrast diverged or collapsed, or nothing."""
    lost = {
        f"{c.arm} diverged": c.arm_diverged,
        f"{c.against} diverged": c.against_diverged,
        f"{c.arm} collapsed": c.arm_collapsed,
        f"{c.against} collapsed": c.against_collapsed,
    }
    missing = [f"{count} {name}" for name, count in lost.items() if count]
    return f" ({', '.join(missing)})" if missing else ""
