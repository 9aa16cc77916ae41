"""Methods: a mask rule combined with a weights rule; rules ask for inputs by argument name."""

from ltsweep.methods.masks import imp, layerwise_permuted, random_mask, random_pruning
from ltsweep.methods.weights import fresh, initial, rewound

__all__ = [
    "fresh",
    "imp",
    "initial",
    "layerwise_permuted",
    "random_mask",
    "random_pruning",
    "rewound",
]
