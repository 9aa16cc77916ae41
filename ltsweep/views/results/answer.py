"""The sentences in which an experiment answers its question, made from its verdicts alone."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from ltsweep.views.layer_shares import layer_shares
from ltsweep.views.results.came_out import CameOut, is_called
from ltsweep.views.results.experiment import Experiment
from ltsweep.views.results.requests import Statement
from ltsweep.views.verdicts.shares import NONE, OUTCOME_OF, OUTCOMES
from ltsweep.views.verdicts.verdict import ContrastVerdict
from ltsweep.views.wording import percent


def answer(experiment: Experiment) -> str:
    """The primary contrast; where none was declared, how the contrasts of the report came out."""
    if experiment.primary is not None:
        return experiment.primary.as_answer
    if experiment.declared.primary is not None:
        return "Nothing of the primary contrast is finished."
    return shares(experiment) or "No contrast is finished."


def shares(experiment: Experiment) -> str:
    """How many contrasts are wins, ties and losses; empty where there are none."""
    contrasts = [contrast for panel in experiment.verdicts for contrast in panel.contrasts]
    if not contrasts:
        return ""
    return f"All {len(contrasts)} contrasts, one arm against another: {_outcomes(contrasts)}."


class Answered(NamedTuple):
    """A statement with its answer, in few words and with what is behind it."""

    in_short: str
    in_full: str


def statement(experiment: Experiment, asked: Statement) -> Answered:
    """Whether a statement is true by the experiment."""
    if asked.tickets:
        word, why = _unseen(experiment)
        return Answered(f"{asked.tells}: {word}", f"{asked.tells}: **{word}**, {why}")
    if asked.layers:
        kept = f"{asked.tells}: {_kept_of_layers(experiment, asked.arm or '')}"
        return Answered(kept, f"{kept}.")
    found = CameOut.of(experiment, asked)
    return Answered(
        f"{asked.tells}: {found.in_short}", f"{asked.tells} ({found.compared}): {found.in_full}."
    )


def _outcomes(contrasts: Sequence[ContrastVerdict]) -> str:
    found = Counter(OUTCOME_OF.get(one.difference.verdict, NONE) for one in contrasts)
    percent = {name: 100 * count / len(contrasts) for name, count in found.items()}
    return ", ".join(f"{n} {found[n]} ({percent[n]:.0f} %)" for n in OUTCOMES if found[n])


def _kept_of_layers(experiment: Experiment, arm: str) -> str:
    """The layers of which an arm keeps least and most, at the lowest density that is told."""
    found = [
        (panel.density, shares.layers)
        for panel in layer_shares(experiment.panels)
        for shares in panel.shares
        if any(is_called(one, arm) for one in shares.arms)
    ]
    if not found:
        return "nothing of it is finished"
    density, layers = min(found, key=lambda each: each[0])
    least, most = min(layers, key=layers.__getitem__), max(layers, key=layers.__getitem__)
    return (
        f"at {percent(density)} of all weights, {percent(layers[least])} of {least} and "
        f"{percent(layers[most])} of {most} are kept"
    )


def _unseen(experiment: Experiment) -> tuple[str, str]:
    """Whether what tickets are made from has read nothing of their targets, and why, by records."""
    seen = [data for data in experiment.ticket_data if data is not None]
    saw = sum(any(entry.role != "source" for entry in data.seen) for data in seen)
    unknown = sum(bool(data.unknown) or not data.is_told for data in seen)
    of = f"of {len(seen)} curves on a target"
    told = f" Of {unknown} of them not all records can be read." if unknown else ""
    if saw:
        return "no", f"{saw} {of} have tickets made with data of the target.{told}"
    why = (
        f"by the records of all stages: {of}, none has a ticket behind which anything of the "
        "target was read. No record says how learning rates and lengths were chosen."
    )
    return "yes", f"{why}{told}"
