"""Pruning criteria: each maps a trained net to scores, and the lowest scores are pruned."""

import torch

__all__ = ["magnitude"]

Tensors = dict[str, torch.Tensor]


def magnitude(weights: Tensors) -> Tensors:
    """|w| of the trained weights (Han et al. 2015, arXiv 1506.02626).

    Takes and returns dicts of tensors by parameter name, shaped like the prunable weights.
    """
    return {name: weight.abs() for name, weight in weights.items()}
