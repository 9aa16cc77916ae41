"""Which kept weights still matter: those on a path of kept weights from an input to an output."""

from collections.abc import Callable, Mapping
from math import prod
from typing import Any

import torch
from torch import nn

from ltsweep.models.norms import without_norms

Tensors = Mapping[str, torch.Tensor]


def live_weights(
    module: nn.Module, masks: Tensors, input_shape: tuple[int, ...], buffers: Tensors | None = None
) -> dict[str, torch.Tensor]:
    """Bool tensors, like `masks`: True for kept weights on a path from an input to an output.

    Layers without a mask are never pruned, so all their weights conduct. With the masks as weights,
    no biases and everything positive, a weight has a path exactly when
    mask * d(sum of outputs)/d(mask) > 0. Max pooling is replaced by average pooling so that every
    position counts, norms by the identity: their shifts are no paths. Shortcuts conduct as they
    are, and values that a net adds by itself, such as positions, count as inputs. Float64: path
    counts of deep nets overflow float32. `conducts` tells for which nets this holds.
    """
    gradients = _gradients(module, masks, input_shape, buffers or {})
    return {name: mask & (gradients[name] > 0) for name, mask in masks.items()}


def conducts(
    module: nn.Module, masks: Tensors, input_shape: tuple[int, ...], buffers: Tensors
) -> bool:
    """Whether `live_weights` can tell paths of such a net; `masks` keep everything.

    Positive numbers have to stay positive on their way. Attention compares its inputs and a gated
    unit chooses between two, so more of one number can mean less of another.
    """
    try:
        gradients = _gradients(module, masks, input_shape, buffers)
    except Exception:  # of a user's own code, which may not compute in float64
        return False
    found = list(gradients.values())
    return all(bool((g >= 0).all() and (g > 0).any()) for g in found)


def _gradients(
    module: nn.Module, masks: Tensors, input_shape: tuple[int, ...], buffers: Tensors
) -> dict[str, torch.Tensor]:
    """Of the sum of outputs by the conducting weights of layers with masks."""
    net = _positive_twin(module)
    names = {name for name, _ in net.named_buffers()}
    constants = {
        name: b.double().abs() if b.is_floating_point() else b
        for name, b in buffers.items()
        if name in names
    }
    weights = {name: _conducting(p.shape, masks.get(name)) for name, p in net.named_parameters()}
    image = torch.ones((1, *input_shape), dtype=torch.float64)
    output = torch.func.functional_call(net, weights | constants, (image,))
    gradients = torch.autograd.grad(
        output.sum(), [weights[name] for name in masks], materialize_grads=True
    )
    return dict(zip(masks, gradients, strict=True))


def dead_units(live_by_unit: torch.Tensor) -> int:
    """Output units (rows, see `Layer.by_unit`) of a layer that no live weight feeds."""
    return int((~live_by_unit.any(1)).sum())


def _conducting(shape: torch.Size, mask: torch.Tensor | None) -> torch.Tensor:
    """Weights that let everything through that the mask does; a bias adds nothing."""
    if len(shape) == 1:
        return torch.zeros(shape, dtype=torch.float64)
    # normalised by fan-in, so that path weights stay in range however deep the net
    conducting = torch.full(shape, 1 / prod(shape[1:]), dtype=torch.float64)
    if mask is not None:
        conducting *= mask
    return conducting.requires_grad_()


def _average(kind: type[nn.Module]) -> Callable[[Any], nn.Module]:
    return lambda pool: kind(pool.kernel_size, pool.stride, pool.padding, pool.ceil_mode)


_IN_PLACE_OF: Mapping[type[nn.Module], Callable[[Any], nn.Module]] = {
    nn.MaxPool1d: _average(nn.AvgPool1d),
    nn.MaxPool2d: _average(nn.AvgPool2d),
    nn.MaxPool3d: _average(nn.AvgPool3d),
    nn.AdaptiveMaxPool1d: lambda pool: nn.AdaptiveAvgPool1d(pool.output_size),
    nn.AdaptiveMaxPool2d: lambda pool: nn.AdaptiveAvgPool2d(pool.output_size),
    nn.AdaptiveMaxPool3d: lambda pool: nn.AdaptiveAvgPool3d(pool.output_size),
}


def _positive_twin(module: nn.Module) -> nn.Module:
    """The net without what could hide a path; its parameters are never looked at."""
    net = without_norms(module)
    for name, child in list(net.named_modules()):
        for kind, replacement in _IN_PLACE_OF.items():
            if isinstance(child, kind):
                parent, _, attribute = name.rpartition(".")
                setattr(net.get_submodule(parent), attribute, replacement(child))
    return net
