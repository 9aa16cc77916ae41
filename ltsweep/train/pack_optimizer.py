"""The optimizers of a pack: one fused call for all replicates that step at one rate."""

import inspect
from collections.abc import Hashable, Mapping, Sequence

import torch

from ltsweep.train.replicate import Replicate, Tensors

Parameters = Mapping[str, torch.nn.Parameter]


class PackOptimizer:
    """Updates replicates in place from gradients that the strategy has already put in `.grad`.

    Every tensor is one replicate's own and an optimizer treats each tensor by itself, so an update
    never mixes replicates and a replicate's numbers do not depend on its pack. A parameter without
    a gradient is left alone.
    """

    def __init__(self, pack: Sequence[Replicate], parameters: Sequence[Parameters]) -> None:
        self._parameters = parameters
        self._calls: list[tuple[int, float, torch.optim.Optimizer]] = []  # first member, its rate
        self._of: dict[int, torch.optim.Optimizer] = {}
        _make_plain()
        members: dict[Hashable, list[int]] = {}
        for k, replicate in enumerate(pack):
            members.setdefault(_pace(replicate), []).append(k)
        for together in members.values():
            tensors = [tensor for k in together for tensor in parameters[k].values()]
            optimizer = pack[together[0]].optimizer(tensors)
            self._calls.append((together[0], optimizer.param_groups[0]["lr"], optimizer))
            if tensors[0].is_cuda:
                _make_recordable(optimizer, tensors[0].device)
            self._of |= dict.fromkeys(together, optimizer)
        for k, replicate in enumerate(pack):
            if replicate.optimizer_state is not None:
                _restore(self._of[k], parameters[k], replicate.optimizer_state)

    def set_rates(self, factors: Sequence[float]) -> None:
        """Each of the first len(factors) replicates will step at its factor times its rate."""
        for first, rate, optimizer in self._calls:
            if first < len(factors):
                group = optimizer.param_groups[0]
                if isinstance(group["lr"], torch.Tensor):
                    group["lr"].fill_(rate * factors[first])
                else:
                    group["lr"] = rate * factors[first]

    def step(self, active: int) -> None:
        """One update of the first `active` replicates."""
        with torch.no_grad():
            for first, _, optimizer in self._calls:
                if first < active:
                    inspect.unwrap(type(optimizer).step)(optimizer)

    def set_mask(self, replicate: int, masks: Tensors) -> None:
        """Zeroes what the optimizer remembers of pruned weights; `masks` are on the device."""
        optimizer = self._of[replicate]
        for name, mask in masks.items():
            parameter = self._parameters[replicate][name]
            for value in optimizer.state.get(parameter, {}).values():
                if isinstance(value, torch.Tensor) and value.shape == mask.shape:
                    value *= mask

    def state(self, replicate: int) -> Tensors:
        """A copy on the CPU of all state tensors of a replicate."""
        optimizer = self._of[replicate]
        return {
            f"{name}/{quantity}": value.detach().cpu().clone(memory_format=torch.contiguous_format)
            for name, parameter in self._parameters[replicate].items()
            for quantity, value in optimizer.state.get(parameter, {}).items()
            if isinstance(value, torch.Tensor)
        }


def _make_plain() -> None:
    """Lets optimizers be made without loading torch's compiler, which takes a second or two.

    Torch loads it at the first optimizer and the first step, only to keep it from looking into
    these two methods. Nothing here is compiled together with an optimizer: so the one is marked
    beforehand, as torch would mark it, and the other called without what is wrapped around it.
    """
    method = inspect.unwrap(torch.optim.Optimizer.add_param_group)
    vars(method).setdefault("__dynamo_disable", method)


def _pace(replicate: Replicate) -> Hashable:
    """Equal for replicates that have the same optimizer and rate at every step they take."""
    optimizer, schedule = replicate.optimizer, replicate.schedule
    fresh = replicate.optimizer_state is None
    return optimizer.model_dump_json(), schedule.model_dump_json(), replicate.step, fresh


def _make_recordable(optimizer: torch.optim.Optimizer, device: torch.device) -> None:
    """Lets a CUDA graph hold the update: the rate is read from the GPU, not fixed when recorded."""
    for group in optimizer.param_groups:
        group["lr"] = torch.tensor(group["lr"], device=device)
        if "capturable" in group:
            group["capturable"] = True


def _restore(optimizer: torch.optim.Optimizer, parameters: Parameters, saved: Tensors) -> None:
    for entry, value in saved.items():
        name, _, quantity = entry.rpartition("/")
        parameter = parameters[name]
        if value.shape == parameter.shape:  # which may lie in memory in another order
            value = torch.empty_like(parameter.detach()).copy_(value)
        optimizer.state[parameter][quantity] = value.to(parameter.device)
