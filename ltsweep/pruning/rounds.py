"""Pruning in rounds: scores are taken again and again while ever more is pruned."""

from collections.abc import Callable
from math import floor

import torch

from ltsweep.pruning.counts import Counts, kept_by_group
from ltsweep.pruning.mask import Mask
from ltsweep.pruning.select import prune

Scoring = Callable[[Mask], dict[str, torch.Tensor]]


def counts_by_round(before: Counts, after: Counts, rounds: int) -> list[Counts]:
    """Kept weights of each group at the end of every round, in a geometric series.

    Of n weights of which m are to stay, n * (m / n) ** (i / rounds) are left after round i, rounded
    half up (Tanaka et al. 2020, arXiv 2006.05467); the last round has m exactly.
    """
    series: list[Counts] = [
        {group: _between(before[group], count, i / rounds) for group, count in after.items()}
        for i in range(1, rounds)
    ]
    return [*series, after]


def prune_in_rounds(score: Scoring, mask: Mask, after: Counts, rounds: int) -> Mask:
    """The mask that has these counts, made in so many rounds, each inside the mask before.

    `score` gives usable scores of the weights that a mask keeps.
    """
    for counts in counts_by_round(kept_by_group(mask, after), after, rounds):
        mask = prune(score(mask), mask, counts)
    return mask


def _between(before: int, after: int, part: float) -> int:
    # a group that is going to be empty keeps a weight until it is: powers of 0 would empty it now
    least = max(after, 1)
    return floor(before * (least / before) ** part + 0.5) if before else 0
