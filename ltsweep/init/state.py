"""The whole initial state of a net, and the analytic spread of its layers."""

from collections.abc import Callable, Mapping
from math import sqrt
from typing import Any

import torch

from ltsweep.foundations.randomness import generator
from ltsweep.init.distributions import Uniform
from ltsweep.models.layers import Layer
from ltsweep.models.net import Net
from ltsweep.part_spec import InitSpec

Tensors = dict[str, torch.Tensor]


def layer_std(init: InitSpec, layer: Layer) -> float:
    """Analytic standard deviation of a layer's fresh weights, the scale included."""
    std = _distribution(init, layer, (layer.fan_in, layer.fan_out)).std
    own: float = std(layer.shape) if callable(std) else std
    return own * init.scale


def drawn_weights(
    layer: Layer, init: InitSpec, seed: int, purpose: str, density: float | None = None
) -> torch.Tensor:
    """A layer's fresh weights, a float32 tensor.

    With a density they are drawn by the fans that a mask leaves on average: kept weights over
    outputs, and over inputs.
    """
    fans: tuple[float, float] = (layer.fan_in, layer.fan_out)
    if density is not None:
        fans = (fans[0] * density, fans[1] * density)
    random = generator(seed, purpose, layer.name)
    distribution = _distribution(init, layer, fans)
    drawn: torch.Tensor = distribution.draw(layer.shape, init.scale, random)
    return drawn


def initial_state(net: Net, init: InitSpec, seed: int, purpose: str) -> Tensors:
    """Parameters and buffers by name: prunable weights, a head and their biases as `init` says.

    Everything else is as the module itself makes it, under a generator of this seed and purpose.
    Every layer has a generator of its own, so a layer's draw does not depend on the others.
    `purpose` tells the ticket's draw from the controls'.
    """
    drawn: Tensors = {}
    for layer in net.drawn:
        drawn[layer.name] = drawn_weights(layer, init, seed, purpose)
        if layer.bias is not None:
            shape = net.module.get_parameter(layer.bias).shape
            random = generator(seed, purpose, layer.bias)
            drawn[layer.bias] = _BIASES[init.bias](shape, layer.fan_in, random)
    names = [name for name, _ in (*net.module.named_parameters(), *net.module.named_buffers())]
    others = {} if drawn.keys() == set(names) else net.own_values(seed, purpose)
    return {name: drawn[name] if name in drawn else others[name] for name in names}


def _distribution(init: InitSpec, layer: Layer, fans: tuple[float, float]) -> Any:
    """What a layer's weights are drawn from: `std`, and `draw(shape, scale, random)`."""
    if layer.is_output and init.output == "torch":
        return Uniform(1 / sqrt(3 * fans[0]))  # within 1 over the root of fan-in
    return init.distribution(*fans)


def _zeros(shape: torch.Size, fan_in: int, random: torch.Generator) -> torch.Tensor:
    return torch.zeros(shape)


def _as_in_torch(shape: torch.Size, fan_in: float, random: torch.Generator) -> torch.Tensor:
    """Uniform between -1 and 1 over the root of fan-in, as torch starts a layer's biases."""
    return (torch.rand(shape, generator=random) * 2 - 1) / sqrt(fan_in)


_BIASES: Mapping[str, Callable[[torch.Size, int, torch.Generator], torch.Tensor]] = {
    "zero": _zeros,
    "torch": _as_in_torch,
}
