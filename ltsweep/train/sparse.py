"""Strategy `sparse`: multilayer perceptrons with few weights left; only the kept weights exist.

A layer of a whole pack is one CSR matrix: the kept weights of its replicates are the blocks on the
diagonal. The forward pass is a product of sparse and dense, the gradient of the weights a sampled
product, and the update touches the kept values alone. So a pack takes no more calls than one
replicate, and each number is computed as it would be without the others. Activations lie as
(units, examples), the layout that both products take. Everything is fp32, even with precision=bf16:
there are too few products to gain from it. Where masks change, the matrices are made anew.
In the shape comments K = replicates, B = batch, I = inputs, O = outputs, n = kept weights.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import torch
from torch import nn

from ltsweep.data.augment import Batch
from ltsweep.data.resident import Part, Resident
from ltsweep.train.graphs import GraphUse, Recorder
from ltsweep.train.objectives import cross_entropy
from ltsweep.train.pack_optimizer import PackOptimizer
from ltsweep.train.recipe import Recipe
from ltsweep.train.replicate import Replicate, Tensors
from ltsweep.train.sparse_layers import Matrices, SparseLayer
from ltsweep.train.stacked import Stacked, relu_backward_

EVALUATION_BATCH = 1000
LOGITS_TOGETHER = 4000  # of one class: as many replicates are evaluated together on a batch


class Sparse:
    """A pack of multilayer perceptrons without their pruned weights."""

    name = "sparse"
    cached_bytes: int | None = 40 * 2**20  # of footprints, which count pruned weights too

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
        self._layers = [SparseLayer(name, pack) for name in names]
        self._matrices: tuple[int, list[Matrices]] = (0, [])  # of so many active replicates
        parameters = [
            {name: tensor for layer in self._layers for name, tensor in layer.parameters(k).items()}
            for k in range(len(pack))
        ]
        compressed = [_compressed(r, k, self._layers) for k, r in enumerate(pack)]
        self._optimizer = PackOptimizer(compressed, parameters)

    def step(self, batch: Batch, factors: Sequence[float]) -> None:
        """See Strategy."""
        active = len(factors)
        with torch.no_grad():
            self._set_gradients(batch, active)
        self._optimizer.set_rates(factors)
        self._optimizer.step(active)

    def evaluate(
        self, part: Part, examples: torch.Tensor, replicates: Sequence[int]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """See Strategy."""
        correct = torch.empty(len(replicates), len(examples), dtype=torch.bool)
        losses = torch.zeros(len(replicates), dtype=torch.float64)
        for first in range(0, len(examples), EVALUATION_BATCH):
            indices = examples[first : first + EVALUATION_BATCH]
            x = self._data.batch(part, indices).flatten(1).t().contiguous()  # I B
            y = self._data.labels(part, indices)
            most = max(1, LOGITS_TOGETHER // len(indices))
            for row, who in _runs(replicates, most):
                rows = slice(row, row + len(who))
                logits = self._logits(x, who)  # K B O
                correct[rows, first : first + len(indices)] = logits.argmax(2) == y
                found = cross_entropy(logits.flatten(0, 1), y.repeat(len(who)))
                losses[rows] += found.view(len(who), -1).double().sum(1)
        return correct, losses / len(examples)

    def state(self, replicate: int) -> Tensors:
        """See Strategy."""
        state: Tensors = {}
        for layer in self._layers:
            state[f"{layer.name}.weight"] = layer.dense(replicate, layer.kept(replicate))
            state[f"{layer.name}.bias"] = layer.bias[replicate].clone()
        return state

    def gradients(self, batch: Batch) -> list[Tensors]:
        """See Strategy."""
        active = len(batch.indices)
        found: list[Tensors] = [{} for _ in range(active)]
        with torch.no_grad():
            for layer, _, x, delta in self._backward(batch, active):
                each = zip(delta.chunk(active), x.chunk(active), found, strict=True)
                for delta_OB, x_IB, of_replicate in each:
                    # copies: MKL rounds by where a matrix begins
                    product = torch.mm(delta_OB.clone(), x_IB.clone().t())
                    of_replicate[f"{layer.name}.weight"] = product
        return found

    def graph_use(self) -> GraphUse | None:
        """See Strategy: it trains on a CPU."""
        return None

    def set_masks(self, masks: Sequence[Tensors]) -> None:
        """See Strategy."""
        self._matrices = (0, [])
        for layer in self._layers:
            name = f"{layer.name}.weight"
            parts = [mask[name] for mask in masks if name in mask]
            for k, places in enumerate(layer.set_masks(parts) if parts else ()):
                self._optimizer.rearrange(k, name, places)

    def optimizer_state(self, replicate: int) -> Tensors:
        """See Strategy."""
        state = self._optimizer.state(replicate)
        for layer in self._layers:
            for entry, value in state.items():
                if entry.startswith(f"{layer.name}.weight/") and value.dim() > 0:
                    state[entry] = layer.dense(replicate, value)
        return state

    def _set_gradients(self, batch: Batch, active: int) -> None:
        """Gradients of the mean cross-entropy by the kept weights and the biases."""
        for layer, of_layer, x, delta in self._backward(batch, active):
            gradient = of_layer.gradients
            torch.sparse.sampled_addmm(gradient, delta, x.t(), beta=0.0, out=gradient)
            torch.sum(delta, 1, out=layer.bias_gradients[:active].view(-1))

    def _backward(
        self, batch: Batch, active: int
    ) -> Iterator[tuple[SparseLayer, Matrices, torch.Tensor, torch.Tensor]]:
        """Each layer, last first, with inputs (K*I, B) and the gradient by its outputs (K*O, B).

        Of the mean cross-entropy, written out by hand.
        """
        if self._matrices[0] != active:
            self._matrices = (active, [layer.matrices(active) for layer in self._layers])
        images = self._data.training_batch(batch).flatten(2)  # K B I
        y = self._data.labels("train", batch.indices).unsqueeze(1)  # K 1 B
        x = images.transpose(1, 2).contiguous().flatten(0, 1)  # K*I B
        matrices = self._matrices[1]
        inputs = []
        for layer, of_layer in zip(self._layers, matrices, strict=True):
            inputs.append(x if layer is self._layers[0] else x.relu_())
            x = torch.addmm(layer.biases(range(active), x.shape[1]), of_layer.weights, x)
        delta = torch.softmax(x.view(active, -1, x.shape[1]), 1)  # K O B
        delta.scatter_add_(1, y, delta.new_full((), -1.0).expand(y.shape))
        delta /= y.shape[2]
        delta = delta.flatten(0, 1)
        for layer, of_layer, x in zip(
            reversed(self._layers), reversed(matrices), reversed(inputs), strict=True
        ):
            yield layer, of_layer, x, delta
            if layer is not self._layers[0]:
                layer.transpose()
                delta = torch.mm(of_layer.transposed, delta)
                relu_backward_(delta, x)

    def _logits(self, x: torch.Tensor, who: range) -> torch.Tensor:
        """Of replicates `who` on the same examples (I, B): (K, B, O)."""
        for layer in self._layers:
            first = layer is self._layers[0]
            x = x if first else x.relu_()
            weights = layer.weights(who, side_by_side=not first)
            x = torch.addmm(layer.biases(who, x.shape[1]), weights, x)
        return x.view(len(who), -1, x.shape[1]).transpose(1, 2).contiguous()


def _runs(replicates: Sequence[int], most: int) -> Iterator[tuple[int, range]]:
    """Cuts a list of replicates into runs of at most `most` neighbours: its place, and who."""
    breaks = [i for i in range(1, len(replicates)) if replicates[i] != replicates[i - 1] + 1]
    for begin, end in pairwise((0, *breaks, len(replicates))):
        for row in range(begin, end, most):
            first = replicates[row]
            yield row, range(first, first + min(most, end - row))


def _compressed(replicate: Replicate, k: int, layers: Sequence[SparseLayer]) -> Replicate:
    """Replicate k of the pack, its optimizer state reduced to the kept weights."""
    if replicate.optimizer_state is None:
        return replicate
    state = dict(replicate.optimizer_state)
    for layer in layers:
        for entry, value in state.items():
            if entry.startswith(f"{layer.name}.weight/") and value.dim() > 0:
                state[entry] = value[layer.masks[k]]
    return replace(replicate, optimizer_state=state)
