"""The caption of a figure: what its verdicts say, and nothing that they do not."""

from collections.abc import Iterable, Iterator

from ltsweep.foundations.errors import listed
from ltsweep.views.verdicts.primary import PrimaryVerdict
from ltsweep.views.verdicts.rules import AGAINST, TOO_FEW
from ltsweep.views.verdicts.verdict import ContrastVerdict, PanelVerdict
from ltsweep.views.wording import percent, setting


def caption(
    verdicts: Iterable[PanelVerdict],
    primary: PrimaryVerdict | None = None,
    over: str = "weights remaining",
) -> str:
    """The primary contrast, what is drawn, a panel's lowest matching densities and its contrasts.

    Empty if nothing is finished.
    """
    verdicts = [verdict for verdict in verdicts if verdict.methods]
    methods = [method for verdict in verdicts for method in verdict.methods]
    if not methods:
        return ""
    seeds = " or ".join(map(str, sorted({len(method.seeds) for method in methods})))
    drawn = (
        f"{verdicts[0].split.capitalize()} accuracy against {over}, mean ± standard deviation "
        f"(seeds: {seeds}). Lowest density that matches dense within {deltas_in_words(verdicts)}:"
    )
    first = [] if primary is None else [primary.in_words]
    told = [sentence for verdict in verdicts for sentence in panel_in_sentences(verdict)]
    return " ".join([*first, drawn, *told])


def deltas_in_words(verdicts: Iterable[PanelVerdict]) -> str:
    """The tolerances: '1 pp', '0.5 / 1 pp'."""
    found = {f"{method.delta:g}" for verdict in verdicts for method in verdict.methods}
    return f"{' / '.join(sorted(found))} pp"


def panel_in_sentences(verdict: PanelVerdict) -> list[str]:
    """Its arms with their lowest matching densities, then what the contrasts say."""
    name = f"[{setting(verdict.setting)}] " if verdict.setting else ""
    pruned = [method for method in verdict.methods if method.lowest is not None]
    judged = [method for method in pruned if method.lowest_in_words != TOO_FEW]
    lowest = [f"{method.arm} {method.lowest_in_words}" for method in judged]
    if few := [method.arm for method in pruned if method not in judged]:
        lowest.append(f"{listed(few)} not judged, for want of seeds ({TOO_FEW})")
    words = ", ".join(lowest) or "not judged"
    yet = "; ".join(told for method in judged if (told := method.yet_in_words))
    below = [f"Yet {yet}."] if yet else []
    return [f"{name}{words}.", *below, *_contrasts(verdict.contrasts)]


def _contrasts(contrasts: Iterable[ContrastVerdict]) -> Iterator[str]:
    """One sentence per arm and density: it beats these, ties with those."""
    at: dict[tuple[str, float], dict[str, list[str]]] = {}
    for entry in contrasts:
        at.setdefault((entry.arm, entry.density), {}).setdefault(
            entry.difference.in_words, []
        ).append(entry.against)
    for (arm, density), by_verdict in at.items():
        told = [f"{AGAINST[v]} {listed(by_verdict[v])}" for v in AGAINST if v in by_verdict]
        yield f"At {percent(density)} {arm} {'; '.join(told)}."
