"""The prunable layers of an architecture: which weights they are, their fans, costs and biases."""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import singledispatch
from math import prod
from typing import Literal, NamedTuple

import torch
from torch import nn

from ltsweep.foundations.errors import listed
from ltsweep.models.trace import Shape, Trace

Prunable = Literal["auto"] | tuple[str, ...]


@dataclass(frozen=True)
class Layer:
    """A prunable weight tensor: its parameter name, shape, and uses per forward pass.

    `positions` is how often each weight multiplies in one forward pass of one example: 1 for a
    linear layer, the number of output pixels for a convolution. Rows that differ have a number
    each; None where it can't be told. The net's output comes out of the layer that `is_output`.
    `fans` are given where they do not follow from the shape, `bias` where one is drawn beside the
    weights, `groups` where the weights lie as those of a transposed convolution do, inputs first.
    """

    name: str
    shape: Shape
    positions: int | tuple[int, ...] | None
    is_output: bool = False
    bias: str | None = None
    fans: tuple[int, int] | None = None
    groups: int | None = None

    @property
    def total(self) -> int:
        """Number of weights."""
        return prod(self.shape)

    @property
    def fan_in(self) -> int:
        """Inputs of one output unit."""
        return self.fans[0] if self.fans else prod(self.shape[1:])

    @property
    def fan_out(self) -> int:
        """Outputs that one input unit reaches: channels times the kernel's area."""
        return self.fans[1] if self.fans else self.shape[0] * prod(self.shape[2:])

    def multiply_adds(self, kept: torch.Tensor) -> int | None:
        """Of one forward pass of one example with this mask; None where it can't be told."""
        if isinstance(self.positions, tuple):
            return int(kept.flatten(1).long().sum(1) @ torch.tensor(self.positions))
        return None if self.positions is None else int(kept.sum()) * self.positions

    @property
    def dense_multiply_adds(self) -> int | None:
        """The same with all weights."""
        if isinstance(self.positions, tuple):
            return sum(self.positions) * self.total // self.shape[0]
        return None if self.positions is None else self.total * self.positions

    def by_unit(self, values: torch.Tensor) -> torch.Tensor:
        """Values of the weights, in rows of those that lead into one output unit."""
        if self.groups is None:
            return values.flatten(1)
        inputs, outputs = self.shape[0] // self.groups, self.shape[1]
        grouped = values.reshape(self.groups, inputs, outputs, -1)
        return grouped.transpose(1, 2).flatten(0, 1).flatten(1)


class Weights(NamedTuple):
    """Weights that a module holds, by the attribute: see `Layer` for the rest."""

    attribute: str
    bias: str | None = None
    fans: tuple[int, int] | None = None
    groups: int | None = None


@singledispatch
def prunable_weights(module: nn.Module) -> list[Weights]:
    """What of a module is prunable if nothing else is said; none of most modules."""
    return []


@prunable_weights.register
def _of_linear(layer: nn.Linear) -> list[Weights]:
    return [Weights("weight", bias="bias")]


@prunable_weights.register
def _of_convolution(layer: nn.modules.conv._ConvNd) -> list[Weights]:
    area, groups = prod(layer.kernel_size), layer.groups
    fans = layer.in_channels // groups * area, layer.out_channels // groups * area
    transposed = isinstance(layer, nn.modules.conv._ConvTransposeNd)
    differ = transposed or groups > 1
    return [Weights("weight", "bias", fans if differ else None, groups if transposed else None)]


@prunable_weights.register
def _of_attention(layer: nn.MultiheadAttention) -> list[Weights]:
    """Its projections; their biases, which torch starts at zero, are the module's own affair."""
    width = layer.embed_dim
    if layer._qkv_same_embed_dim:
        inner = [Weights("in_proj_weight", fans=(width, width))]
    else:
        inner = [Weights(f"{part}_proj_weight") for part in "qkv"]
    return [*inner, Weights("out_proj.weight")]


def prunable_layers(module: nn.Module, traced: Trace, prunable: Prunable = "auto") -> list[Layer]:
    """The prunable weights in the order of execution, each once however often it is used.

    `auto` stands for the weights of linear layers, convolutions and attention's projections; else
    patterns of parameter names say which of those with two dimensions or more. Weights that do not
    train, or that the forward pass never touches, are none. The output layer is the one whose
    output the net returns, or else the last. ValueError, in words, where something is wrong.
    """
    held = _held(module)
    if prunable == "auto":
        _refuse_computed(module)
    else:
        chosen = _chosen(module, prunable)
        held = {name: held.get(name) or _recurrent(module, name) for name in chosen}
        if missing := [name for name in held if name not in traced.order]:
            raise ValueError(f"model.prunable names {listed(missing)}, which the net never uses")
    trained = {name: p for name, p in module.named_parameters() if p.requires_grad}
    names = [name for name in traced.order if name in held and name in trained]
    end = traced.last if traced.last in names else (names[-1] if names else None)
    return [
        Layer(
            name,
            tuple(trained[name].shape),
            _positions(traced, name),
            is_output=name == end,
            bias=held[name].bias,
            fans=held[name].fans,
            groups=held[name].groups,
        )
        for name in names
    ]


def head_of(module: nn.Module, traced: Trace) -> tuple[str, ...]:
    """Names of the weight and the bias of the layer whose output the net returns, or of the last.

    None of a net that has neither linear layers nor convolutions.
    """
    held = _held(module)
    names = [name for name in traced.order if name in held]
    if not names:
        return ()
    weight = traced.last if traced.last in held else names[-1]
    bias = held[weight].bias
    return (weight,) if bias is None else (weight, bias)


def prunable_names(module: nn.Module, prunable: Prunable = "auto") -> list[str]:
    """Names of the prunable weights, in the order in which they are declared, used or not."""
    return list(_held(module)) if prunable == "auto" else _chosen(module, prunable)


def _held(module: nn.Module) -> dict[str, Weights]:
    """Prunable weights by the name of their parameter; the biases of `Weights` by theirs."""
    names = {id(p): name for name, p in module.named_parameters()}
    found: dict[str, Weights] = {}
    for layer in module.modules():
        for weights in prunable_weights(layer):
            owner, _, attribute = weights.attribute.rpartition(".")
            holder = layer.get_submodule(owner)
            weight = holder._parameters.get(attribute)
            if weight is None:
                continue
            bias = holder._parameters.get(weights.bias or "")
            found.setdefault(
                names[id(weight)],
                weights._replace(bias=None if bias is None else names[id(bias)]),
            )
    return found


def _refuse_computed(module: nn.Module) -> None:
    """ValueError for a layer whose weight is no parameter, as under weight or spectral norm."""
    for path, layer in module.named_modules():
        held = [weights.attribute for weights in prunable_weights(layer)]
        if "weight" in held and layer._parameters.get("weight") is None:
            raise ValueError(
                f"the weight of {path or 'the net'} is computed from other parameters, so none of "
                "it can be pruned; name what can by model.prunable=[patterns of names]"
            )


def _chosen(module: nn.Module, patterns: Sequence[str]) -> list[str]:
    """Names that match some pattern. ValueError for a pattern that matches nothing."""
    possible = [n for n, p in module.named_parameters() if p.dim() > 1 and p.requires_grad]
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in possible):
            raise ValueError(
                f"model.prunable: {pattern} matches no weight of two or more dimensions that is "
                f"trained; there is {listed(possible)}"
            )
    return [name for name in possible if any(fnmatchcase(name, p) for p in patterns)]


def _recurrent(module: nn.Module, name: str) -> Weights:
    """Weights of another sort: those of recurrent layers have all gates in one tensor."""
    path, _, attribute = name.rpartition(".")
    layer = module.get_submodule(path)
    if isinstance(layer, nn.RNNBase):
        fan_in = layer._parameters[attribute].shape[1]  # type: ignore[union-attr]
        return Weights(attribute, fans=(fan_in, layer.proj_size or layer.hidden_size))
    return Weights(attribute)


def _positions(traced: Trace, name: str) -> int | tuple[int, ...] | None:
    """How often each weight multiplies: one number, or one a row."""
    times = traced.times.get(name)
    if times is None:
        return None
    rows = times.flatten(1)
    if not (rows == rows[:, :1]).all():
        return None
    numbers = rows[:, 0].tolist()
    return numbers[0] if len(set(numbers)) == 1 else tuple(numbers)
