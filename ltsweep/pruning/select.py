"""Selection: from scores and the previous mask to the next one, with exact counts."""

from collections.abc import Mapping

import torch

from ltsweep.foundations.contracts import unlike
from ltsweep.foundations.errors import listed
from ltsweep.pruning.counts import Counts

Tensors = dict[str, torch.Tensor]


def unusable(scores: object, mask: Tensors) -> str | None:
    """In words why these are no scores of the weights that a mask keeps; None where they are."""
    if difference := unlike(scores, {name: (None, part.shape) for name, part in mask.items()}):
        return difference
    assert isinstance(scores, Mapping)
    bad = [name for name, part in mask.items() if not torch.isfinite(scores[name][part]).all()]
    return f"infinity or NaN for weights of {listed(bad)}" if bad else None


def prune(scores: Tensors, mask: Tensors, counts: Counts) -> Tensors:
    """The next level's mask: bool tensors by name, True = kept, inside `mask`.

    `counts` say how many weights each group of layers keeps. In each group the lowest scores among
    the weights still kept are pruned; of equal scores the one with the larger flat index goes
    first. The scores must be usable.
    """
    assert unusable(scores, mask) is None
    following = {}
    for group, keep in counts.items():
        kept_mask = torch.cat([mask[name].flatten() for name in group])
        score = torch.cat([scores[name].flatten() for name in group])[kept_mask]
        chosen = kept_mask.clone()
        chosen[kept_mask] = highest(score, keep)
        sizes = [mask[name].numel() for name in group]
        for name, part in zip(group, torch.split(chosen, sizes), strict=True):
            following[name] = part.view(mask[name].shape)
    return {name: following[name] for name in mask}


def highest(scores: torch.Tensor, count: int) -> torch.Tensor:
    """Bool (n,): True for the `count` highest of scores (n,); of equal ones for the first.

    NaN, which a training that diverges has, counts as the highest.
    """
    if count == 0:
        return torch.zeros(scores.shape, dtype=torch.bool)
    scores = scores.int() if scores.dtype == torch.bool else scores
    scores = torch.nan_to_num(scores, nan=torch.inf, posinf=torch.inf, neginf=-torch.inf)
    least = scores.topk(count, sorted=False).values.min()  # ten times as fast as sorting them all
    chosen = scores > least
    equal = (scores == least).nonzero().squeeze(1)
    chosen[equal[: count - int(chosen.sum())]] = True
    return chosen
