"""Weight distributions by fan-in and fan-out."""

from dataclasses import dataclass
from math import sqrt
from typing import Literal

import torch
from torch import nn

__all__ = ["kaiming_normal", "xavier_normal"]


@dataclass(frozen=True)
class Normal:
    """A centred normal distribution with its analytic standard deviation."""

    std: float

    def draw(self, shape: tuple[int, ...], scale: float, random: torch.Generator) -> torch.Tensor:
        """A float32 tensor of independent values of standard deviation std * scale."""
        return torch.randn(shape, generator=random) * (self.std * scale)


def kaiming_normal(
    fan_in: int, fan_out: int, *, nonlinearity: Literal["relu", "linear"] = "relu"
) -> Normal:
    """Std = gain / sqrt(fan_in), gain sqrt(2) before a ReLU (He et al. 2015, arXiv 1502.01852)."""
    return Normal(nn.init.calculate_gain(nonlinearity) / sqrt(fan_in))


def xavier_normal(
    fan_in: int, fan_out: int, *, nonlinearity: Literal["relu", "linear"] = "linear"
) -> Normal:
    """Std = gain * sqrt(2 / (fan_in + fan_out)) (Glorot & Bengio 2010)."""
    return Normal(nn.init.calculate_gain(nonlinearity) * sqrt(2 / (fan_in + fan_out)))
