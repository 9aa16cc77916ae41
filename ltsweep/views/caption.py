"""The caption of a figure: what its verdicts say, and nothing that they do not."""

from collections.abc import Iterable, Iterator

from ltsweep.foundations.errors import listed
from ltsweep.views.verdicts.rules import (
    COLLAPSED,
    CONTROL_BETTER,
    NOT_TOLD_APART,
    TICKET_BETTER,
    TOO_FEW,
)
from ltsweep.views.verdicts.verdict import Comparison, PanelVerdict
from ltsweep.views.wording import percent, setting

_IN_WORDS = {
    TICKET_BETTER: "better than",
    CONTROL_BETTER: "worse than",
    NOT_TOLD_APART: "not told apart from",
    COLLAPSED: "without a verdict (seeds collapsed) against",
    TOO_FEW: f"without a verdict ({TOO_FEW}) against",
}


def caption(verdicts: Iterable[PanelVerdict]) -> str:
    """What is drawn, then a panel's lowest matching densities and its comparisons.

    Empty if nothing is finished.
    """
    verdicts = [verdict for verdict in verdicts if verdict.methods]
    methods = [method for verdict in verdicts for method in verdict.methods]
    if not methods:
        return ""
    seeds = " or ".join(map(str, sorted({len(method.seeds) for method in methods})))
    deltas = " / ".join(sorted({f"{method.delta:g}" for method in methods}))
    drawn = (
        f"Test accuracy against weights remaining, mean ± standard deviation (seeds: {seeds}). "
        f"Lowest density that matches dense within {deltas} pp:"
    )
    return " ".join([drawn, *(_panel(verdict) for verdict in verdicts)])


def _panel(verdict: PanelVerdict) -> str:
    name = f"[{setting(verdict.setting)}] " if verdict.setting else ""
    pruned = [method for method in verdict.methods if method.lowest is not None]
    judged = [method for method in pruned if method.lowest_in_words != TOO_FEW]
    lowest = [f"{method.arm} {method.lowest_in_words}" for method in judged]
    if few := [method.arm for method in pruned if method not in judged]:
        lowest.append(f"{listed(few)} not judged, for want of seeds ({TOO_FEW})")
    words = ", ".join(lowest) or "not judged"
    yet = "; ".join(told for method in judged if (told := method.yet_in_words))
    below = [f"Yet {yet}."] if yet else []
    return " ".join([f"{name}{words}.", *below, *_comparisons(verdict.comparisons)])


def _comparisons(comparisons: Iterable[Comparison]) -> Iterator[str]:
    """One sentence per ticket and density: it is better than these, not told apart from those."""
    at: dict[tuple[str, float], dict[str, list[str]]] = {}
    for entry in comparisons:
        at.setdefault((entry.ticket, entry.density), {}).setdefault(
            entry.difference.verdict, []
        ).append(entry.control)
    for (ticket, density), by_verdict in at.items():
        told = [f"{_IN_WORDS[v]} {listed(by_verdict[v])}" for v in _IN_WORDS if v in by_verdict]
        yield f"At {percent(density)} {ticket} is {'; '.join(told)}."
