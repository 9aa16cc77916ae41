"""The sentence in which an experiment answers its question, made from its verdicts alone."""

from collections import Counter
from collections.abc import Iterable

from ltsweep.foundations.errors import listed
from ltsweep.views.results.experiment import Experiment
from ltsweep.views.verdicts.verdict import PanelVerdict


def answer(experiment: Experiment) -> str:
    """What came out of the contrasts."""
    return shares(experiment.verdicts) or "No contrast of it is finished."


def shares(verdicts: Iterable[PanelVerdict]) -> str:
    """How often each verdict came out, over all contrasts; empty where there are none."""
    found = Counter(c.difference.verdict for panel in verdicts for c in panel.contrasts)
    if not found:
        return ""
    told = listed(f"{count} × {verdict}" for verdict, count in sorted(found.items()))
    return f"Of {found.total()} contrasts: {told}."
