"""A module that holds one replicate's own tensors, so that no step has to exchange them first."""

import copy
from collections.abc import Callable, Mapping

import torch
from torch import nn

from ltsweep.models.layers import prunable_names
from ltsweep.train.recipe import Recipe
from ltsweep.train.replicate import Tensors


def bound_forward(
    module: nn.Module,
    parameters: Mapping[str, nn.Parameter],
    buffers: Tensors,
    device: torch.device,
    recipe: Recipe,
) -> Callable[[torch.Tensor], torch.Tensor]:
    """A function images -> fp32 logits of these tensors; buffers are updated in place.

    It computes what `forward_function` does. That one exchanges a module's tensors at each call,
    which takes a few percent of a small net's step. Numbers must leave weights as they are.
    """
    own = copy.deepcopy(module)
    recipe.numbers().watch(own, prunable_names(own, recipe.prunable))
    _hold(own, parameters, buffers)
    held = [
        (part, name, buffer)
        for part in own.modules()
        for name, buffer in part._buffers.items()
        if buffer is not None
    ]

    def forward(x: torch.Tensor) -> torch.Tensor:
        with torch.autocast(device.type, torch.bfloat16, enabled=recipe.precision == "bf16"):
            logits: torch.Tensor = own(x)
        for part, name, buffer in held:
            found = part._buffers[name]
            if found is not buffer:  # the module has put another tensor in its place
                assert found is not None
                buffer.copy_(found.detach())
                part._buffers[name] = buffer
        return logits.float()

    return forward


def _hold(module: nn.Module, parameters: Mapping[str, nn.Parameter], buffers: Tensors) -> None:
    """Puts tensors in the places of those with their names; one under two names stays one."""
    own_parameters = {id(p): parameters[name] for name, p in module.named_parameters()}
    own_buffers = {id(b): buffers[name] for name, b in module.named_buffers()}
    for part in module.modules():
        for name, parameter in part._parameters.items():
            if parameter is not None:
                part._parameters[name] = own_parameters[id(parameter)]
        for name, buffer in part._buffers.items():
            if buffer is not None:
                part._buffers[name] = own_buffers[id(buffer)]
