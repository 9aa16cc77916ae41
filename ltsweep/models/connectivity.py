"""Which kept weights still matter: those on a path of kept weights from an input to an output."""

import copy
from collections.abc import Mapping
from math import prod

import torch
from torch import nn


def live_weights(
    module: nn.Module, masks: Mapping[str, torch.Tensor], input_shape: tuple[int, ...]
) -> dict[str, torch.Tensor]:
    """Bool tensors, like `masks`: True for kept weights on a path from an input to an output.

    Layers without a mask are never pruned, so all their weights conduct. With the masks as weights,
    no biases and everything positive, a weight has a path exactly when
    mask * d(sum of outputs)/d(mask) > 0. Max pooling is replaced by average pooling so that every
    position counts, norms by the identity: their shifts are no paths. Shortcuts conduct as they
    are. Float64: path counts of deep nets overflow float32.
    """
    net = _positive_twin(module)
    weights = {name: _conducting(p.shape, masks.get(name)) for name, p in net.named_parameters()}
    image = torch.ones((1, *input_shape), dtype=torch.float64)
    output = torch.func.functional_call(net, weights, (image,))
    gradients = torch.autograd.grad(output.sum(), [weights[name] for name in masks])
    return {
        name: masks[name] & (gradient > 0) for name, gradient in zip(masks, gradients, strict=True)
    }


def dead_units(live: torch.Tensor) -> int:
    """Output units (rows, channels) of a layer that no live weight feeds."""
    return int((~live.flatten(1).any(1)).sum())


def _conducting(shape: torch.Size, mask: torch.Tensor | None) -> torch.Tensor:
    """Weights that let everything through that the mask does; a bias adds nothing."""
    if len(shape) == 1:
        return torch.zeros(shape, dtype=torch.float64)
    # normalised by fan-in, so that path weights stay in range however deep the net
    conducting = torch.full(shape, 1 / prod(shape[1:]), dtype=torch.float64)
    if mask is not None:
        conducting *= mask
    return conducting.requires_grad_()


def _positive_twin(module: nn.Module) -> nn.Module:
    """The net without what could hide a path; its parameters are never looked at."""
    net = copy.deepcopy(module)
    for name, child in list(net.named_modules()):
        replacement: nn.Module | None = None
        if isinstance(child, nn.MaxPool2d):
            replacement = nn.AvgPool2d(child.kernel_size, child.stride, child.padding)
        elif isinstance(child, nn.modules.batchnorm._NormBase):
            replacement = nn.Identity()
        if replacement is not None:
            parent, _, attribute = name.rpartition(".")
            setattr(net.get_submodule(parent), attribute, replacement)
    return net
