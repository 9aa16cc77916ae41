"""Strategy `loop`: the replicates of a pack step one after the other, with autograd."""

import copy
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial

import torch
from torch import nn

from ltsweep.data.augment import Batch
from ltsweep.data.resident import Part, Resident
from ltsweep.foundations.randomness import torch_seeded
from ltsweep.models.trace import draws
from ltsweep.train.bound import bound_forward
from ltsweep.train.compiled import forward_function, is_compiled
from ltsweep.train.evaluation import evaluate_in_turn
from ltsweep.train.graphs import GraphUse, Lanes, Recorder, StepGraphs
from ltsweep.train.norm_statistics import EvaluationStatistics
from ltsweep.train.pack_optimizer import PackOptimizer
from ltsweep.train.precision import exact_products
from ltsweep.train.recipe import Recipe
from ltsweep.train.replicate import Replicate, Tensors

EVALUATION_BATCH = 500


class OneByOne:
    """A pack of networks of any architecture, each with parameters and buffers of its own.

    On a CPU this is the fastest way to train convolutions. On a GPU the replicates run side by side
    on streams. Convolutions work on images with channels last in memory, in either precision.
    """

    name = "loop"
    cached_bytes: int | None = None

    @classmethod
    def refuses(cls, module: nn.Module, recipe: Recipe) -> str | None:
        """See Strategy: this one refuses nothing that autograd can do."""
        return None

    def __init__(
        self,
        module: nn.Module,
        pack: Sequence[Replicate],
        data: Resident,
        recipe: Recipe,
        recorder: Recorder | None = None,
    ) -> None:
        self._data, self._losses, self._pack = data, recipe.objective, pack
        # no method: those who are handed it would hold the strategy, which holds them
        self._place = partial(_placed, device=data.device, layout=_layout(module))
        self._parameters = [self._own_parameters(module, replicate) for replicate in pack]
        self._buffers = [self._own_buffers(module, replicate) for replicate in pack]
        self._masks = [
            {name: self._place(mask.float()) for name, mask in replicate.mask.items()}
            for replicate in pack
        ]
        self._optimizer = PackOptimizer(pack, self._parameters)
        compiled = is_compiled(module, pack[0], data.device, recipe.precision)
        if compiled:
            self.name = "loop, compiled"
        self._forwards = self._own_forwards(module, recipe, compiled=compiled)
        self._evaluate = forward_function(
            copy.deepcopy(module).eval(), data.device, recipe.in_evaluation()
        )
        self._statistics = EvaluationStatistics(
            module, data, recipe, pack[0].order.batch_size, self._place
        )
        draws_itself = draws(module, data.input_shape)
        # on a CPU seeding costs little, so draws that no probe has seen are cared for too
        self._draws = draws_itself or data.device.type == "cpu"
        if draws_itself:
            recorder = Recorder(refusal="the net draws random numbers, each replicate its own")
        self._lanes = Lanes(data.device)
        self._graphs = StepGraphs(data.device, recorder or Recorder())

    def step(self, batch: Batch, factors: Sequence[float]) -> None:
        """See Strategy."""
        self._statistics.forget()
        self._optimizer.set_rates(factors)
        self._graphs.run(self._take_step, batch)

    def evaluate(
        self, part: Part, examples: torch.Tensor, replicates: Sequence[int]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """See Strategy."""
        with torch.no_grad(), exact_products(self._data.device):
            seen = {k: self._seen_in_evaluation(k) for k in replicates}
            return evaluate_in_turn(
                self._data,
                part,
                examples,
                replicates,
                batch_size=EVALUATION_BATCH,
                prepare=self._place,
                logits_of=lambda k, x: self._evaluated(k, seen[k], x),
                losses_of=self._losses,
            )

    def state(self, replicate: int) -> Tensors:
        """See Strategy."""
        state = {**self._parameters[replicate], **self._buffers[replicate]}
        return {
            name: value.detach().cpu().clone(memory_format=torch.contiguous_format)
            for name, value in state.items()
        }

    def optimizer_state(self, replicate: int) -> Tensors:
        """See Strategy."""
        return self._optimizer.state(replicate)

    def gradients(self, batch: Batch) -> list[Tensors]:
        """See Strategy."""
        self._set_all_gradients(batch.to(self._data.device), masked=False)
        return [
            {name: self._gradient(k, name).cpu().clone() for name in self._masks[k]}
            for k in range(len(batch.indices))
        ]

    def graph_use(self) -> GraphUse | None:
        """See Strategy."""
        return self._graphs.use()

    def set_masks(self, masks: Sequence[Tensors]) -> None:
        """See Strategy."""
        self._statistics.forget()
        with torch.no_grad():
            for k, mask in enumerate(masks):
                for name, own in self._masks[k].items():
                    own.copy_(mask[name])
                    self._parameters[k][name].mul_(own)
                self._optimizer.set_mask(k, self._masks[k])

    def _take_step(self, batch: Batch) -> None:
        self._set_all_gradients(batch)
        self._optimizer.step(len(batch.indices))

    def _set_all_gradients(self, batch: Batch, *, masked: bool = True) -> None:
        x = self._data.training_batch(batch)
        y = self._data.labels("train", batch.indices)
        set_gradients = partial(self._set_gradients, masked=masked)
        with exact_products(self._data.device):
            self._lanes.run([partial(set_gradients, k, x[k], y[k]) for k in range(len(x))])

    def _set_gradients(self, k: int, x: torch.Tensor, y: torch.Tensor, *, masked: bool) -> None:
        for parameter in self._parameters[k].values():
            parameter.grad = None
        with self._own_randomness(k):
            loss = self._losses(self._forwards[k](self._place(x)), y).mean()
            loss.backward()
        if masked:
            self._mask_gradients(k)

    def _mask_gradients(self, k: int) -> None:
        gradients = {name: self._parameters[k][name].grad for name in self._masks[k]}
        found = {name: gradient for name, gradient in gradients.items() if gradient is not None}
        if found:
            torch._foreach_mul_(list(found.values()), [self._masks[k][name] for name in found])

    def _evaluated(self, k: int, seen: Tensors, x: torch.Tensor) -> torch.Tensor:
        with self._evaluation_randomness(k):
            return self._evaluate(seen, x)

    def _seen_in_evaluation(self, k: int) -> Tensors:
        with self._evaluation_randomness(k):
            return self._statistics.seen(k, self._tensors(k))

    def _evaluation_randomness(self, k: int) -> AbstractContextManager[None]:
        order = self._pack[k].order
        return torch_seeded(self._data.device, order.seed, "module, evaluated", order.level)

    def _own_randomness(self, k: int) -> AbstractContextManager[None]:
        """Whatever the module draws at a step follows from the replicate and the step alone."""
        if not self._draws:
            return nullcontext()
        order, step = self._pack[k].order, self._pack[k].step
        return torch_seeded(self._data.device, order.seed, "module", order.level, step)

    def _gradient(self, k: int, name: str) -> torch.Tensor:
        """Zeros where the loss does not depend on the parameter."""
        parameter = self._parameters[k][name]
        return torch.zeros_like(parameter) if parameter.grad is None else parameter.grad

    def _tensors(self, k: int) -> Tensors:
        return {**self._parameters[k], **self._buffers[k]}

    def _own_forwards(
        self, module: nn.Module, recipe: Recipe, *, compiled: bool
    ) -> list[Callable[[torch.Tensor], torch.Tensor]]:
        """Each replicate's images -> logits in training.

        All share one module, with exchanged tensors, where that is compiled once for all, and where
        products see other weights than the optimizer updates.
        """
        training, device = copy.deepcopy(module).train(), self._data.device
        if compiled or recipe.numbers().weight is not None:
            shared = forward_function(training, device, recipe, compiled=compiled)
            return [partial(shared, self._tensors(k)) for k in range(len(self._pack))]
        return [
            bound_forward(training, parameters, buffers, device, recipe)
            for parameters, buffers in zip(self._parameters, self._buffers, strict=True)
        ]

    def _own_parameters(self, module: nn.Module, replicate: Replicate) -> dict[str, nn.Parameter]:
        trained = {name for name, p in module.named_parameters() if p.requires_grad}
        return {
            name: nn.Parameter(
                self._place(replicate.state[name].clone()), name in trained - replicate.frozen
            )
            for name, _ in module.named_parameters()
        }

    def _own_buffers(self, module: nn.Module, replicate: Replicate) -> Tensors:
        names = [name for name, _ in module.named_buffers()]
        return {name: replicate.state[name].clone().to(self._data.device) for name in names}


def _placed(
    values: torch.Tensor, device: torch.device, layout: torch.memory_format
) -> torch.Tensor:
    """Values on the device, those of four dimensions in this layout."""
    layout = layout if values.dim() == 4 else torch.preserve_format
    return values.to(device, memory_format=layout)


def _layout(module: nn.Module) -> torch.memory_format:
    convolves = any(isinstance(layer, nn.Conv2d) for layer in module.modules())
    return torch.channels_last if convolves else torch.contiguous_format
