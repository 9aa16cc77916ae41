"""Objectives: what a net is trained to make small, a loss for each example."""

import torch
from torch.nn import functional as F


def cross_entropy(outputs: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """-log softmax(outputs)[label], float32 (B,), of outputs (B, classes) and labels int64 (B,)."""
    return F.cross_entropy(outputs, labels, reduction="none")
