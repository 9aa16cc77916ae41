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

from ltsweep.train.pack_optimizer import rearranged
from ltsweep.train.replicate import Replicate

Places = tuple[torch.Tensor, torch.Tensor]  # rows and columns of kept weights, row by row


class Blocks:
    """The places of the kept weights of one matrix per replicate, for CSR matrices of many."""

    def __init__(self, places: Sequence[Places], shape: tuple[int, int]) -> None:
        self._rows, self._width = shape
        counts = [torch.bincount(rows, minlength=self._rows) for rows, _ in places]
        starts = F.pad(torch.cat(counts).cumsum(0), (1, 0))  # of each row, of all replicates
        # int32, which MKL requires
        self._starts = starts.int()
        self._columns = torch.cat([columns.int() for _, columns in places])
        self.ends = [int(end) for end in starts[:: self._rows]]  # of each block; 0 first

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
        self.bias = torch.stack([replicate.state[f"{name}.bias"] for replicate in pack])  # K O
        self.bias_gradients = torch.zeros_like(self.bias)
        self._weights = [nn.Parameter(torch.empty(0)) for _ in pack]  # views of `values`
        kept = zip(pack, self.masks, strict=True)
        self._arrange([replicate.state[weight][mask] for replicate, mask in kept])

    def _arrange(self, values: Sequence[torch.Tensor]) -> None:
        """Lays out the kept weights of these masks, whose values each replicate has."""
        found = [mask.nonzero() for mask in self.masks]
        places: list[Places] = [(f[:, 0].contiguous(), f[:, 1].contiguous()) for f in found]
        height, width = self.masks[0].shape
        orders = [columns.argsort(stable=True) for _, columns in places]
        transposed = [(c[order], r[order]) for (r, c), order in zip(places, orders, strict=True)]
        self._blocks = Blocks(places, (height, width))
        self._transposed_blocks = Blocks(transposed, (width, height))
        begins = self._blocks.ends[:-1]
        self._transposed_places = torch.cat([o + b for o, b in zip(orders, begins, strict=True)])
        self._numbers = [rows * width + columns for rows, columns in places]
        self.values = torch.cat(list(values))
        self.gradients = torch.zeros_like(self.values)
        self._transposed = torch.zeros_like(self.values)
        for k, weights in enumerate(self._weights):
            weights.grad = None
            weights.data = self.values[self._slice(k)]
            weights.grad = self.gradients[self._slice(k)]

    def set_masks(self, masks: Sequence[torch.Tensor]) -> list[torch.Tensor]:
        """The first replicates keep other weights: those that they kept as they are, others zero.

        Returns for each of them the place of each weight among those that were kept before; their
        number, if it was none. Matrices that were made before are of no use any more.
        """
        places = []
        for mask, before in zip(masks, self._numbers, strict=False):
            numbers = mask.flatten().nonzero().squeeze(1)
            found = torch.searchsorted(before, numbers)
            same = F.pad(before, (0, 1), value=-1)[found] == numbers
            places.append(torch.where(same, found, len(before)))
        values = [rearranged(self.kept(k), place) for k, place in enumerate(places)]
        values += [self.kept(k) for k in range(len(masks), len(self.masks))]
        self.masks = [*masks, *self.masks[len(masks) :]]
        self._arrange(values)
        return places

    def parameters(self, replicate: int) -> dict[str, nn.Parameter]:
        """The kept weights and the biases under the names of the whole ones, with gradients."""
        bias = nn.Parameter(self.bias[replicate])
        bias.grad = self.bias_gradients[replicate]
        return {f"{self.name}.weight": self._weights[replicate], f"{self.name}.bias": bias}

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
