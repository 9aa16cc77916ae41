"""Weights rules. One that takes `rewound` starts from the source's state at the reset step.

`rewound` is that state, `fresh` the controls' own draw: one per seed, shared by all fresh arms.
Both hold all parameters and buffers by name; the mask is applied afterwards.
"""

import torch

State = dict[str, torch.Tensor]


def rewound(rewound: State) -> State:
    """The weights, biases and norm parameters that the source had at the reset step."""
    return rewound


def fresh(fresh: State) -> State:
    """A new draw from the controls' initial distribution."""
    return fresh
