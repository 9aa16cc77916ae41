"""How a pack executes: the interface of the strategies and the rule that picks one.

The rule looks at the kind of model alone: a chain of linear layers and ReLUs runs `Stacked`,
anything else runs `OneByOne`. Never a live timing and never the pack's size: two strategies agree
only to rounding, so all arms that are compared must run on the same one.
"""

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import nn

from ltsweep.data.resident import Part, Resident
from ltsweep.train.replicate import Replicate, Tensors


class Strategy(Protocol):
    """A pack loaded for training. Replicates are numbered as given; the first ones step first."""

    name: str

    def __init__(
        self, module: nn.Module, pack: Sequence[Replicate], data: Resident, precision: str
    ) -> None:
        """Loads states, masks and optimizer states; `module` is on the meta device."""

    @classmethod
    def supports(cls, module: nn.Module) -> bool:
        """Whether nets of this kind can run this way."""

    def step(self, batch: torch.Tensor, factors: Sequence[float]) -> None:
        """One optimizer step of the first len(factors) replicates.

        `batch` holds indices of training examples, (replicates, batch size); `factors` multiply
        each replicate's base learning rate. Pruned weights stay exactly zero.
        """

    def evaluate(
        self, part: Part, examples: torch.Tensor, replicates: Sequence[int]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Correctness, bool (replicates, examples), and mean loss, float64 (replicates,)."""

    def state(self, replicate: int) -> Tensors:
        """A copy on the CPU of a replicate's parameters and buffers."""

    def optimizer_state(self, replicate: int) -> Tensors:
        """A copy on the CPU of a replicate's optimizer state, by '<parameter>/<quantity>'."""


def strategy_for(module: nn.Module) -> type[Strategy]:
    """The documented rule: stacked where the model is a plain multilayer perceptron."""
    from ltsweep.train.one_by_one import OneByOne
    from ltsweep.train.stacked import Stacked

    return Stacked if Stacked.supports(module) else OneByOne
