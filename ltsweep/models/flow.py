"""The flow of a net: what passes through it, were all its weights positive and nothing in the way.

Tanaka et al. 2020 (arXiv 2006.05467) prune by it, without data.
"""

from collections.abc import Callable

import torch
from torch import nn

from ltsweep.models.norms import without_norms
from ltsweep.models.trace import Shape, Tensors


def flow(
    module: nn.Module, state: Tensors, input_shape: Shape
) -> Callable[[Tensors], torch.Tensor]:
    """The function of weights, float64 by parameter name, to the sum R of the net's outputs.

    The image, (C, H, W), is ones. Of the state, parameters that are no weights of the function's
    enter by their absolute values. Norms let everything through and biases add nothing, so R is
    proportional to each layer of a chain. Float64, because R grows by the root of the fan-in with
    every layer. `Net.has_paths` tells for which nets this is so.
    """
    net = without_norms(module)
    parameters = {name for name, _ in net.named_parameters()}
    names = parameters | {name for name, _ in net.named_buffers()}
    constants = {
        name: _positive(tensor, adds=name in parameters and tensor.dim() == 1)
        for name, tensor in state.items()
        if name in names
    }
    image = torch.ones((1, *input_shape), dtype=torch.float64)

    def total(weights: Tensors) -> torch.Tensor:
        outputs: torch.Tensor = torch.func.functional_call(net, constants | weights, (image,))
        return outputs.sum()

    return total


def _positive(tensor: torch.Tensor, *, adds: bool) -> torch.Tensor:
    """Absolute values, float64; zeros for a bias, which would add to what passes through."""
    if not tensor.is_floating_point():
        return tensor
    return torch.zeros_like(tensor, dtype=torch.float64) if adds else tensor.double().abs()
