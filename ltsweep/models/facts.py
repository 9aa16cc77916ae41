"""What a plan must know of an architecture before any weight exists: prunable layers and costs."""

import copy
from dataclasses import dataclass
from math import prod

import torch
from torch import nn

from ltsweep.components import Call

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Layer:
    """A prunable weight tensor: its parameter name, shape, and uses per forward pass.

    `positions` is how often each weight multiplies in one forward pass of one example: 1 for a
    linear layer, the number of output pixels for a convolution.
    """

    name: str
    shape: Shape
    positions: int

    @property
    def total(self) -> int:
        """Number of weights."""
        return prod(self.shape)

    @property
    def fan_in(self) -> int:
        """Inputs of one output unit."""
        return prod(self.shape[1:])

    @property
    def fan_out(self) -> int:
        """Outputs that one input unit reaches: channels times the kernel's area."""
        return self.shape[0] * prod(self.shape[2:])


def build_meta(model: Call, input_shape: Shape, classes: int) -> nn.Module:
    """The module without storage. ValueError, in words, where the input does not suit the model."""
    with torch.device("meta"):
        module: nn.Module = model(input_shape, classes)
    return module


def prunable_layers(module: nn.Module, input_shape: Shape) -> list[Layer]:
    """Weights of linear and convolutional layers in the order of execution, the output layer last.

    Biases and norm parameters are never prunable. RuntimeError, by torch, where the layers do not
    fit together.
    """
    # a forward pass of garbage, for the shapes: on the meta device torch would load its compiler
    real = copy.deepcopy(module).to_empty(device="cpu").eval()
    names = {layer: name for name, layer in real.named_modules()}
    found: list[Layer] = []

    def note(layer: nn.Module, _: object, output: torch.Tensor) -> None:
        weight = layer.get_parameter("weight")
        positions = prod(output.shape[2:])
        found.append(Layer(f"{names[layer]}.weight", tuple(weight.shape), positions))

    for layer in real.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d):
            layer.register_forward_hook(note)
    with torch.no_grad():
        real(torch.zeros((1, *input_shape)))
    return found
