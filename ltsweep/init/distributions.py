"""Weight distributions by fan-in and fan-out: centred, with their analytic standard deviations.

A distribution has `std`, a number, or a function of the weights' shape where the fans do not tell
it, and `draw(shape, scale, random)`, which returns float32 of that deviation times `scale`. One
with a true `is_fan_based` has independent weights whose deviation follows from the fans alone: so
a pruned layer can be drawn by its formula with the fans that are left (`init.rescale=redraw`).
"""

from dataclasses import dataclass
from math import erf, exp, pi, prod, sqrt
from typing import ClassVar, Literal

import torch
from torch import nn

__all__ = [
    "kaiming_normal",
    "kaiming_uniform",
    "orthogonal",
    "signed_constant",
    "truncated_normal",
    "xavier_normal",
    "xavier_uniform",
]

Shape = tuple[int, ...]
Nonlinearity = Literal["relu", "linear"]

# The standard deviation of a standard normal between -2 and 2: 0.8796.
_TRUNCATED_STD = sqrt(1 - 4 * exp(-2) / (sqrt(2 * pi) * erf(sqrt(2))))


@dataclass(frozen=True)
class Normal:
    """A centred normal distribution with its analytic standard deviation."""

    is_fan_based: ClassVar[bool] = True
    std: float

    def draw(self, shape: Shape, scale: float, random: torch.Generator) -> torch.Tensor:
        """A float32 tensor of independent values of standard deviation std * scale."""
        return torch.randn(shape, generator=random) * (self.std * scale)


@dataclass(frozen=True)
class Uniform:
    """A centred uniform distribution: between -a and a, where std = a / sqrt(3)."""

    is_fan_based: ClassVar[bool] = True
    std: float

    def draw(self, shape: Shape, scale: float, random: torch.Generator) -> torch.Tensor:
        """A float32 tensor of independent values of standard deviation std * scale."""
        return (torch.rand(shape, generator=random) * 2 - 1) * (sqrt(3) * self.std * scale)


@dataclass(frozen=True)
class TruncatedNormal:
    """A normal distribution of deviation `sigma`, cut at two of it: std = 0.8796 sigma."""

    is_fan_based: ClassVar[bool] = True
    sigma: float

    @property
    def std(self) -> float:
        """What the cut leaves of sigma."""
        return _TRUNCATED_STD * self.sigma

    def draw(self, shape: Shape, scale: float, random: torch.Generator) -> torch.Tensor:
        """A float32 tensor of independent values, none beyond 2 * sigma * scale."""
        values = torch.empty(shape)
        nn.init.trunc_normal_(values, a=-2.0, b=2.0, generator=random)
        return values * (self.sigma * scale)


@dataclass(frozen=True)
class SignedConstant:
    """Plus or minus one constant, each in half of the cases: its deviation is the constant."""

    is_fan_based: ClassVar[bool] = False
    std: float

    def draw(self, shape: Shape, scale: float, random: torch.Generator) -> torch.Tensor:
        """A float32 tensor of values with independent signs and one magnitude, std * scale."""
        signs = torch.randint(0, 2, shape, generator=random) * 2 - 1
        return signs.to(torch.float32) * (self.std * scale)


@dataclass(frozen=True)
class Orthogonal:
    """A random orthonormal system times `gain`: the weights flattened to (shape[0], the rest)."""

    is_fan_based: ClassVar[bool] = False
    gain: float

    def std(self, shape: Shape) -> float:
        """The root mean square of every draw: unit vectors of the longer side's length."""
        return self.gain / sqrt(max(shape[0], prod(shape[1:])))

    def draw(self, shape: Shape, scale: float, random: torch.Generator) -> torch.Tensor:
        """A float32 tensor: rows or columns, whichever are fewer, are orthogonal and equal long."""
        values = torch.empty(shape)
        nn.init.orthogonal_(values, gain=self.gain * scale, generator=random)
        return values


def kaiming_normal(fan_in: float, fan_out: float, *, nonlinearity: Nonlinearity = "relu") -> Normal:
    """Std = gain / sqrt(fan_in), gain sqrt(2) before a ReLU (He et al. 2015, arXiv 1502.01852)."""
    return Normal(_kaiming(fan_in, nonlinearity))


def kaiming_uniform(
    fan_in: float, fan_out: float, *, nonlinearity: Nonlinearity = "relu"
) -> Uniform:
    """Uniform with the std of `kaiming_normal`: between -a and a, a = gain * sqrt(3 / fan_in)."""
    return Uniform(_kaiming(fan_in, nonlinearity))


def xavier_normal(
    fan_in: float, fan_out: float, *, nonlinearity: Nonlinearity = "linear"
) -> Normal:
    """Std = gain * sqrt(2 / (fan_in + fan_out)) (Glorot & Bengio 2010)."""
    return Normal(_xavier(fan_in, fan_out, nonlinearity))


def xavier_uniform(
    fan_in: float, fan_out: float, *, nonlinearity: Nonlinearity = "linear"
) -> Uniform:
    """Uniform with the std of `xavier_normal`: a = gain * sqrt(6 / (fan_in + fan_out))."""
    return Uniform(_xavier(fan_in, fan_out, nonlinearity))


def truncated_normal(
    fan_in: float, fan_out: float, *, nonlinearity: Nonlinearity = "relu"
) -> TruncatedNormal:
    """Normal with sigma = gain / sqrt(fan_in), cut at 2 sigma and not widened after the cut.

    Its std is 0.8796 sigma, so 0.8796 of that of `kaiming_normal`.
    """
    return TruncatedNormal(_kaiming(fan_in, nonlinearity))


def signed_constant(
    fan_in: float, fan_out: float, *, nonlinearity: Nonlinearity = "relu"
) -> SignedConstant:
    """Random signs times the std of `kaiming_normal` (Zhou et al. 2019, arXiv 1905.01067)."""
    return SignedConstant(_kaiming(fan_in, nonlinearity))


def orthogonal(fan_in: float, fan_out: float, *, nonlinearity: Nonlinearity = "relu") -> Orthogonal:
    """Rows or columns of the flattened weights orthonormal, times gain (Saxe et al. 2014).

    Std = gain / sqrt(max(out, in * kh * kw)) (arXiv 1312.6120).
    """
    return Orthogonal(nn.init.calculate_gain(nonlinearity))


def _kaiming(fan_in: float, nonlinearity: Nonlinearity) -> float:
    return nn.init.calculate_gain(nonlinearity) / sqrt(fan_in)


def _xavier(fan_in: float, fan_out: float, nonlinearity: Nonlinearity) -> float:
    return nn.init.calculate_gain(nonlinearity) * sqrt(2 / (fan_in + fan_out))
