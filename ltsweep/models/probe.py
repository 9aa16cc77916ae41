"""Tries a model of a user's own out, before any job starts: what it must do, and must not."""

import copy
import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import nn

from ltsweep.foundations.contracts import shown
from ltsweep.foundations.errors import listed
from ltsweep.foundations.randomness import torch_seeded
from ltsweep.models.net import Net
from ltsweep.models.trace import Tensors, draws

_CPU = torch.device("cpu")


def faults(net: Net, images: torch.Tensor, classes: int) -> Iterator[str]:
    """Sentences about a net that would be trained wrongly; `images` are two of the dataset's.

    What the net itself raises comes through.
    """
    state = net.own_values(0, "probe")
    if told := _wrong_outputs(_outputs(net.module, state, images), len(images), classes):
        yield told
        return
    again = net.own_values(0, "probe")
    if differing := [name for name in state if not _equal(state[name], again[name])]:
        yield (
            f"{listed(differing)} would differ in each run: initial values must be drawn from "
            "torch's, NumPy's or Python's global generator, which the seed decides"
        )
    if not _equal(*(_outputs(net.rebuilt(seed), state, images) for seed in (1, 2))):
        yield (
            "it keeps random values that are neither parameters nor buffers, so no replicate has "
            "its own and no run finds them again: use register_buffer"
        )
    yield from _faults_in_training(net, state, images)


def is_plain(net: Net) -> bool:
    """Whether nothing of a net is new since nets were begun with constants (`TrainSpec.net`).

    Those have linear layers, convolutions and batch norms that begin neutrally, each used once.
    """
    values = net.own_values(0, "probe")
    for path, layer in net.module.named_modules():
        own = {f"{path}.{n}".lstrip("."): n for n, _ in layer.named_parameters(recurse=False)}
        if not own and not list(layer.buffers(recurse=False)):
            continue
        if type(layer) not in (nn.Linear, nn.Conv2d, nn.BatchNorm1d, nn.BatchNorm2d):
            return False
        if isinstance(layer, nn.Conv2d) and layer.groups > 1:
            return False
        is_norm = isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d)
        if is_norm and any((values[name] != (n == "weight")).any() for name, n in own.items()):
            return False
    trained = all(parameter.requires_grad for parameter in net.module.parameters())
    return trained and net.each_used_once and not draws(net.module, net.input_shape)


def _outputs(module: nn.Module, state: Tensors, images: torch.Tensor) -> Any:
    with torch.no_grad(), torch_seeded(_CPU, 0, "probe"):
        return torch.func.functional_call(copy.deepcopy(module).eval(), dict(state), (images,))


def _wrong_outputs(outputs: Any, examples: int, classes: int) -> str | None:
    wanted = f"it must return a float tensor of shape (images, {classes}), a number for each class"
    if not isinstance(outputs, torch.Tensor):
        return f"{wanted}, but returned {shown(outputs)}"
    if tuple(outputs.shape) != (examples, classes) or not outputs.is_floating_point():
        return f"{wanted}, but for {examples} images returned {shown(outputs)}"
    return None


def _faults_in_training(net: Net, state: Tensors, images: torch.Tensor) -> Iterator[str]:
    """Two steps of the same net from the same state, with torch's generator seeded alike."""
    numbers: list[dict[str, Any]] = []
    passes: list[Tensors] = []
    elsewhere = _generators_elsewhere()
    module = copy.deepcopy(net.module).train()
    for _ in range(2):
        tensors = {name: tensor.clone() for name, tensor in state.items()}
        with torch.no_grad(), torch_seeded(_CPU, 0, "probe"):
            outputs = torch.func.functional_call(module, tensors, (images,))
        passes.append({**tensors, "its outputs": outputs})
        numbers.append(_numbers(module))
    if elsewhere != _generators_elsewhere():
        yield "in training it draws from NumPy's or Python's generator; it must draw from torch's"
        return
    changed = [name for name, value in numbers[0].items() if numbers[1][name] != value]
    if changed:
        yield (
            f"its attribute {listed(changed)} changes in training, which replicates would share "
            "and an interruption would lose: use register_buffer"
        )
    elif any(not _equal(passes[0][name], passes[1][name]) for name in passes[0]):
        yield (
            "two forward passes in training differ although torch's generator was seeded alike: "
            "its random numbers must come from torch's global generator"
        )


def _generators_elsewhere() -> tuple[Any, ...]:
    """Where Python's and NumPy's global generators stand."""
    return random.getstate(), repr(np.random.get_state())


def _numbers(module: nn.Module) -> dict[str, Any]:
    """Numbers that modules keep in attributes of their own, by dotted name."""
    return {
        f"{path}.{name}".lstrip("."): value
        for path, part in module.named_modules()
        for name, value in vars(part).items()
        if isinstance(value, int | float | str)
    }


def _equal(one: torch.Tensor, other: torch.Tensor) -> bool:
    return one.shape == other.shape and torch.equal(one.nan_to_num(), other.nan_to_num())
