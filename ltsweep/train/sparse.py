"""Strategy `sparse`: multilayer perceptrons with few weights left; only the kept weights exist.

A layer is a CSR matrix of its kept weights. The forward pass is a product of sparse and dense, the
gradient of the weights a sampled product, and the update touches the kept values alone. Activations
lie as (units, examples), the layout that both products take. Everything is fp32, even with
precision=bf16: there are too few products to gain from it. The replicates step one after the other.
Where masks change, the matrices are made anew at the changes and stay as they are between them.
In the shape comments B = batch, I = inputs, O = outputs, n = kept weights.
"""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace

import torch
from torch import nn
from torch.nn import functional as F

from ltsweep.data.augment import Batch
from ltsweep.data.resident import Part, Resident
from ltsweep.train.evaluation import evaluate_in_turn
from ltsweep.train.graphs import GraphUse, Recorder
from ltsweep.train.pack_optimizer import PackOptimizer, rearranged
from ltsweep.train.recipe import Recipe
from ltsweep.train.replicate import Replicate, Tensors
from ltsweep.train.stacked import Stacked, relu_backward_

EVALUATION_BATCH = 1000


class Sparse:
    """A pack of multilayer perceptrons without their pruned weights."""

    name = "sparse"

    @classmethod
    def refuses(cls, module: nn.Module, recipe: Recipe) -> str | None:
        """See Strategy."""
        return Stacked.refuses(module, recipe)

    def __init__(
        self,
        module: nn.Module,
        pack: Sequence[Replicate],
        data: Resident,
        recipe: Recipe,
        recorder: Recorder | None = None,
    ) -> None:
        assert data.device.type == "cpu"
        self._data = data
        names = [n for n, m in module.named_modules() if isinstance(m, nn.Linear)]
        self._nets = [[_Layer(name, replicate) for name in names] for replicate in pack]
        parameters = [
            {name: tensor for layer in net for name, tensor in layer.parameters().items()}
            for net in self._nets
        ]
        self._optimizer = PackOptimizer(
            [_compressed(r, net) for r, net in zip(pack, self._nets, strict=True)], parameters
        )

    def step(self, batch: Batch, factors: Sequence[float]) -> None:
        """See Strategy."""
        with torch.no_grad():
            for k, net in enumerate(self._nets[: len(factors)]):
                one = batch[k : k + 1]
                x = _by_unit(self._data.training_batch(one)[0])
                _set_gradients(net, x, self._data.labels("train", one.indices))
        self._optimizer.set_rates(factors)
        self._optimizer.step(len(factors))

    def evaluate(
        self, part: Part, examples: torch.Tensor, replicates: Sequence[int]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """See Strategy."""
        with torch.no_grad():
            return evaluate_in_turn(
                self._data,
                part,
                examples,
                replicates,
                batch_size=EVALUATION_BATCH,
                prepare=_by_unit,
                logits_of=lambda k, x: _activations(self._nets[k], x)[-1].t(),
            )

    def state(self, replicate: int) -> Tensors:
        """See Strategy."""
        state: Tensors = {}
        for layer in self._nets[replicate]:
            state[f"{layer.name}.weight"] = layer.dense(layer.values.detach())
            state[f"{layer.name}.bias"] = layer.bias.detach().clone()
        return state

    def gradients(self, batch: Batch) -> list[Tensors]:
        """See Strategy."""
        found = []
        with torch.no_grad():
            for k in range(len(batch.indices)):
                net, one = self._nets[k], batch[k : k + 1]
                x = _by_unit(self._data.training_batch(one)[0])
                passes = _backward(net, x, self._data.labels("train", one.indices))
                found.append({f"{layer.name}.weight": torch.mm(d, i.t()) for layer, i, d in passes})
        return found

    def graph_use(self) -> GraphUse | None:
        """See Strategy: it trains on a CPU."""
        return None

    def set_masks(self, masks: Sequence[Tensors]) -> None:
        """See Strategy."""
        for k, mask in enumerate(masks):
            for layer in self._nets[k]:
                name = f"{layer.name}.weight"
                if name in mask:
                    self._optimizer.rearrange(k, name, layer.set_mask(mask[name]))

    def optimizer_state(self, replicate: int) -> Tensors:
        """See Strategy."""
        state = self._optimizer.state(replicate)
        for layer in self._nets[replicate]:
            for entry, value in state.items():
                if entry.startswith(f"{layer.name}.weight/") and value.dim() > 0:
                    state[entry] = layer.dense(value)
        return state


class _Layer:
    """A linear layer by its kept weights, as a CSR matrix (O, I) and as its transpose."""

    def __init__(self, name: str, replicate: Replicate) -> None:
        weight = replicate.state[f"{name}.weight"]
        everything = torch.ones(weight.shape, dtype=torch.bool)
        self.name = name
        self.mask = replicate.mask.get(f"{name}.weight", everything)
        self.values = nn.Parameter(weight[self.mask])  # n
        self.bias = nn.Parameter(replicate.state[f"{name}.bias"].clone())  # O
        self._arrange()

    def _arrange(self) -> None:
        """Makes the matrices of this mask and these values."""
        rows, columns = self.mask.nonzero().unbind(1)
        height, width = self.mask.shape
        self._numbers = rows * width + columns  # in the order of the values
        self._transposed_places = columns.argsort(stable=True)
        self.matrix = _csr(rows, columns, self.values.detach(), (height, width))
        order = self._transposed_places
        empty = torch.zeros(self.values.shape)
        self.transpose = _csr(columns[order], rows[order], empty, (width, height))

    def set_mask(self, mask: torch.Tensor) -> torch.Tensor:
        """Keeps other weights from now on: those that were kept as they are, others zero.

        Returns the place of each among those that were kept before; their number, if it was none.
        """
        before = F.pad(self._numbers, (0, 1), value=-1)
        numbers = mask.flatten().nonzero().squeeze(1)
        places = torch.searchsorted(self._numbers, numbers)
        places = torch.where(before[places] == numbers, places, len(self._numbers))
        self.mask = mask
        self.values.data = rearranged(self.values.detach(), places)
        self.values.grad = None
        self._arrange()
        return places

    def parameters(self) -> dict[str, nn.Parameter]:
        """The kept weights and the biases under the names of the whole ones."""
        return {f"{self.name}.weight": self.values, f"{self.name}.bias": self.bias}

    def current_transpose(self) -> torch.Tensor:
        """The transpose, its values copied from the present weights."""
        values = self.values.detach()
        torch.index_select(values, 0, self._transposed_places, out=self.transpose.values())
        return self.transpose

    def dense(self, values: torch.Tensor) -> torch.Tensor:
        """A matrix (O, I) with these values (n,) at the places of the kept weights, else zero."""
        whole = torch.zeros(self.mask.shape)
        whole[self.mask] = values
        return whole


def _by_unit(images: torch.Tensor) -> torch.Tensor:
    """Images (B, C, H, W) as inputs of a layer: (I, B)."""
    return images.flatten(1).t().contiguous()


def _set_gradients(net: Sequence[_Layer], x_IB: torch.Tensor, y_1B: torch.Tensor) -> None:
    """Gradients of the mean cross-entropy by the kept weights and the biases."""
    for layer, x, delta in _backward(net, x_IB, y_1B):
        product = torch.sparse.sampled_addmm(layer.matrix, delta, x.t(), beta=0.0)
        layer.values.grad = product.values()
        layer.bias.grad = delta.sum(1)


def _backward(
    net: Sequence[_Layer], x_IB: torch.Tensor, y_1B: torch.Tensor
) -> Iterator[tuple[_Layer, torch.Tensor, torch.Tensor]]:
    """Each layer, last first, with its inputs (I, B) and the gradient by its outputs (O, B).

    Of the mean cross-entropy, written out by hand.
    """
    *inputs, logits = _activations(net, x_IB)
    delta = torch.softmax(logits, 0)  # O B
    delta.scatter_add_(0, y_1B, delta.new_full((), -1.0).expand(y_1B.shape))
    delta /= y_1B.shape[1]
    for layer, x in zip(reversed(net), reversed(inputs), strict=True):
        yield layer, x, delta
        if layer is not net[0]:
            delta = torch.mm(layer.current_transpose(), delta)
            relu_backward_(delta, x)


def _activations(net: Sequence[_Layer], x_IB: torch.Tensor) -> list[torch.Tensor]:
    """The inputs of all layers, after the ReLU, and the logits (O, B)."""
    found = [x_IB]
    for layer in net:
        bias = layer.bias.detach().unsqueeze(1).expand(-1, x_IB.shape[1])
        x = torch.addmm(bias, layer.matrix, found[-1])
        found.append(x if layer is net[-1] else x.relu_())
    return found


def _csr(
    rows: torch.Tensor, columns: torch.Tensor, values: torch.Tensor, shape: tuple[int, int]
) -> torch.Tensor:
    """A CSR matrix with these values, row by row; it shares their memory.

    Its indices are int32, which MKL requires.
    """
    ends = F.pad(torch.bincount(rows, minlength=shape[0]).cumsum(0), (1, 0)).int()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Sparse CSR tensor support is in beta")
        return torch.sparse_csr_tensor(ends, columns.int(), values, shape, check_invariants=False)


def _compressed(replicate: Replicate, net: Sequence[_Layer]) -> Replicate:
    """The replicate, its optimizer state reduced to the kept weights."""
    if replicate.optimizer_state is None:
        return replicate
    state = dict(replicate.optimizer_state)
    for layer in net:
        for entry, value in state.items():
            if entry.startswith(f"{layer.name}.weight/") and value.dim() > 0:
                state[entry] = value[layer.mask]
    return replace(replicate, optimizer_state=state)
