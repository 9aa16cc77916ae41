"""The step numbers of a training, epochs turned into steps."""

import re
from functools import cached_property
from math import ceil

from ltsweep.config.components import Schedule


class Steps:
    """The step numbers of a training, epochs turned into steps."""

    def __init__(self, schedule: Schedule, batch_size: int, examples: int) -> None:
        self._schedule = schedule
        self._per_epoch = ceil(examples / batch_size)

    def of(self, text: str) -> int:
        """What "500it" or "1ep" means here."""
        return parse_steps(text, self._per_epoch)

    @cached_property
    def total(self) -> int:
        """Steps of a full training."""
        return self.of(self._schedule.length)

    @cached_property
    def warmup(self) -> int:
        """Steps of rising learning rate; of a fraction the nearest whole number."""
        said = self._schedule.warmup
        return self.of(said) if isinstance(said, str) else round(said * self.total)

    @cached_property
    def validate_every(self) -> int:
        """Steps between validations."""
        return self.of(self._schedule.validate_every)


def parse_steps(text: str, steps_per_epoch: int) -> int:
    """Optimizer steps in `text`: "500it" are steps, "1ep" are epochs. ValueError otherwise."""
    match = re.fullmatch(r"(\d+)(it|ep)", text)
    if match is None:
        raise ValueError(
            f"'{text}' is not a number of steps such as 500it or of epochs such as 1ep"
        )
    return int(match[1]) * (steps_per_epoch if match[2] == "ep" else 1)
