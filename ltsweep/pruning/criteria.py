"""Pruning criteria that read weights alone: each maps them to scores, and the lowest are pruned.

What criteria may ask for by argument name is in `ltsweep.methods.rule_inputs`. All of them take and
return dicts of tensors by parameter name, shaped like the prunable weights.
"""

from collections.abc import Mapping, Sequence

import torch

from ltsweep.models.layers import Layer
from ltsweep.pruning.trained import of_trained_weights

__all__ = [
    "magnitude",
    "magnitude_increase",
    "magnitude_init_rescaled",
    "magnitude_rescaled",
    "random_score",
]

Tensors = dict[str, torch.Tensor]


def magnitude(weights: Tensors) -> Tensors:
    """|w| of the trained weights (Han et al. 2015, arXiv 1506.02626)."""
    return {name: weight.abs() for name, weight in weights.items()}


def magnitude_rescaled(weights: Tensors, init_std: Mapping[str, float]) -> Tensors:
    """|w| in units of the standard deviation that the layer's weights were drawn with.

    By |w| alone, layers with large fans lose most, because they start with small weights.
    """
    return {name: weight.abs() / init_std[name] for name, weight in weights.items()}


def magnitude_init_rescaled(initial: Tensors, init_std: Mapping[str, float]) -> Tensors:
    """|w_0|, the weight's size when it was drawn, in units of its layer's standard deviation."""
    return {name: initial[name].abs() / std for name, std in init_std.items()}


@of_trained_weights
def magnitude_increase(weights: Tensors, initial: Tensors) -> Tensors:
    """|w_T| - |w_0|: how much training has made a weight larger (Zhou et al. 2019, 1905.01067)."""
    return {name: weight.abs() - initial[name].abs() for name, weight in weights.items()}


def random_score(layers: Sequence[Layer], random: torch.Generator) -> Tensors:
    """Uniform numbers: the criterion that knows nothing. float64."""
    return {
        layer.name: torch.rand(layer.shape, generator=random, dtype=torch.float64)
        for layer in layers
    }
