"""The optimizers of a pack: one fused call for all replicates that share optimizer and rate."""

from collections.abc import Mapping, Sequence

import torch

from ltsweep.train.replicate import Replicate, Tensors

Parameters = Mapping[str, torch.nn.Parameter]


class PackOptimizer:
    """Updates replicates in place from gradients that the strategy has already put in `.grad`.

    Every tensor is one replicate's own, so an update never mixes replicates and a replicate's
    numbers do not depend on its pack. A parameter without a gradient is left alone.
    """

    def __init__(self, pack: Sequence[Replicate], parameters: Sequence[Parameters]) -> None:
        self._parameters = parameters
        self._optimizers: list[torch.optim.Optimizer] = []
        self._group: list[tuple[int, int]] = []  # optimizer and parameter group of each replicate
        self._base_rates: list[float] = []
        index = {}
        for replicate, tensors in zip(pack, parameters, strict=True):
            kind = replicate.optimizer.model_dump_json()
            if kind not in index:
                index[kind] = len(self._optimizers)
                self._optimizers.append(replicate.optimizer(list(tensors.values())))
                self._base_rates.append(self._optimizers[-1].param_groups[0]["lr"])
            else:
                self._optimizers[index[kind]].add_param_group({"params": list(tensors.values())})
            optimizer = self._optimizers[index[kind]]
            self._group.append((index[kind], len(optimizer.param_groups) - 1))
            if replicate.optimizer_state is not None:
                _restore(optimizer, tensors, replicate.optimizer_state)

    def step(self, factors: Sequence[float]) -> None:
        """One update of the first len(factors) replicates, each at its factor times its rate."""
        for (optimizer, group), factor in zip(self._group, factors, strict=False):
            rate = self._base_rates[optimizer] * factor
            self._optimizers[optimizer].param_groups[group]["lr"] = rate
        for optimizer_ in self._optimizers:
            optimizer_.step()

    def state(self, replicate: int) -> Tensors:
        """A copy on the CPU of all state tensors of a replicate."""
        optimizer = self._optimizers[self._group[replicate][0]]
        return {
            f"{name}/{quantity}": value.detach().cpu().clone()
            for name, parameter in self._parameters[replicate].items()
            for quantity, value in optimizer.state.get(parameter, {}).items()
            if isinstance(value, torch.Tensor)
        }


def _restore(optimizer: torch.optim.Optimizer, parameters: Parameters, saved: Tensors) -> None:
    for entry, value in saved.items():
        name, _, quantity = entry.rpartition("/")
        parameter = parameters[name]
        optimizer.state[parameter][quantity] = value.to(parameter.device)
