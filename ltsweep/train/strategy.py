"""How a pack executes: the interface of the strategies."""

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import nn

from ltsweep.data.augment import Batch
from ltsweep.data.resident import Part, Resident
from ltsweep.train.graphs import GraphUse, Recorder
from ltsweep.train.recipe import Recipe
from ltsweep.train.replicate import Replicate, Tensors


class Strategy(Protocol):
    """A pack loaded for training. Replicates are numbered as given; the first ones step first."""

    name: str
    # Footprint of the nets that a core should train at a time: more push each other out of its
    # caches. None where replicates take turns anyway.
    cached_bytes: int | None

    @classmethod
    def refuses(cls, module: nn.Module, recipe: Recipe) -> str | None:
        """Why this strategy cannot train such a net in such a way; None where it can."""

    def __init__(
        self,
        module: nn.Module,
        pack: Sequence[Replicate],
        data: Resident,
        recipe: Recipe,
        recorder: Recorder | None = None,
    ) -> None:
        """Loads states, masks and optimizer states; `module` is on the meta device.

        `recorder` records steps as CUDA graphs; None for one that only this pack uses.
        """

    def step(self, batch: Batch, factors: Sequence[float]) -> None:
        """One optimizer step of the first len(factors) replicates.

        `batch` holds their training examples, on the CPU or the device; `factors` multiply each
        replicate's base learning rate. Pruned weights stay exactly zero.
        """

    def evaluate(
        self, part: Part, examples: torch.Tensor, replicates: Sequence[int]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Correctness, bool (replicates, examples), and mean loss, float64 (replicates,).

        Norm layers use the statistics that the recipe names. Nothing of the training changes.
        """

    def state(self, replicate: int) -> Tensors:
        """A copy on the CPU of a replicate's parameters and buffers."""

    def optimizer_state(self, replicate: int) -> Tensors:
        """A copy on the CPU of a replicate's optimizer state, by '<parameter>/<quantity>'."""

    def graph_use(self) -> GraphUse | None:
        """Whether steps ran as CUDA graphs, once there were any; None on a CPU."""

    def gradients(self, batch: Batch) -> list[Tensors]:
        """Of each replicate's loss on the batch by the prunable weights, pruned ones included.

        Copies on the CPU. Asked for only where the recipe has dynamics, as is `set_masks`.
        """

    def set_masks(self, masks: Sequence[Tensors]) -> None:
        """From now on the first replicates have these masks, of the weights that they had masks of.

        What is pruned, or was before, is zero, and the optimizer remembers nothing of it.
        """
