"""What scores are made from: a net in float64, examples of each class, and a tally of the cost."""

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass

import torch

from ltsweep.data.resident import Resident
from ltsweep.foundations.randomness import permutation, torch_seeded
from ltsweep.models.net import Net
from ltsweep.part_spec import ScoreData
from ltsweep.store.records import ScoringRecord

Tensors = dict[str, torch.Tensor]
Forward = Callable[[Tensors, torch.Tensor], torch.Tensor]
Batches = list[tuple[torch.Tensor, torch.Tensor]]


@dataclass
class Tally:
    """What scores have taken so far: images through the net, and seconds."""

    images: int = 0
    seconds: float = 0.0

    def add(self, spent: ScoringRecord) -> None:
        """Counts what other scores took."""
        self.images += spent.images
        self.seconds += spent.seconds

    def record(self) -> ScoringRecord:
        """As it is written down."""
        return ScoringRecord(images=self.images, seconds=self.seconds)


def scored_net(net: Net, seed: int, level: int, tally: Tally) -> Forward:
    """The function (state, images) -> float64 outputs of the net in training.

    Batch norm uses the statistics of its batch, and dropout draws alike each time. The state stays
    as it is.
    """
    module = copy.deepcopy(net.module).train()

    def forward(state: Tensors, images: torch.Tensor) -> torch.Tensor:
        tally.images += len(images)
        tensors = {n: t.double() if t.is_floating_point() else t for n, t in state.items()}
        own = {name: tensors[name].clone() for name, _ in module.named_buffers()}
        with torch_seeded(images.device, seed, "scored net", level):
            outputs: torch.Tensor = torch.func.functional_call(
                module, tensors | own, (images.double(),)
            )
        return outputs

    return forward


def scored_batches(data: Resident, scores: ScoreData, seed: int, size: int) -> Batches:
    """Training images, float64 (B, C, H, W), and labels, int64 (B,), the same at all levels.

    Of each class there are as many as are asked for, or all. Mixed batches differ in size by one at
    most, and in their classes by chance: the statistics of batch norm are taken from them. No
    batch is larger than `size`.
    """
    labels = data.all_labels("train").cpu()
    chosen = torch.cat(
        [_some(labels, number, scores.per_class, seed) for number in range(data.classes)]
    )
    if scores.batches == "mixed":
        chosen = chosen[permutation(seed, "order of scored examples", len(chosen))]
        parts = torch.tensor_split(chosen, math.ceil(len(chosen) / size))
    else:
        parts = torch.split(chosen, size)
    return [
        (data.batch("train", some.to(data.device)).double().cpu(), labels[some]) for some in parts
    ]


def mean_gradients(
    forward: Forward, state: Tensors, weights: Tensors, batches: Batches, scores: ScoreData
) -> Tensors:
    """Of the mean loss over all these batches by the weights, float64."""
    leaves = {name: weight.double().requires_grad_() for name, weight in weights.items()}
    count = sum(len(labels) for _, labels in batches)
    found = {name: torch.zeros_like(leaf) for name, leaf in leaves.items()}
    for images, labels in batches:
        loss = scores.objective(forward(state | leaves, images), labels).sum() / count
        gradients = torch.autograd.grad(loss, list(leaves.values()))
        for part, gradient in zip(found.values(), gradients, strict=True):
            part += gradient
    return found


def _some(labels: torch.Tensor, number: int, count: int, seed: int) -> torch.Tensor:
    """So many training examples of a class, the same whatever the level."""
    of_class = (labels == number).nonzero().squeeze(1)
    order = permutation(seed, "scored examples", len(of_class), number)
    return of_class[order[:count]]
