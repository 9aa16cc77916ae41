"""Strategy `loop`: the replicates of a pack step one after the other, each a module of its own."""

import copy
from collections.abc import Sequence
from contextlib import AbstractContextManager

import torch
from torch import nn
from torch.nn import functional as F

from ltsweep.data.resident import Part, Resident
from ltsweep.train.pack_optimizer import PackOptimizer
from ltsweep.train.replicate import Replicate, Tensors

EVALUATION_BATCH = 500


class OneByOne:
    """A pack of arbitrary modules; what convolutions on a CPU run fastest as."""

    name = "loop"

    @classmethod
    def supports(cls, module: nn.Module) -> bool:
        """Any module."""
        return True

    def __init__(
        self, module: nn.Module, pack: Sequence[Replicate], data: Resident, precision: str
    ) -> None:
        self._data = data
        self._autocast = precision == "bf16"
        self._modules = [self._load(module, replicate) for replicate in pack]
        parameters = [dict(module_.named_parameters()) for module_ in self._modules]
        self._masks = [
            {name: mask.float().to(data.device) for name, mask in replicate.mask.items()}
            for replicate in pack
        ]
        self._optimizer = PackOptimizer(pack, parameters)

    def step(self, batch: torch.Tensor, factors: Sequence[float]) -> None:
        """See Strategy."""
        for k, indices in enumerate(batch):
            module = self._modules[k].train()
            x = self._data.batch("train", indices)
            with self._products():
                logits = module(x)
            loss = F.cross_entropy(logits.float(), self._data.labels("train", indices))
            module.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            parameters = dict(module.named_parameters())
            for name, mask in self._masks[k].items():
                gradient = parameters[name].grad
                assert gradient is not None
                gradient *= mask
        self._optimizer.step(factors)

    def evaluate(
        self, part: Part, examples: torch.Tensor, replicates: Sequence[int]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """See Strategy."""
        correct, losses = [], []
        for k in replicates:
            right, loss = [], 0.0
            module = self._modules[k].eval()
            for indices in torch.split(examples, EVALUATION_BATCH):
                y = self._data.labels(part, indices)
                with torch.no_grad(), self._products():
                    logits = module(self._data.batch(part, indices)).float()
                right.append(logits.argmax(1) == y)
                loss += F.cross_entropy(logits, y, reduction="none").double().sum().item()
            correct.append(torch.cat(right))
            losses.append(loss / len(examples))
        return torch.stack(correct).cpu(), torch.tensor(losses, dtype=torch.float64)

    def state(self, replicate: int) -> Tensors:
        """See Strategy."""
        state = self._modules[replicate].state_dict()
        return {name: value.detach().cpu().clone() for name, value in state.items()}

    def optimizer_state(self, replicate: int) -> Tensors:
        """See Strategy."""
        return self._optimizer.state(replicate)

    def _load(self, module: nn.Module, replicate: Replicate) -> nn.Module:
        own = copy.deepcopy(module).to_empty(device=self._data.device)
        own.load_state_dict(replicate.state)
        return own

    def _products(self) -> AbstractContextManager[object]:
        kind = self._data.device.type
        return torch.autocast(kind, torch.bfloat16, enabled=self._autocast)
