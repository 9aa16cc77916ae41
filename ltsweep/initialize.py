"""Weight distributions by fan-in and fan-out, and the whole initial state of a net."""

from dataclasses import dataclass
from math import sqrt
from typing import Literal

import torch
from torch import nn

from ltsweep.models.facts import Layer
from ltsweep.randomness import generator
from ltsweep.spec import InitSpec

Tensors = dict[str, torch.Tensor]


@dataclass(frozen=True)
class Normal:
    """A centred normal distribution with its analytic standard deviation."""

    std: float

    def draw(self, shape: tuple[int, ...], scale: float, random: torch.Generator) -> torch.Tensor:
        """A float32 tensor of independent values of standard deviation std * scale."""
        return torch.randn(shape, generator=random) * (self.std * scale)


def kaiming_normal(
    fan_in: int, fan_out: int, *, nonlinearity: Literal["relu", "linear"] = "relu"
) -> Normal:
    """Std = gain / sqrt(fan_in), gain sqrt(2) before a ReLU (He et al. 2015, arXiv 1502.01852)."""
    return Normal(nn.init.calculate_gain(nonlinearity) / sqrt(fan_in))


def xavier_normal(
    fan_in: int, fan_out: int, *, nonlinearity: Literal["relu", "linear"] = "linear"
) -> Normal:
    """Std = gain * sqrt(2 / (fan_in + fan_out)) (Glorot & Bengio 2010)."""
    return Normal(nn.init.calculate_gain(nonlinearity) * sqrt(2 / (fan_in + fan_out)))


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
