"""The sentences in which an experiment answers its question, made from its verdicts alone."""

from collections import Counter

from ltsweep.views.results.experiment import Experiment
from ltsweep.views.verdicts.shares import NONE, OUTCOME_OF, OUTCOMES


def answer(experiment: Experiment) -> str:
    """The primary contrast; where none was declared, how the contrasts of the report came out."""
    if experiment.primary is not None:
        return experiment.primary.in_words
    if experiment.declared.primary is not None:
        return "Nothing of the primary contrast is finished."
    return shares(experiment) or "No contrast is finished."


def shares(experiment: Experiment) -> str:
    """How many contrasts are wins, ties and losses; empty where there are none."""
    contrasts = [contrast for panel in experiment.verdicts for contrast in panel.contrasts]
    found = Counter(OUTCOME_OF.get(one.difference.verdict, NONE) for one in contrasts)
    if not found:
        return ""
    percent = {name: 100 * count / len(contrasts) for name, count in found.items()}
    told = [f"{name} {found[name]} ({percent[name]:.0f} %)" for name in OUTCOMES if found[name]]
    return f"All {len(contrasts)} contrasts, one arm against another: {', '.join(told)}."
