"""The layers of a pack by their kept weights: blocks on the diagonal of one CSR matrix.

In the shape comments K = replicates, I = inputs, O = outputs, n = kept weights of all replicates.
"""

import warnings
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional as F

from ltsweep.train.replicate import Replicate


class Blocks:
    """The places of the kept weights of one matrix per replicate, for CSR matrices of many."""

    def __init__(self, masks: Sequence[torch.Tensor]) -> None:
        self._rows, self._width = masks[0].shape
        counts = torch.cat([mask.sum(1) for mask in masks])
        self._starts = F.pad(counts.cumsum(0), (1, 0)).int()  # of each row, of all replicates
        # int32, which MKL requires
        self._columns = torch.cat([mask.nonzero()[:, 1].int() for mask in masks])
        self.ends = [int(end) for end in self._starts[:: self._rows]]  # of each block; 0 first

    def matrix(
        self, values: torch.Tensor, who: range, *, side_by_side: bool = True
    ) -> torch.Tensor:
        """The CSR matrix of some neighbouring replicates; it shares the memory of `values` (n,).

        Each block has columns of its own (K*O, K*I), or all of them have the same ones (K*O, I).
        """
        first, last = self.ends[who.start], self.ends[who.stop]
        starts = self._starts[who.start * self._rows : who.stop * self._rows + 1] - first
        columns = self._columns[first:last]
        if side_by_side:
            counts = [end - begin for begin, end in pairwise(self.ends[who.start : who.stop + 1])]
            offsets = torch.arange(len(who), dtype=torch.int32) * self._width
            columns = columns + offsets.repeat_interleave(torch.tensor(counts))
        shape = (len(who) * self._rows, self._width * (len(who) if side_by_side else 1))
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Sparse CSR tensor support is in beta")
            return torch.sparse_csr_tensor(
                starts, columns, values[first:last], shape, check_invariants=False
            )


class Matrices(NamedTuple):
    """One layer of the replicates that step: weights and gradients (K*O, K*I), and (K*I, K*O)."""

    weights: torch.Tensor
    gradients: torch.Tensor
    transposed: torch.Tensor


class SparseLayer:
    """A linear layer of all replicates of a pack by its kept weights, `values` (n,)."""

    def __init__(self, name: str, pack: Sequence[Replicate]) -> None:
        weight = f"{name}.weight"
        everything = torch.ones(pack[0].state[weight].shape, dtype=torch.bool)
        self.name = name
        self.masks = [replicate.mask.get(weight, everything) for replicate in pack]
        kept = zip(pack, self.masks, strict=True)
        self.values = torch.cat([replicate.state[weight][mask] for replicate, mask in kept])
        self.bias = torch.stack([replicate.state[f"{name}.bias"] for replicate in pack])  # K O
        self.gradients = torch.zeros_like(self.values)
        self.bias_gradients = torch.zeros_like(self.bias)
        self._blocks = Blocks(self.masks)
        self._transposed_blocks = Blocks([mask.t() for mask in self.masks])
        self._transposed = torch.zeros_like(self.values)
        begins = self._blocks.ends[:-1]
        places = [_transposed_places(m) + b for m, b in zip(self.masks, begins, strict=True)]
        self._transposed_places = torch.cat(places)

    def parameters(self, replicate: int) -> dict[str, nn.Parameter]:
        """The kept weights and the biases under the names of the whole ones, with gradients."""
        mine = self._slice(replicate)
        weights, bias = nn.Parameter(self.values[mine]), nn.Parameter(self.bias[replicate])
        weights.grad, bias.grad = self.gradients[mine], self.bias_gradients[replicate]
        return {f"{self.name}.weight": weights, f"{self.name}.bias": bias}

    def matrices(self, active: int) -> Matrices:
        """Those of the first `active` replicates."""
        who = range(active)
        return Matrices(
            self._blocks.matrix(self.values, who),
            self._blocks.matrix(self.gradients, who),
            self._transposed_blocks.matrix(self._transposed, who),
        )

    def transpose(self) -> None:
        """Copies the present weights to the values of the transposed matrices."""
        torch.index_select(self.values, 0, self._transposed_places, out=self._transposed)

    def weights(self, who: range, *, side_by_side: bool) -> torch.Tensor:
        """The present weights of some neighbouring replicates: see `Blocks.matrix`."""
        return self._blocks.matrix(self.values, who, side_by_side=side_by_side)

    def biases(self, who: range, examples: int) -> torch.Tensor:
        """The present biases, (K*O, examples), to add to products."""
        return self.bias[who.start : who.stop].view(-1, 1).expand(-1, examples)

    def kept(self, replicate: int) -> torch.Tensor:
        """The present values of a replicate's kept weights."""
        return self.values[self._slice(replicate)]

    def dense(self, replicate: int, values: torch.Tensor) -> torch.Tensor:
        """A matrix (O, I) with these values at the places of the kept weights, else zero."""
        mask = self.masks[replicate]
        whole = torch.zeros(mask.shape)
        whole[mask] = values
        return whole

    def _slice(self, replicate: int) -> slice:
        return slice(self._blocks.ends[replicate], self._blocks.ends[replicate + 1])


def _transposed_places(mask: torch.Tensor) -> torch.Tensor:
    """For each kept weight in the order of the transpose, its place in that of the matrix."""
    places = torch.zeros(mask.shape, dtype=torch.int64)
    places[mask] = torch.arange(int(mask.sum()))
    return places.t()[mask.t()]
