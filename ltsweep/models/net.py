"""An architecture made for images of one shape: the module without storage, and how to draw it."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import prod
from typing import Any

import torch
from torch import nn

from ltsweep.foundations.errors import listed
from ltsweep.foundations.memory import in_words, memory_here
from ltsweep.foundations.randomness import seeded
from ltsweep.models.connectivity import conducts
from ltsweep.models.layers import Layer, Prunable, head_of, prunable_layers
from ltsweep.models.trace import Shape, Tensors, trace

# Of each parameter a replicate has the value and what products see of it, its gradient, its mask,
# at most two moments of an optimizer, and on the host its state at the beginning and now.
COPIES_OF_A_PARAMETER = 8
# Activations wait for the backward pass, in which gradients of a like size come and go; layers keep
# more than their outputs, and allocators more than what they are asked for.
COPIES_OF_AN_ACTIVATION = 4
BYTES_OF_A_NUMBER = 4
BYTES_TO_TRACE = 12  # of each parameter: a zero in its place, and how often it multiplies


class TooLarge(ValueError):
    """A module that this machine has no memory to look at."""

    def __init__(self, asked: int) -> None:
        self.asked = asked
        super().__init__(
            f"it asks for {in_words(asked)} of memory, and this machine has "
            f"{in_words(memory_here())}"
        )

    @classmethod
    def of(cls, error: BaseException) -> "TooLarge | None":
        """What torch says where it cannot allocate a tensor; None for another error."""
        found = re.search(r"tried to allocate (\d+) bytes", str(error))
        return cls(int(found[1])) if found else None


@dataclass(frozen=True)
class Footprint:
    """What decides the memory of a training: parameters, and numbers computed for one example."""

    parameters: int
    activations: int

    def bytes(self, batch_size: int) -> int:
        """What one net takes at most while it trains, in any strategy and precision."""
        return BYTES_OF_A_NUMBER * (
            COPIES_OF_A_PARAMETER * self.parameters
            + COPIES_OF_AN_ACTIVATION * batch_size * self.activations
        )


@dataclass(frozen=True)
class Net:
    """An architecture for one input shape.

    `module` has no storage: its tensors are on the meta device. `layers` are the prunable ones in
    the order of execution, `drawn` those and a head that is apart. `head` names the parameters of
    the layer that gives a number for each class. `each_used_once` says that no weight takes part in
    two products.
    """

    build: Callable[[], nn.Module] = field(repr=False)
    module: nn.Module = field(repr=False)
    input_shape: Shape
    layers: tuple[Layer, ...]
    drawn: tuple[Layer, ...]
    head: tuple[str, ...]
    footprint: Footprint
    each_used_once: bool

    @classmethod
    def of(
        cls,
        build: Callable[[], nn.Module],
        input_shape: Shape,
        prunable: Prunable = "auto",
        *,
        is_own: bool = True,
    ) -> "Net":
        """What `build` makes for images (C, H, W). What it raises comes through.

        A user's own may need its numbers while it is built; others are built without storage.

        ValueError, in words, where the module cannot be trained here or nothing of it is prunable;
        TooLarge where that is for memory.
        """
        module = _made(build, 0) if is_own else _made_without_storage(build)
        parameters = sum(parameter.numel() for parameter in module.parameters())
        if (asked := BYTES_TO_TRACE * parameters) > memory_here():
            raise TooLarge(asked)
        traced = trace(module, input_shape)
        layers = tuple(prunable_layers(module, traced, prunable))
        if not layers:
            raise ValueError("it has no weights that could be pruned; see model.prunable")
        size = Footprint(parameters, prod(input_shape) + traced.activations)
        head, once = head_of(module, traced), traced.each_used_once
        return cls(build, module, input_shape, layers, layers, head, size, once)

    def with_head_apart(self) -> "Net":
        """The same with a head that is not prunable. ValueError, in words, where there is none."""
        layers = tuple(layer for layer in self.drawn if layer.name not in self.head)
        if not self.head:
            raise ValueError("it has no linear layer or convolution at its end to be drawn anew")
        if not layers:
            raise ValueError("nothing but its head is prunable")
        return replace(self, layers=layers)

    @property
    def prunable(self) -> int:
        """Number of prunable weights."""
        return sum(layer.total for layer in self.layers)

    @property
    def apart(self) -> tuple[Layer, ...]:
        """A head that is no part of what is prunable, if it is so."""
        return tuple(layer for layer in self.drawn if layer not in self.layers)

    @property
    def below_head(self) -> frozenset[str]:
        """Names of the prunable weights but those of the head."""
        return frozenset(layer.name for layer in self.layers) - {*self.head}

    @property
    def shapes_taken(self) -> dict[str, Shape]:
        """The shapes of all parameters and buffers that are taken to other data, by name."""
        heads = self.head if self.apart else ()
        tensors = (*self.module.named_parameters(), *self.module.named_buffers())
        return {name: tuple(tensor.shape) for name, tensor in tensors if name not in heads}

    def described(self) -> str:
        """Which weights are prunable, one a line, and which parameters and buffers are not."""
        prunable = {layer.name for layer in self.layers}
        rest = [(n, tensor) for n, tensor in self.module.named_parameters() if n not in prunable]
        lines = [f"{self.prunable} of {self.footprint.parameters} parameters are prunable:"]
        lines += [f"  {layer.name} ({_size(layer.shape)})" for layer in self.layers]
        for what, tensors in (("not", rest), ("buffers", [*self.module.named_buffers()])):
            if tensors:
                lines.append(f"  {what}: {listed(f'{n} ({_size(t.shape)})' for n, t in tensors)}")
        return "\n".join(lines)

    def rebuilt(self, seed: int) -> nn.Module:
        """The module made anew, without storage."""
        return _made(self.build, seed)

    @cached_property
    def has_paths(self) -> bool:
        """Whether it can be told which weights lie on paths from an input to an output."""
        masks = {layer.name: torch.ones(layer.shape, dtype=torch.bool) for layer in self.layers}
        values = self.own_values(0, "structure") if list(self.module.buffers()) else {}
        return conducts(self.module, masks, self.input_shape, values)

    def own_values(self, seed: int, purpose: str) -> Tensors:
        """All parameters and buffers by name, as the module itself makes them for this seed."""
        with seeded(seed, purpose, "module"):
            module = self.build()
        return {
            name: tensor.detach().clone()
            for name, tensor in (*module.named_parameters(), *module.named_buffers())
        }


def _size(shape: Sequence[int]) -> str:
    return "x".join(map(str, shape)) or "1"


def _made(build: Callable[[], nn.Module], seed: int) -> nn.Module:
    with seeded(seed, "structure"):
        module = build()
    if not isinstance(module, nn.Module):
        raise ValueError(f"it must make a torch.nn.Module, but made {module!r}")
    _refuse_other_numbers(module)
    return _without_storage(module)


def _made_without_storage(build: Callable[[], nn.Module]) -> nn.Module:
    with torch.device("meta"):
        return build()


def _refuse_other_numbers(module: nn.Module) -> None:
    """ValueError where parameters are no float32 numbers, or have no size yet."""
    for name, parameter in module.named_parameters():
        if isinstance(parameter, nn.parameter.UninitializedParameter):
            raise ValueError(f"{name} has no size before the first batch: give its layer all sizes")
    kinds = {str(p.dtype).removeprefix("torch.") for p in module.parameters()} - {"float32"}
    if kinds:
        raise ValueError(f"its parameters are {listed(sorted(kinds))}; they must be float32")


def _without_storage(module: nn.Module) -> nn.Module:
    """The module itself, its tensors on the meta device; one under two names stays one."""
    made: dict[int, torch.Tensor] = {}

    def meta(tensor: Any) -> Any:
        if id(tensor) not in made:
            empty = tensor.detach().to("meta")
            if isinstance(tensor, nn.Parameter):
                empty = nn.Parameter(empty, requires_grad=tensor.requires_grad)
            made[id(tensor)] = empty
        return made[id(tensor)]

    kept = list(module.parameters()), list(module.buffers())  # so that no id is used again
    for part in module.modules():
        for tensors in (part._parameters, part._buffers):
            for name, tensor in tensors.items():
                if tensor is not None:
                    tensors[name] = meta(tensor)
    del kept
    return module
