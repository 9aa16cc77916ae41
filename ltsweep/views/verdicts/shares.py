"""How often arms win, tie and lose over sources, targets and densities: counts, never pooled."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ltsweep.views.matrix import SIDES, are_compared
from ltsweep.views.verdicts import rules
from ltsweep.views.verdicts.contrasts import TICKET
from ltsweep.views.verdicts.verdict import PanelVerdict, standing_for
from ltsweep.views.wording import setting

DENSE = "dense"
_DIFFERENT_SIZES = 1.25
OUTCOMES = WIN, TIE, UNDECIDED, LOSS, NONE = "wins", "ties", "undecided", "losses", "no verdict"
OUTCOME_OF = {
    rules.BEATS: WIN,
    rules.TIES: TIE,
    rules.MATCHES: TIE,
    rules.UNDECIDED: UNDECIDED,
    rules.UNDERPOWERED: UNDECIDED,
    rules.LOSES: LOSS,
    rules.BELOW: LOSS,
}


@dataclass(frozen=True)
class Share:
    """The outcomes of one contrast, over all sources or over those of one size.

    `setting` is what the panels have in common, where they vary in more than source and target.
    `against` is an arm, or dense. `source_images` counts the training images of the sources, None
    for all sources. `outcomes` has the number of cells for each outcome, of all `cells`.
    """

    setting: dict[str, Any]
    arm: str
    against: str
    source_images: int | None
    cells: int
    outcomes: dict[str, int]


def shares(verdicts: Iterable[PanelVerdict]) -> list[Share]:
    """The shares of each contrast, and of each ticket against dense, in the order of the panels.

    None where there are neither two sources nor two targets. By size of the source, too, where the
    largest source is larger than the smallest by a quarter.
    """
    verdicts = [verdict for verdict in verdicts if verdict.methods]
    if not are_compared([_pair(verdict) for verdict in verdicts]):
        return []
    sizes = sorted({verdict.source_images for verdict in verdicts if verdict.source_images})
    differ = bool(sizes) and sizes[-1] >= _DIFFERENT_SIZES * sizes[0]
    wanted = [None, *sizes] if differ else [None]
    found: dict[Any, tuple[dict[str, Any], Counter[str]]] = {}
    for verdict in verdicts:
        others = {name: v for name, v in verdict.setting.items() if name not in SIDES}
        for arm, against, word in _cells(verdict):
            for size in wanted:
                if size in (None, verdict.source_images):
                    key = setting(others), arm, against, size
                    _, counts = found.setdefault(key, (others, Counter()))
                    counts[OUTCOME_OF.get(word, NONE)] += 1
    return [
        Share(others, arm, against, size, counts.total(), dict(counts))
        for (_, arm, against, size), (others, counts) in found.items()
    ]


def _pair(verdict: PanelVerdict) -> tuple[str, str]:
    return verdict.setting.get("source", ""), verdict.setting.get("target", "")


def _cells(verdict: PanelVerdict) -> Iterator[tuple[str, str, str]]:
    """Both sides of each contrast of a panel at each density, and its verdict."""
    for contrast in verdict.contrasts:
        yield contrast.arm, contrast.against, contrast.difference.verdict
    for method in verdict.methods:
        if method.method == TICKET:
            for _, level in standing_for(verdict.densities, method.levels):
                yield method.arm, DENSE, level.against_dense.verdict
