"""Strategy `stacked`: multilayer perceptrons of a pack as batched matrix products.

The weights of a layer lie in one contiguous buffer of shape (replicates, out, in). The backward
pass is written out: gradients go into preallocated buffers and are multiplied by the mask, and one
fused call updates everything. With precision=bf16, products are taken of bf16 copies of weights and
activations. The weights themselves, their gradients, the loss and the update are fp32.
In the shape comments K = replicates, B = batch, I = inputs, O = outputs.
"""

from collections.abc import Sequence
from math import ceil, prod

import torch
from torch import nn
from torch.nn import functional as F

from ltsweep.data.augment import Batch
from ltsweep.data.resident import Part, Resident
from ltsweep.train.graphs import GraphUse, Recorder, StepGraphs
from ltsweep.train.pack_optimizer import PackOptimizer
from ltsweep.train.precision import PRODUCTS, exact_products
from ltsweep.train.recipe import Recipe
from ltsweep.train.replicate import Replicate, Tensors

EVALUATION_BATCH = 1000
# A replicate's numbers must not depend on its pack, but two details of batched products on a CPU
# do. MKL rounds some small products differently if a matrix does not begin at a multiple of 16
# bytes. Torch uses another kernel for bf16 products of up to 16**3 multiplications, and it counts
# all replicates together. Where either detail could matter, the replicates go one by one.
ALIGNMENT = 8  # numbers: 32 bytes of fp32, 16 of bf16
MOST_PLAIN_PRODUCTS = 16**3


def relu_backward_(delta: torch.Tensor, activations: torch.Tensor) -> None:
    """Zeroes gradients where the ReLU was off, in place and in one pass."""
    torch.ops.aten.threshold_backward.grad_input(delta, activations, 0, grad_input=delta)


class Stacked:
    """A pack of multilayer perceptrons that execute together."""

    name = "stacked"
    cached_bytes: int | None = 24 * 2**20

    @classmethod
    def refuses(cls, module: nn.Module, recipe: Recipe) -> str | None:
        """See Strategy."""
        if not _is_perceptron(module):
            return (
                "it takes only flattened images, linear layers with biases and ReLUs between them"
            )
        return recipe.written_out()

    def __init__(
        self,
        module: nn.Module,
        pack: Sequence[Replicate],
        data: Resident,
        recipe: Recipe,
        recorder: Recorder | None = None,
    ) -> None:
        self._data = data
        self._dtype = PRODUCTS[recipe.precision]
        self._names = [n for n, m in module.named_modules() if isinstance(m, nn.Linear)]

        def aligned(values: torch.Tensor, dtype: torch.dtype = torch.float32) -> torch.Tensor:
            return _aligned_zeros(len(pack), values.shape[1:], data.device, dtype)

        def stack(name: str) -> torch.Tensor:
            values = torch.stack([replicate.state[name] for replicate in pack])
            return aligned(values).copy_(values)

        self._weights = [stack(f"{name}.weight") for name in self._names]  # K O I
        self._biases = [stack(f"{name}.bias") for name in self._names]  # K O
        self._weight_gradients = [aligned(weight) for weight in self._weights]
        self._bias_gradients = [aligned(bias) for bias in self._biases]
        self._masks = [self._float_masks(pack, f"{name}.weight") for name in self._names]
        self._parameters = [self._views(self._weights, self._biases, k) for k in range(len(pack))]
        self._optimizer = PackOptimizer(pack, self._parameters)
        self._active = 0
        # the products are taken of these: the weights themselves, or copies with fewer bits
        self._factors, self._terms = self._weights, self._biases
        if recipe.precision == "bf16":
            self._factors = [aligned(w, torch.bfloat16).copy_(w) for w in self._weights]
            self._terms = [aligned(b, torch.bfloat16).copy_(b) for b in self._biases]
        self._graphs = StepGraphs(data.device, recorder or Recorder())

    def step(self, batch: Batch, factors: Sequence[float]) -> None:
        """See Strategy."""
        self._activate(len(factors))
        self._optimizer.set_rates(factors)
        self._graphs.run(self._take_step, batch)

    def evaluate(
        self, part: Part, examples: torch.Tensor, replicates: Sequence[int]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """See Strategy."""
        correct, losses = [], []
        with torch.no_grad(), exact_products(self._data.device):
            for indices in torch.split(examples, EVALUATION_BATCH):
                x = self._data.batch(part, indices).flatten(1).to(self._dtype)  # B I
                y = self._data.labels(part, indices)
                logits = torch.stack([self._logits(x, k) for k in replicates]).float()  # K B O
                correct.append(logits.argmax(2) == y)
                log_p = F.log_softmax(logits, 2)
                picked = log_p.gather(2, y.expand(len(replicates), -1).unsqueeze(2)).squeeze(2)
                losses.append(-picked.double().sum(1))
        return torch.cat(correct, 1).cpu(), torch.stack(losses).sum(0).cpu() / len(examples)

    def state(self, replicate: int) -> Tensors:
        """See Strategy."""
        parameters = self._parameters[replicate].items()
        return {name: parameter.detach().cpu().clone() for name, parameter in parameters}

    def optimizer_state(self, replicate: int) -> Tensors:
        """See Strategy."""
        return self._optimizer.state(replicate)

    def gradients(self, batch: Batch) -> list[Tensors]:
        """See Strategy."""
        with torch.no_grad(), exact_products(self._data.device):
            self._all_gradients(batch.to(self._data.device), masked=False)
        names = [f"{name}.weight" for name in self._names]
        return [
            {n: g[k].cpu().clone() for n, g in zip(names, self._weight_gradients, strict=True)}
            for k in range(len(batch.indices))
        ]

    def graph_use(self) -> GraphUse | None:
        """See Strategy."""
        return self._graphs.use()

    def set_masks(self, masks: Sequence[Tensors]) -> None:
        """See Strategy."""
        with torch.no_grad():
            for name, weight, own in zip(self._names, self._weights, self._masks, strict=True):
                if own is None:  # a head that is apart
                    continue
                for k, mask in enumerate(masks):
                    own[k].copy_(mask[f"{name}.weight"])
                    weight[k] *= own[k]
                    self._optimizer.set_mask(k, {f"{name}.weight": own[k]})
            self._update_factors(slice(len(masks)))

    def _take_step(self, batch: Batch) -> None:
        with torch.no_grad(), exact_products(self._data.device):
            self._all_gradients(batch)
            active = len(batch.indices)
            self._optimizer.step(active)
            self._update_factors(slice(active))

    def _update_factors(self, who: slice) -> None:
        """Renews the bf16 copies, if there are any, after the weights have changed."""
        if self._factors is not self._weights:
            for copy, values in zip(
                self._factors + self._terms, self._weights + self._biases, strict=True
            ):
                copy[who].copy_(values[who])

    def _all_gradients(self, batch: Batch, *, masked: bool = True) -> None:
        active, examples = batch.indices.shape
        together = active if self._can_batch(examples) else 1
        for first in range(0, active, together):
            who = slice(first, first + together)
            self._gradients(batch[who], who, masked=masked)

    def _gradients(self, batch: Batch, who: slice, *, masked: bool) -> None:
        """Gradients of the mean cross-entropy of replicates `who`, written out by hand."""
        x = self._data.training_batch(batch).flatten(2).to(self._dtype)  # K B I
        y = self._data.labels("train", batch.indices).unsqueeze(2)  # K B 1
        inputs = [x]
        last = len(self._names) - 1
        for layer in range(last + 1):
            bias, weight = self._terms[layer][who], self._factors[layer][who]
            x = torch.baddbmm(bias.unsqueeze(1), inputs[-1], weight.transpose(1, 2))
            inputs.append(x if layer == last else x.relu_())
        logits = inputs.pop().transpose(1, 2)
        logits = logits.to(torch.float32, memory_format=torch.contiguous_format)
        delta = torch.softmax(logits, 1).transpose(1, 2)  # K B O; ten times as fast as over 2
        delta.scatter_add_(2, y, delta.new_full((), -1.0).expand(y.shape))
        delta /= y.shape[1]
        delta = delta.to(self._dtype)
        for layer in range(last, -1, -1):
            torch.sum(delta, 1, dtype=torch.float32, out=self._bias_gradients[layer][who])
            self._weight_gradient(layer, who, delta.transpose(1, 2), inputs[layer])
            if masked and (mask := self._masks[layer]) is not None:
                self._weight_gradients[layer][who] *= mask[who]
            if layer > 0:
                delta = torch.bmm(delta, self._factors[layer][who])
                relu_backward_(delta, inputs[layer])

    def _weight_gradient(
        self, layer: int, who: slice, delta_KOB: torch.Tensor, x_KBI: torch.Tensor
    ) -> None:
        gradient = self._weight_gradients[layer][who]
        if self._dtype == gradient.dtype:
            torch.bmm(delta_KOB, x_KBI, out=gradient)
        else:
            gradient.copy_(torch.bmm(delta_KOB, x_KBI))

    def _logits(self, x: torch.Tensor, replicate: int) -> torch.Tensor:
        for layer, (weight, bias) in enumerate(zip(self._factors, self._terms, strict=True)):
            x = torch.addmm(bias[replicate], x, weight[replicate].t())
            if layer < len(self._names) - 1:
                x = x.relu_()
        return x

    def _activate(self, active: int) -> None:
        """Lets replicates up to `active` take part, by giving them gradients.

        The optimizer does not update a parameter without a gradient.
        """
        for k in range(self._active, active):
            gradients = self._views(self._weight_gradients, self._bias_gradients, k)
            for name, parameter in self._parameters[k].items():
                parameter.grad = gradients[name].data
        self._active = active

    def _views(
        self, weights: list[torch.Tensor], biases: list[torch.Tensor], replicate: int
    ) -> dict[str, nn.Parameter]:
        views = {}
        for name, weight, bias in zip(self._names, weights, biases, strict=True):
            views[f"{name}.weight"] = nn.Parameter(weight[replicate])
            views[f"{name}.bias"] = nn.Parameter(bias[replicate])
        return views

    def _float_masks(self, pack: Sequence[Replicate], name: str) -> torch.Tensor | None:
        """The masks of one layer, None if everything is kept.

        They are floats, because a bool operand costs several times as much.
        """
        if not any(name in replicate.mask for replicate in pack):
            return None
        shape = pack[0].state[name].shape
        masks = [replicate.mask.get(name, torch.ones(shape)) for replicate in pack]
        return torch.stack([mask.to(self._data.device, torch.float32) for mask in masks])

    def _can_batch(self, examples: int) -> bool:
        """Whether batched products equal, bit for bit, the products of each matrix alone."""
        if self._data.device.type != "cpu":
            return True  # on a GPU results agree to rounding only, whatever is done
        shapes = [(examples, *weight.shape[1:]) for weight in self._weights]  # B O I
        activations = [n for b, o, i in shapes for n in (b * i, b * o)]
        # weights lie aligned, and so do their gradients, but for the products that are copied there
        copied = [o * i for _, o, i in shapes if self._dtype != torch.float32]
        aligned = all(size % ALIGNMENT == 0 for size in (*activations, *copied))
        large = min(map(prod, shapes)) > MOST_PLAIN_PRODUCTS
        return aligned and (large or self._dtype == torch.float32)


def _is_perceptron(module: nn.Module) -> bool:
    """Flatten, then linear layers with biases, with a ReLU between each two; nothing of them other.

    A subclass, a hook, a tensor beside or a layer that is used twice would not be seen here.
    """
    if type(module) is not nn.Sequential or len(module) < 2:
        return False
    flatten, *layers = module
    return (
        type(flatten) is nn.Flatten
        and (flatten.start_dim, flatten.end_dim) == (1, -1)
        and all(type(x) is nn.Linear and x.bias is not None for x in layers[::2])
        and all(type(x) is nn.ReLU for x in layers[1::2])
        and len(layers) % 2 == 1
        and len(list(module.parameters())) == 2 * len(layers[::2])
        and all(parameter.requires_grad for parameter in module.parameters())
        and not list(module.buffers())
        and not any(_has_hooks(part) for part in module.modules())
    )


def _has_hooks(module: nn.Module) -> bool:
    return any(
        hooks
        for name, hooks in vars(module).items()
        if name.endswith("_hooks") and isinstance(hooks, dict)
    )


def _aligned_zeros(
    replicates: int, shape: Sequence[int], device: torch.device, dtype: torch.dtype
) -> torch.Tensor:
    """Zeros (replicates, *shape) in which each replicate begins at a multiple of ALIGNMENT."""
    size = prod(shape)
    length = ceil(size / ALIGNMENT) * ALIGNMENT
    rows = torch.zeros(replicates, length, device=device, dtype=dtype)
    return rows[:, :size].view(replicates, *shape)
