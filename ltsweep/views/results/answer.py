"""The sentences in which an experiment answers its question, made from its verdicts alone."""

from collections import Counter
from collections.abc import Sequence
from statistics import median

from ltsweep.views.arms import TUNED
from ltsweep.views.results.experiment import Experiment
from ltsweep.views.results.requests import Beside
from ltsweep.views.verdicts.shares import NONE, OUTCOME_OF, OUTCOMES
from ltsweep.views.verdicts.verdict import ContrastVerdict
from ltsweep.views.wording import signed


def answer(experiment: Experiment) -> str:
    """The primary contrast; where none was declared, how the contrasts of the report came out."""
    if experiment.primary is not None:
        return experiment.primary.as_answer
    if experiment.declared.primary is not None:
        return "Nothing of the primary contrast is finished."
    return shares(experiment) or "No contrast is finished."


def shares(experiment: Experiment) -> str:
    """How many contrasts are wins, ties and losses; empty where there are none."""
    contrasts = _contrasts(experiment)
    if not contrasts:
        return ""
    return f"All {len(contrasts)} contrasts, one arm against another: {_outcomes(contrasts)}."


def beside(experiment: Experiment, asked: Beside) -> str:
    """What else an experiment answers: contrasts of two methods, or what its tickets have seen."""
    if asked.tickets:
        return _unseen(experiment)
    arm, against = asked.arm or "", asked.against or ""
    found = [
        contrast
        for contrast in _contrasts(experiment)
        if _is(contrast.arm, arm) and _is(contrast.against, against)
    ]
    called = f"{arm} − {against}".replace(" ()", "")
    if not found:
        return f"Nothing of {called} is finished."
    return f"{called}, {len(found)} contrasts: {_outcomes(found)}{_sizes(found)}."


def _contrasts(experiment: Experiment) -> list[ContrastVerdict]:
    return [contrast for panel in experiment.verdicts for contrast in panel.contrasts]


def _outcomes(contrasts: Sequence[ContrastVerdict]) -> str:
    found = Counter(OUTCOME_OF.get(one.difference.verdict, NONE) for one in contrasts)
    percent = {name: 100 * count / len(contrasts) for name, count in found.items()}
    return ", ".join(f"{n} {found[n]} ({percent[n]:.0f} %)" for n in OUTCOMES if found[n])


def _sizes(contrasts: Sequence[ContrastVerdict]) -> str:
    """Of the mean differences in points; empty where there are none yet."""
    means = [mean for c in contrasts if (mean := c.difference.mean) is not None]
    if not means:
        return ""
    low, middle, high = (signed(value) for value in (min(means), median(means), max(means)))
    return f"; from {low} to {high} pp, median {middle}"


def _is(arm: str, asked: str) -> bool:
    """Whether an arm is of the method that is asked for; with words behind it, whether these, too.

    'imp ()' is the arm that is nothing beside its method. That an arm is tuned makes no other one.
    """
    method, _, words = arm.removesuffix(")").partition(" (")
    name, has_words, wanted = asked.removesuffix(")").partition(" (")
    beside_method = {word for word in words.split(", ") if word and word != TUNED}
    same = not has_words or beside_method == {word for word in wanted.split(", ") if word}
    return method == name and same


def _unseen(experiment: Experiment) -> str:
    """Whether what tickets are made from has read anything of their targets, by all records."""
    seen = [data for data in experiment.ticket_data if data is not None]
    saw = sum(any(entry.role != "source" for entry in data.seen) for data in seen)
    unknown = sum(bool(data.unknown) or not data.is_told for data in seen)
    of = f"of {len(seen)} curves on a target"
    told = f"Of {unknown} of them not all records can be read." if unknown else ""
    if saw:
        return f"No: {saw} {of} have tickets made with data of the target. {told}".strip()
    return (
        f"Yes, by the records of all stages: {of}, none has a ticket behind which anything of the "
        f"target was read. No record says how learning rates and lengths were chosen. {told}"
    ).strip()
