"""The sentences in which an experiment answers its question, made from its verdicts alone."""

from collections import Counter
from collections.abc import Sequence

from ltsweep.views.layer_shares import layer_shares
from ltsweep.views.results.came_out import came_out, compared, in_short, is_called
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


def statement(experiment: Experiment, asked: Statement) -> str:
    """Whether a statement is true by the experiment, and what was compared for it."""
    if asked.tickets:
        return f"{asked.tells}: {_unseen(experiment)}"
    if asked.layers:
        return f"{asked.tells}: {_kept_of_layers(experiment, asked.arm or '')}."
    return f"{asked.tells} ({compared(experiment, asked)}): {came_out(experiment, asked)}."


def short_statement(experiment: Experiment, asked: Statement) -> str:
    """The statement with its answer in few words."""
    if asked.tickets:
        return f"{asked.tells}: {'no' if _saw(experiment) else 'yes'}"
    if asked.layers:
        return f"{asked.tells}: {_kept_of_layers(experiment, asked.arm or '')}"
    return f"{asked.tells}: {in_short(experiment, asked)}"


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


def _saw(experiment: Experiment) -> int:
    """How many curves have tickets behind which something of their target was read."""
    seen = [data for data in experiment.ticket_data if data is not None]
    return sum(any(entry.role != "source" for entry in data.seen) for data in seen)


def _unseen(experiment: Experiment) -> str:
    """Whether what tickets are made from has read anything of their targets, by all records."""
    seen = [data for data in experiment.ticket_data if data is not None]
    saw = _saw(experiment)
    unknown = sum(bool(data.unknown) or not data.is_told for data in seen)
    of = f"of {len(seen)} curves on a target"
    told = f"Of {unknown} of them not all records can be read." if unknown else ""
    if saw:
        return f"**no**, {saw} {of} have tickets made with data of the target. {told}".strip()
    return (
        f"**yes**, by the records of all stages: {of}, none has a ticket behind which anything of "
        f"the target was read. No record says how learning rates and lengths were chosen. {told}"
    ).strip()
