"""Evaluation of replicates one after the other, on batches that they share."""

from collections.abc import Callable, Sequence

import torch

from ltsweep.data.resident import Part, Resident


def evaluate_in_turn(
    data: Resident,
    part: Part,
    examples: torch.Tensor,
    replicates: Sequence[int],
    *,
    batch_size: int,
    prepare: Callable[[torch.Tensor], torch.Tensor],
    logits_of: Callable[[int, torch.Tensor], torch.Tensor],
    losses_of: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
) -> tuple[torch.Tensor, torch.Tensor]:
    """Correctness, bool (replicates, examples), and mean loss, float64 (replicates,), on the CPU.

    `prepare` lays a batch of images (B, C, H, W) out as a net wants it, once for all replicates;
    `logits_of` gives a replicate's fp32 logits (B, classes) on what it made, `losses_of` the losses
    (B,) of logits and labels.
    """
    correct = torch.empty(len(replicates), len(examples), dtype=torch.bool)
    losses = torch.zeros(len(replicates), dtype=torch.float64)
    for first in range(0, len(examples), batch_size):
        indices = examples[first : first + batch_size]
        x = prepare(data.batch(part, indices))
        y = data.labels(part, indices)
        for row, k in enumerate(replicates):
            logits = logits_of(k, x)
            correct[row, first : first + len(indices)] = (logits.argmax(1) == y).cpu()
            losses[row] += losses_of(logits, y).double().sum().cpu()
    return correct, losses / len(examples)
