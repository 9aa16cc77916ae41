"""What a plan must know of an architecture before any weight exists: prunable layers and costs."""

import copy
from dataclasses import dataclass
from math import prod
from typing import NamedTuple

import torch
from torch import nn

from ltsweep.foundations.components import Call

Shape = tuple[int, ...]

# Of each parameter a replicate has the value and what products see of it, its gradient, its mask,
# at most two moments of an optimizer, and on the host its state at the beginning and now.
COPIES_OF_A_PARAMETER = 8
# Activations wait for the backward pass, in which gradients of a like size come and go; layers keep
# more than their outputs, and allocators more than what they are asked for.
COPIES_OF_AN_ACTIVATION = 4
BYTES_OF_A_NUMBER = 4


@dataclass(frozen=True)
class Layer:
    """A prunable weight tensor: its parameter name, shape, and uses per forward pass.

    `positions` is how often each weight multiplies in one forward pass of one example: 1 for a
    linear layer, the number of output pixels for a convolution. The net's output comes out of the
    layer that `is_output`.
    """

    name: str
    shape: Shape
    positions: int
    is_output: bool = False

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


@dataclass(frozen=True)
class Footprint:
    """What decides the memory of a training: parameters, and numbers computed for one example."""

    parameters: int
    activations: int

    def bytes(self, batch_size: int) -> int:
        """What one net takes at most while it trains, in any strategy and precision."""
        return BYTES_OF_A_NUMBER * (
            COPIES_OF_A_PARAMETER * self.parameters
            + COPIES_OF_AN_ACTIVATION * batch_size * self.activations
        )


def build_meta(model: Call, input_shape: Shape, classes: int) -> nn.Module:
    """The module without storage. ValueError, in words, where the input does not suit the model."""
    with torch.device("meta"):
        module: nn.Module = model(input_shape, classes)
    return module


def prunable_names(module: nn.Module) -> list[str]:
    """Parameter names of the prunable weights, in the order in which the layers are declared."""
    return [f"{name}.weight" for name, layer in module.named_modules() if _is_prunable(layer)]


def prunable_layers(module: nn.Module, input_shape: Shape) -> list[Layer]:
    """Weights of linear and convolutional layers in the order of execution.

    The output layer is the one whose output the net returns, or else the last. Biases and norm
    parameters are never prunable. RuntimeError, by torch, where the layers do not fit together.
    """
    run = _run(module, input_shape)
    prunable = [
        (f"{name}.weight", layer, output)
        for name, layer, output in run.outputs
        if _is_prunable(layer)
    ]
    ends = [name for name, _, output in prunable if output is run.returned]
    last = [name for name, _, _ in prunable][-1:]
    return [
        Layer(
            name,
            tuple(layer.get_parameter("weight").shape),
            prod(output.shape[2:]),
            is_output=name in (ends or last),
        )
        for name, layer, output in prunable
    ]


def footprint(module: nn.Module, input_shape: Shape) -> Footprint:
    """How large a net is. RuntimeError, by torch, where the layers do not fit together."""
    outputs = _run(module, input_shape).outputs
    return Footprint(
        parameters=sum(parameter.numel() for parameter in module.parameters()),
        activations=prod(input_shape) + sum(output.numel() for _, _, output in outputs),
    )


def _is_prunable(layer: nn.Module) -> bool:
    return isinstance(layer, nn.Linear | nn.Conv2d)


class _Run(NamedTuple):
    """A forward pass of one example: outputs of the innermost layers by name, and of the net."""

    outputs: list[tuple[str, nn.Module, torch.Tensor]]
    returned: object


def _run(module: nn.Module, input_shape: Shape) -> _Run:
    # a forward pass of zeros, for the shapes: on the meta device torch would load its compiler
    watched = copy.deepcopy(module).eval()
    names = {layer: name for name, layer in watched.named_modules()}
    found: list[tuple[str, nn.Module, torch.Tensor]] = []

    def note(layer: nn.Module, _: object, output: torch.Tensor) -> None:
        found.append((names[layer], layer, output))

    for layer in watched.modules():
        if not list(layer.children()):
            layer.register_forward_hook(note)
    tensors = {**dict(module.named_parameters()), **dict(module.named_buffers())}
    zeros = {name: torch.zeros(t.shape, dtype=t.dtype) for name, t in tensors.items()}
    with torch.no_grad():
        images = torch.zeros((1, *input_shape))
        returned: object = torch.func.functional_call(watched, zeros, (images,))
    return _Run(found, returned)
