"""Norm layers of an architecture: their values at the beginning, and the net without them."""

import copy

import torch
from torch import nn

from ltsweep.models.trace import Tensors

_NORMS = (nn.modules.batchnorm._NormBase, nn.LayerNorm, nn.GroupNorm, nn.RMSNorm)
_BYPASSED = (*_NORMS, nn.LocalResponseNorm)  # the last one has no values
_NEUTRAL = {"running_var": 1.0, "weight": 1.0}  # all else is zero


def has_norms(module: nn.Module) -> bool:
    """Whether some layer normalises."""
    return any(isinstance(layer, _NORMS) for layer in module.modules())


def neutral_norms(module: nn.Module, *, affine: bool) -> Tensors:
    """What norms have that have seen nothing, by name: statistics, and where asked scale and shift.

    float32 but for the counts of batches, which are int64.
    """
    found: Tensors = {}
    for path, layer in module.named_modules():
        if isinstance(layer, _NORMS):
            named = [*layer.named_buffers(), *(layer.named_parameters() if affine else ())]
            for name, tensor in named:
                value = torch.full(tensor.shape, _NEUTRAL.get(name, 0.0))
                found[f"{path}.{name}".lstrip(".")] = value.to(tensor.dtype)
    return found


def without_norms(module: nn.Module) -> nn.Module:
    """A copy, without dropout, in which norms are the identity."""
    net = copy.deepcopy(module).eval()
    for name, child in list(net.named_modules()):
        if isinstance(child, _BYPASSED):
            parent, _, attribute = name.rpartition(".")
            setattr(net.get_submodule(parent), attribute, nn.Identity())
    return net
