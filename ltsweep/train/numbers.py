"""How weights and activations are represented in the forward pass, apart from `precision`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import nn

__all__ = ["plain"]

Representation = Callable[[torch.Tensor], torch.Tensor]


@dataclass(frozen=True)
class Numbers:
    """Functions of a prunable layer's weights and of its inputs; None leaves them as they are.

    Gradients go through them by autograd, to the fp32 weights that the optimizer updates.
    `weight_bits` is what a represented weight takes to be stored: 1 where there are two values.
    """

    weight: Representation | None = None
    activation: Representation | None = None
    weight_bits: int = 32

    def represented(
        self, tensors: dict[str, torch.Tensor], weights: Sequence[str]
    ) -> dict[str, torch.Tensor]:
        """Parameters and buffers as the forward pass is to see them."""
        if self.weight is None:
            return tensors
        return tensors | {name: self.weight(tensors[name]) for name in weights}

    def unseen(self, module: nn.Module, weights: Sequence[str]) -> list[str]:
        """Weights whose inputs cannot be represented: a module takes them that is none of theirs.

        Attention and recurrent layers multiply by several weights in one call.
        """
        if self.activation is None:
            return []
        attention = [part for part in module.modules() if isinstance(part, nn.MultiheadAttention)]
        inside = {id(part.out_proj) for part in attention}
        owners = {name: module.get_submodule(name.rpartition(".")[0]) for name in weights}
        return [
            name
            for name, owner in owners.items()
            if not isinstance(owner, nn.Linear | nn.modules.conv._ConvNd) or id(owner) in inside
        ]

    def watch(self, module: nn.Module, weights: Sequence[str]) -> None:
        """Has a module represent what goes into its prunable layers, named by their weights."""
        represent = self.activation
        if represent is None:
            return
        for name in weights:
            layer = module.get_submodule(name.rpartition(".")[0])
            layer.register_forward_pre_hook(lambda _, inputs: (represent(inputs[0]), *inputs[1:]))


def plain() -> Numbers:
    """Numbers as they are."""
    return Numbers()
