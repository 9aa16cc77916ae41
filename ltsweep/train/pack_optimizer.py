"""The optimizers of a pack: one fused call for all replicates with the same rate at each step."""

import inspect
from collections.abc import Hashable, Mapping, Sequence

import torch

from ltsweep.train.replicate import Replicate, Tensors

Parameters = Mapping[str, torch.nn.Parameter]


class PackOptimizer:
    """Updates replicates in place, from the gradients that the strategy has put into `.grad`.

    Every tensor belongs to one replicate, and an optimizer treats each tensor by itself. So an
    update never mixes replicates, and a replicate's numbers do not depend on its pack. A parameter
    without a gradient is not updated. One that its replicate has frozen is in no optimizer.
    """

    def __init__(self, pack: Sequence[Replicate], parameters: Sequence[Parameters]) -> None:
        self._parameters = [
            {name: tensor for name, tensor in own.items() if name not in replicate.frozen}
            for replicate, own in zip(pack, parameters, strict=True)
        ]
        self._calls: list[tuple[int, float, torch.optim.Optimizer]] = []  # first member, its rate
        self._of: dict[int, torch.optim.Optimizer] = {}
        make_plain()
        members: dict[Hashable, list[int]] = {}
        for k, replicate in enumerate(pack):
            members.setdefault(_pace(replicate), []).append(k)
        for together in members.values():
            tensors = [tensor for k in together for tensor in self._parameters[k].values()]
            optimizer = pack[together[0]].optimizer(tensors)
            self._calls.append((together[0], optimizer.param_groups[0]["lr"], optimizer))
            if tensors[0].is_cuda:
                _make_recordable(optimizer, tensors[0].device)
            self._of |= dict.fromkeys(together, optimizer)
        for k, replicate in enumerate(pack):
            if replicate.optimizer_state is not None:
                _restore(self._of[k], self._parameters[k], replicate.optimizer_state)

    def set_rates(self, factors: Sequence[float]) -> None:
        """Sets the rates of the first len(factors) replicates: base rate times factor."""
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
                    take_step(optimizer)

    def set_mask(self, replicate: int, masks: Tensors) -> None:
        """Zeroes the optimizer's state of pruned weights. `masks` are on the device."""
        optimizer = self._of[replicate]
        for name, mask in masks.items():
            parameter = self._parameters[replicate][name]
            for value in optimizer.state.get(parameter, {}).values():
                if isinstance(value, torch.Tensor) and value.shape == mask.shape:
                    value *= mask

    def rearrange(self, replicate: int, name: str, places: torch.Tensor) -> None:
        """Moves the state of a parameter (n,) along with it: see `rearranged`."""
        parameter = self._parameters[replicate][name]
        state = self._of[replicate].state.get(parameter, {})
        for quantity, value in state.items():
            if isinstance(value, torch.Tensor) and value.dim() > 0:
                state[quantity] = rearranged(value, places)

    def state(self, replicate: int) -> Tensors:
        """A copy on the CPU of a replicate's state tensors, by '<parameter>/<quantity>'."""
        optimizer = self._of[replicate]
        return {
            f"{name}/{quantity}": value.detach().cpu().clone(memory_format=torch.contiguous_format)
            for name, parameter in self._parameters[replicate].items()
            for quantity, value in optimizer.state.get(parameter, {}).items()
            if isinstance(value, torch.Tensor)
        }


def rearranged(values: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
    """The values (n,) at these places (m,) among them; zero where a place is n."""
    return torch.cat([values, values.new_zeros(1)])[places]


def make_plain() -> None:
    """Keeps torch from loading its compiler with the first optimizer, which takes a second or two.

    Torch loads the compiler only to exclude two methods from compilation: `add_param_group`, at the
    first optimizer, and `step`, at the first step. Nothing here is compiled together with an
    optimizer. So this function marks `add_param_group` as torch would, and `take_step` calls `step`
    without its wrapper.
    """
    method = inspect.unwrap(torch.optim.Optimizer.add_param_group)
    vars(method).setdefault("__dynamo_disable", method)


def take_step(optimizer: torch.optim.Optimizer) -> None:
    """One update, from the gradients that the parameters have."""
    inspect.unwrap(type(optimizer).step)(optimizer)


def _pace(replicate: Replicate) -> Hashable:
    """Equal for replicates that have the same optimizer, and the same rate at every step."""
    optimizer, schedule = replicate.optimizer, replicate.schedule
    fresh = replicate.optimizer_state is None
    return optimizer.model_dump_json(), schedule.model_dump_json(), replicate.step, fresh


def _make_recordable(optimizer: torch.optim.Optimizer, device: torch.device) -> None:
    """Prepares an optimizer for a CUDA graph: a graph must read the rate from the GPU.

    A rate that is a plain number would stay as it was when the graph was recorded.
    """
    for group in optimizer.param_groups:
        group["lr"] = torch.tensor(group["lr"], device=device)
        if "capturable" in group:
            group["capturable"] = True


def _restore(optimizer: torch.optim.Optimizer, parameters: Parameters, saved: Tensors) -> None:
    for entry, value in saved.items():
        name, _, quantity = entry.rpartition("/")
        if name not in parameters:  # frozen here, and trained where this was saved
            continue
        parameter = parameters[name]
        if value.shape == parameter.shape:  # the parameter may have another memory layout
            value = torch.empty_like(parameter.detach()).copy_(value)
        optimizer.state[parameter][quantity] = value.to(parameter.device)
