"""Weights rules: each returns all parameters and buffers by name; the mask is applied afterwards.

What they may ask for by argument name is in `ltsweep.methods.rule_inputs`.
"""

import torch

__all__ = ["end", "fresh", "initial", "rewound"]

State = dict[str, torch.Tensor]


def rewound(rewound: State) -> State:
    """The weights, biases and norm parameters that the source had at the reset step."""
    return rewound


def end(ended: State) -> State:
    """What the source has come to at the end of this level: transfer of trained weights."""
    return ended


def fresh(fresh: State) -> State:
    """A new draw from the controls' initial distribution."""
    return fresh


def initial(initial: State) -> State:
    """The draw that the source's dense training starts from."""
    return initial
