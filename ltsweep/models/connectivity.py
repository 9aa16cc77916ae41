"""Which kept weights still matter: those on a path of kept weights from an input to an output."""

import copy
from collections.abc import Mapping

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
    with torch.no_grad():
        for name, parameter in net.named_parameters():
            if parameter.dim() == 1:
                parameter.zero_()  # a bias
            else:
                # normalised by fan-in, so that path weights stay in range however deep the net
                parameter.fill_(1 / parameter[0].numel())
                parameter.mul_(masks.get(name, torch.tensor(True)))
    output = net(torch.ones((1, *input_shape), dtype=torch.float64))
    parameters = dict(net.named_parameters())
    gradients = torch.autograd.grad(output.sum(), [parameters[name] for name in masks])
    return {
        name: masks[name] & (gradient > 0) for name, gradient in zip(masks, gradients, strict=True)
    }


def dead_units(live: torch.Tensor) -> int:
    """Output units (rows, channels) of a layer that no live weight feeds."""
    return int((~live.flatten(1).any(1)).sum())


def _positive_twin(module: nn.Module) -> nn.Module:
    net = copy.deepcopy(module).to_empty(device="cpu").double()
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
