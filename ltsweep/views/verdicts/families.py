"""The families of tests of a report, and how often each errs."""

from collections.abc import Iterable

from ltsweep.views.verdicts.primary import PrimaryVerdict
from ltsweep.views.verdicts.rules import BEATS, LOSES, TIES
from ltsweep.views.verdicts.verdict import PanelVerdict

_OF_PRIMARY = "the primary contrast is one test, named beforehand: it errs in 5 % of experiments"
_OF_FAMILY = (
    'the {others}{size} contrasts are one family: with Holm, some "{beats}" or "{loses}" among '
    "them is an accident in at most 5 % of experiments"
)
_OF_TIES = 'a "{ties}" is wrong in at most 5 % of cases, each by itself'


def family_size(verdicts: Iterable[PanelVerdict]) -> int:
    """How many contrasts Holm's correction covers."""
    contrasts = (contrast for verdict in verdicts for contrast in verdict.contrasts)
    return sum(contrast.difference.p_holm is not None for contrast in contrasts)


def error_rates(verdicts: Iterable[PanelVerdict], primary: PrimaryVerdict | None) -> list[str]:
    """A sentence about the errors of each family that the report has, without a full stop."""
    verdicts = list(verdicts)
    size = family_size(verdicts)
    lines = [_OF_PRIMARY] if primary is not None else []
    if size:
        others = "other " * (primary is not None)
        lines.append(_OF_FAMILY.format(others=others, size=size, beats=BEATS, loses=LOSES))
    if lines:
        lines.append(_OF_TIES.format(ties=TIES))
    return lines
