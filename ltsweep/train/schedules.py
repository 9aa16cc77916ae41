"""Learning-rate schedules: each gives the factor on the base rate at a step of `total` steps.

A factor depends on the absolute step alone, so a training that resumes at a late step, or after an
interruption, sees the rates that an uninterrupted one would. Warm-up multiplies any of them.
"""

from collections.abc import Sequence
from math import cos, pi
from typing import Annotated

from pydantic import Field

from ltsweep.spec import ScheduleSpec

__all__ = ["constant", "cosine", "linear", "milestones"]

Fraction = Annotated[float, Field(gt=0, lt=1)]
Gamma = Annotated[float, Field(gt=0, le=1)]
Final = Annotated[float, Field(ge=0, le=1)]


def constant(step: int, total: int) -> float:
    """The base learning rate throughout."""
    return 1.0


def milestones(
    step: int, total: int, *, at: tuple[Fraction, ...] = (0.5, 0.75), gamma: Gamma = 0.1
) -> float:
    """Multiplies by `gamma` at each of these fractions of the training's length."""
    return gamma ** sum(step >= round(fraction * total) for fraction in at)


def cosine(step: int, total: int, *, final: Final = 0.0) -> float:
    """Half a cosine from 1 to `final` (Loshchilov & Hutter 2017, arXiv 1608.03983)."""
    return final + (1 - final) * (1 + cos(pi * step / total)) / 2


def linear(
    step: int,
    total: int,
    *,
    decay: Annotated[float, Field(gt=0, le=1)] = 0.3,
    final: Final = 0.0,
) -> float:
    """1, and over the last share `decay` of the training a straight line from 1 to `final`."""
    return final + (1 - final) * min(1.0, (total - step) / (decay * total))


def learning_rate_factor(schedule: ScheduleSpec, step: int) -> float:
    """The factor at `step`, linear warm-up included: step 0 of n warm-up steps has 1/n."""
    warmup = min(1.0, (step + 1) / schedule.warmup) if schedule.warmup else 1.0
    factor: float = schedule.factor(step, schedule.total)
    return warmup * factor


def last_rate(rate: float, schedule: ScheduleSpec) -> float:
    """The rate that a schedule with this base rate ends with; where that is 0, a tenth of `rate`.

    A `factor` of a user's own may know no end; what it raises comes through.
    """
    factor: float = schedule.factor(schedule.total, schedule.total)
    return rate * factor if factor > 0 else rate / 10


class Factors:
    """The factors of a pack at each step, one calculation for all replicates of one schedule."""

    def __init__(self, schedules: Sequence[ScheduleSpec]) -> None:
        names = [schedule.model_dump_json() for schedule in schedules]
        self._different = dict(zip(names, schedules, strict=True))
        self._names = names

    def at(self, step: int, active: int) -> list[float]:
        """Those of the first `active` replicates."""
        factor = {name: learning_rate_factor(s, step) for name, s in self._different.items()}
        return [factor[name] for name in self._names[:active]]
