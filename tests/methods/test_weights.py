"""Tests the weights rules and what each of them asks for."""

import torch

from ltsweep.foundations.components import arguments
from ltsweep.methods.weights import fresh, rewound

STATE = {"1.weight": torch.ones(2, 3), "1.bias": torch.zeros(2)}


def test_rewound_is_the_source_state_at_the_reset_step():
    assert rewound(STATE) is STATE
    assert arguments("ltsweep.methods.rewound") == {"rewound"}


def test_fresh_is_the_controls_draw():
    assert fresh(STATE) is STATE
    assert arguments("ltsweep.methods.fresh") == {"fresh"}
