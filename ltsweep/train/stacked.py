"""Strategy `stacked`: multilayer perceptrons of a pack as batched matrix products.

Weights of layer l lie in one contiguous buffer of shape (replicates, out, in). The backward pass is
written out: gradients land in preallocated buffers, are multiplied by the mask, and one fused call
updates everything. In the shape comments K = replicates, B = batch, I = inputs, O = outputs.
"""

from collections.abc import Sequence
from math import ceil, prod

import torch
from torch import nn
from torch.nn import functional as F

from ltsweep.data.resident import Part, Resident
from ltsweep.train.pack_optimizer import PackOptimizer
from ltsweep.train.replicate import Replicate, Tensors

EVALUATION_BATCH = 1000
# A replicate's numbers must not depend on its company, but two things in a batched product on a CPU
# do: MKL rounds some small products differently where a matrix does not begin at a multiple of 16
# bytes, and torch multiplies in fp32 what has up to 16**3 products, all replicates together, even
# when bf16 is asked for. Where either could matter, the replicates go one by one.
ALIGNMENT = 4  # float32 numbers in 16 bytes
MOST_FP32_PRODUCTS = 16**3

_relu_backward = torch.ops.aten.threshold_backward.grad_input  # in place, in one pass


class Stacked:
    """A pack of multilayer perceptrons that execute together."""

    name = "stacked"

    @classmethod
    def supports(cls, module: nn.Module) -> bool:
        """Flatten, then linear layers with biases, with a ReLU between each two."""
        if not isinstance(module, nn.Sequential) or len(module) < 2:
            return False
        flatten, *layers = module
        return (
            isinstance(flatten, nn.Flatten)
            and all(isinstance(x, nn.Linear) and x.bias is not None for x in layers[::2])
            and all(isinstance(x, nn.ReLU) for x in layers[1::2])
            and len(layers) % 2 == 1
        )

    def __init__(
        self, module: nn.Module, pack: Sequence[Replicate], data: Resident, precision: str
    ) -> None:
        self._data = data
        self._precision = precision
        self._names = [n for n, m in module.named_modules() if isinstance(m, nn.Linear)]

        def stack(name: str) -> torch.Tensor:
            values = _aligned_zeros(len(pack), pack[0].state[name].shape, data.device)
            for k, replicate in enumerate(pack):
                values[k] = replicate.state[name]
            return values

        def zeros_like(values: torch.Tensor) -> torch.Tensor:
            return _aligned_zeros(len(pack), values.shape[1:], data.device)

        self._weights = [stack(f"{name}.weight") for name in self._names]  # K O I
        self._biases = [stack(f"{name}.bias") for name in self._names]  # K O
        self._weight_gradients = [zeros_like(weight) for weight in self._weights]
        self._bias_gradients = [zeros_like(bias) for bias in self._biases]
        self._masks = [self._float_masks(pack, f"{name}.weight") for name in self._names]
        self._parameters = [self._views(self._weights, self._biases, k) for k in range(len(pack))]
        self._optimizer = PackOptimizer(pack, self._parameters)
        self._active = 0

    def step(self, batch: torch.Tensor, factors: Sequence[float]) -> None:
        """See Strategy."""
        active = len(factors)
        self._activate(active)
        together = active if self._can_batch(batch.shape[1]) else 1
        with torch.no_grad(), _matmul_precision(self._precision):
            for first in range(0, active, together):
                self._gradients(batch, slice(first, first + together))
            self._optimizer.step(factors)

    def evaluate(
        self, part: Part, examples: torch.Tensor, replicates: Sequence[int]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """See Strategy."""
        correct, losses = [], []
        with torch.no_grad(), _matmul_precision(self._precision):
            for indices in torch.split(examples, EVALUATION_BATCH):
                x = self._data.batch(part, indices).flatten(1)  # B I
                y = self._data.labels(part, indices)
                logits = torch.stack([self._logits(x, k) for k in replicates])  # K B O
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

    def _gradients(self, batch: torch.Tensor, who: slice) -> None:
        """Masked gradients of the mean cross-entropy of replicates `who`, written out by hand."""
        indices = batch[who]
        x = self._data.batch("train", indices).flatten(2)  # K B I
        y = self._data.labels("train", indices).unsqueeze(2)  # K B 1
        inputs = [x]
        last = len(self._names) - 1
        for layer in range(last + 1):
            bias, weight = self._biases[layer][who], self._weights[layer][who]
            x = torch.baddbmm(bias.unsqueeze(1), inputs[-1], weight.transpose(1, 2))
            inputs.append(x if layer == last else x.relu_())
        logits = inputs.pop().transpose(1, 2).contiguous()
        delta = torch.softmax(logits, 1).transpose(1, 2)  # K B O; ten times as fast as over 2
        delta.scatter_add_(2, y, delta.new_full((), -1.0).expand(y.shape))
        delta /= indices.shape[1]
        for layer in range(last, -1, -1):
            gradient = self._weight_gradients[layer][who]
            torch.bmm(delta.transpose(1, 2), inputs[layer], out=gradient)
            torch.sum(delta, 1, out=self._bias_gradients[layer][who])
            if layer > 0:
                delta = torch.bmm(delta, self._weights[layer][who])
                _relu_backward(delta, inputs[layer], 0, grad_input=delta)
            mask = self._masks[layer]
            if mask is not None:
                gradient *= mask[who]

    def _logits(self, x: torch.Tensor, replicate: int) -> torch.Tensor:
        for layer, (weight, bias) in enumerate(zip(self._weights, self._biases, strict=True)):
            x = torch.addmm(bias[replicate], x, weight[replicate].t())
            if layer < len(self._names) - 1:
                x = x.relu_()
        return x

    def _activate(self, active: int) -> None:
        """Lets replicates up to `active` take part: those without a gradient are not updated."""
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
        """Float, because a bool operand costs several times as much; None where all is kept."""
        if not any(name in replicate.mask for replicate in pack):
            return None
        shape = pack[0].state[name].shape
        masks = [replicate.mask.get(name, torch.ones(shape)).float() for replicate in pack]
        return torch.stack(masks).to(self._data.device)

    def _can_batch(self, examples: int) -> bool:
        """Whether products of batched matrices are, bit by bit, those of each matrix alone."""
        if self._data.device.type != "cpu":
            return True  # there results agree to rounding only, whatever is done
        shapes = [(examples, *weight.shape[1:]) for weight in self._weights]  # B O I
        sizes = (n for b, o, i in shapes for n in (o * i, b * i, b * o))
        aligned = all(size % ALIGNMENT == 0 for size in sizes)
        large = min(map(prod, shapes)) > MOST_FP32_PRODUCTS
        return aligned and (large or self._precision == "fp32")


def _aligned_zeros(
    replicates: int, shape: Sequence[int], device: torch.device | str
) -> torch.Tensor:
    """Zeros (replicates, *shape) in which each replicate begins at a multiple of ALIGNMENT."""
    size = prod(shape)
    rows = torch.zeros(replicates, ceil(size / ALIGNMENT) * ALIGNMENT, device=device)
    return rows[:, :size].view(replicates, *shape)


class _matmul_precision:
    """Float32 products through bf16 while inside; process-wide in torch, hence put back."""

    def __init__(self, precision: str) -> None:
        self._wanted = "medium" if precision == "bf16" else "highest"

    def __enter__(self) -> None:
        self._before = torch.get_float32_matmul_precision()
        if self._before != self._wanted:
            torch.set_float32_matmul_precision(self._wanted)

    def __exit__(self, *_: object) -> None:
        if self._before != self._wanted:
            torch.set_float32_matmul_precision(self._before)
