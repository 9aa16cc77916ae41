"""The step numbers of a configuration, epochs turned into steps."""

import re
from functools import cached_property
from math import ceil

from ltsweep.config.settings import PointConfig
from ltsweep.plan.facts import Facts


class Steps:
    """The step numbers of a configuration, epochs turned into steps."""

    def __init__(self, config: PointConfig, facts: Facts) -> None:
        self._config = config
        self._per_epoch = ceil(facts.train_examples / config.batch_size)

    @cached_property
    def total(self) -> int:
        """Steps of a full training."""
        return parse_steps(self._config.schedule.length, self._per_epoch)

    @cached_property
    def warmup(self) -> int:
        """Steps of rising learning rate."""
        return parse_steps(self._config.schedule.warmup, self._per_epoch)

    @cached_property
    def validate_every(self) -> int:
        """Steps between validations."""
        return parse_steps(self._config.schedule.validate_every, self._per_epoch)

    @cached_property
    def reset(self) -> int:
        """The step that tickets are rewound to."""
        return parse_steps(self._config.reset.step, self._per_epoch)


def parse_steps(text: str, steps_per_epoch: int) -> int:
    """Optimizer steps in `text`: "500it" are steps, "1ep" are epochs. ValueError otherwise."""
    match = re.fullmatch(r"(\d+)(it|ep)", text)
    if match is None:
        raise ValueError(
            f"'{text}' is not a number of steps such as 500it or of epochs such as 1ep"
        )
    return int(match[1]) * (steps_per_epoch if match[2] == "ep" else 1)
