"""The whole initial state of a net, and the analytic spread of its layers."""

import torch
from torch import nn

from ltsweep.foundations.randomness import generator
from ltsweep.models.layers import Layer
from ltsweep.spec import InitSpec

Tensors = dict[str, torch.Tensor]


def layer_std(init: InitSpec, layer: Layer) -> float:
    """Analytic standard deviation of a layer's fresh weights, the scale included."""
    std: float = init.distribution(layer.fan_in, layer.fan_out).std
    return std * init.scale


def initial_state(
    module: nn.Module, layers: list[Layer], init: InitSpec, seed: int, purpose: str
) -> Tensors:
    """Parameters and buffers by name: drawn weights, zero biases, neutral norms.

    Every layer has a generator of its own, so a layer's draw does not depend on the others.
    `module` may be on the meta device; `purpose` tells the ticket's draw from the controls'.
    """
    by_name = {layer.name: layer for layer in layers}
    state: Tensors = {}
    for name, parameter in module.named_parameters():
        if name in by_name:
            layer = by_name[name]
            distribution = init.distribution(layer.fan_in, layer.fan_out)
            state[name] = distribution.draw(layer.shape, init.scale, generator(seed, purpose, name))
        else:  # a norm's scale is one, every shift and bias zero
            neutral = torch.ones if name.endswith("weight") else torch.zeros
            state[name] = neutral(parameter.shape)
    for name, buffer in module.named_buffers():
        neutral = torch.ones if name.endswith("running_var") else torch.zeros
        state[name] = neutral(buffer.shape, dtype=buffer.dtype)
    return state
