"""Masks in few words: scores to what is kept of them."""

import torch

from ltsweep.pruning.select import prune


def everything(scores):
    """The mask that keeps all that has a score."""
    return {name: torch.ones_like(part, dtype=torch.bool) for name, part in scores.items()}


def keeping(count, scores):
    """What is kept if so many are, all layers together, as nested lists of 0 and 1."""
    mask = prune(scores, everything(scores), {tuple(scores): count})
    return {name: part.int().tolist() for name, part in mask.items()}
