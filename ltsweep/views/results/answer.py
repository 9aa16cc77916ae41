"""The sentences in which an experiment answers its question, made from its verdicts alone."""

from collections import Counter

from ltsweep.foundations.errors import listed
from ltsweep.views.results.experiment import Experiment
from ltsweep.views.verdicts import rules

_WORDS = (
    rules.BEATS, rules.TIES, rules.UNDECIDED, rules.UNDERPOWERED, rules.LOSES, rules.COLLAPSED,
    rules.TOO_FEW,
)  # fmt: skip


def answer(experiment: Experiment) -> str:
    """The primary contrast; where none was declared, how the contrasts of the report came out."""
    if experiment.primary is not None:
        return experiment.primary.in_words
    if experiment.declared.primary is not None:
        return "Nothing of the primary contrast is finished."
    return shares(experiment) or "No contrast is finished."


def shares(experiment: Experiment) -> str:
    """How often each verdict came out over all contrasts; empty where there are none."""
    contrasts = [contrast for panel in experiment.verdicts for contrast in panel.contrasts]
    found = Counter(contrast.difference.verdict for contrast in contrasts)
    if not found:
        return ""
    told = listed(f"{found[word]} × {word}" for word in _WORDS if word in found)
    return f"All {len(contrasts)} contrasts, one arm against another: {told}."
