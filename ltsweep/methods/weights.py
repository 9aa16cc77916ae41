"""Weights rules: each returns all parameters and buffers by name; the mask is applied afterwards.

What they may ask for by argument name is in `ltsweep.methods.rule_inputs`.
"""

from collections.abc import Callable

import torch

__all__ = [
    "end",
    "fresh",
    "fresh_at_reset",
    "initial",
    "previous",
    "reinit_signs",
    "rewound",
    "shuffled_values",
    "transferred",
]

State = dict[str, torch.Tensor]


def rewound(rewound: State) -> State:
    """The weights, biases and norm parameters that the source had at the reset step."""
    return rewound


def end(ended: State) -> State:
    """What the source has come to at the end of this level: transfer of trained weights."""
    return ended


def previous(previous: State) -> State:
    """What the level before has ended with (Renda et al. 2020, arXiv 2003.02389)."""
    return previous


def transferred(transferred: State) -> State:
    """What the target's training of the whole net has ended with, which began at the source's."""
    return transferred


def reinit_signs(fresh: State, rewound: State, mask: State) -> State:
    """Freshly drawn magnitudes with the signs of the source's weights at the reset step.

    All that is not pruned, biases and norms, is the source's (Zhou et al. 2019, arXiv 1905.01067).
    """
    return rewound | {name: fresh[name].abs().copysign(rewound[name]) for name in mask}


def shuffled_values(
    rewound: State, mask: State, permutation: Callable[[str, int], torch.Tensor]
) -> State:
    """The source's kept weights at the reset step, shuffled among the kept places of each layer.

    All that is not pruned, biases and norms, is the source's, where it was.
    """
    shuffled = {}
    for name, kept in mask.items():
        order = permutation(name, kept.numel())
        places = order[kept.flatten()[order]]  # the kept ones, in the layer's own random order
        flat = rewound[name].flatten().clone()
        flat[places] = rewound[name][kept]
        shuffled[name] = flat.view(kept.shape)
    return rewound | shuffled


def fresh(fresh: State) -> State:
    """A new draw from the controls' initial distribution."""
    return fresh


def fresh_at_reset(fresh_at_reset: State) -> State:
    """The controls' new draw, after it was trained densely on the source to the reset step."""
    return fresh_at_reset


def initial(initial: State) -> State:
    """The draw that the source's dense training starts from."""
    return initial
