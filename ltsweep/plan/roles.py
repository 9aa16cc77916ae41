"""What the trainings of one side of a point share: a role."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ltsweep.config.sentences import show
from ltsweep.plan.facts import Facts
from ltsweep.plan.sides import FactSource, Side
from ltsweep.plan.specs import train_spec
from ltsweep.plan.stage import Means
from ltsweep.plan.steps import Steps
from ltsweep.spec import TrainSpec
from ltsweep.train.norm_statistics import LEAST_STEPS, has_running_statistics


@dataclass(frozen=True)
class Role:
    """A side with all that its trainings share: facts, steps, specification, means."""

    side: Side
    facts: Facts
    steps: Steps
    train: TrainSpec
    means: Means

    @classmethod
    def of(cls, side: Side, facts: Facts) -> "Role":
        """What the trainings of a side have in common."""
        steps = Steps(side.schedule, side.batch_size, facts.train_examples)
        return cls(
            side=side,
            facts=facts,
            steps=steps,
            train=train_spec(side, facts, steps),
            means=Means(
                loaders={facts.fingerprint: side.dataset.bind()},
                dataset=side.dataset.name,
                model=side.model.name,
                memory=facts.footprint.bytes(side.batch_size),
                multiply_adds=facts.multiply_adds,
            ),
        )

    def means_with(self, source: "Role") -> Means:
        """Those of trainings that take something from the source, and may read what it reads."""
        loaders = {**source.means.loaders, **self.means.loaders}
        return self.means.model_copy(
            update={"loaders": loaders, "source": source.side.dataset.name}
        )


class Roles:
    """Roles by what they are made from: thousands of points share a few."""

    def __init__(self, find_facts: FactSource) -> None:
        self._find_facts = find_facts
        self._known: dict[tuple[Any, ...], Role] = {}

    def of(self, side: Side) -> Role:
        """The role of a side of a point."""
        config = side.config
        data = (side.dataset, side.input, side.shaped_like)
        parts = (*data, side.model, side.optimizer, side.schedule, side.batch_size, side.ticket)
        ways = (config.precision, config.norm_statistics, config.strategy)
        name = (*parts, side.head_is_fresh, config.objective, config.numbers, *ways)
        if name not in self._known:
            self._known[name] = Role.of(side, self._find_facts(side))
        return self._known[name]

    def notices(self) -> Iterator[str]:
        """What users should know of them: constants that were computed, statistics that lag."""
        for role in self._known.values():
            yield from _unsettled_statistics(role)
            yield from _computed_constants(role)

    def tickets(self) -> dict[str, Path]:
        """The files of tickets, by digest."""
        found = (role.facts.ticket for role in self._known.values())
        return {ticket.record.digest: ticket.path for ticket in found if ticket is not None}

    def descriptions(self) -> Iterator[str]:
        """Of the users' own models among them."""
        for role in self._known.values():
            if role.facts.description is not None:
                yield role.facts.description


def _unsettled_statistics(role: Role) -> Iterator[str]:
    train, steps = role.train, role.steps.total
    unsettled = train.norm_statistics == "running" and steps < LEAST_STEPS
    if unsettled and has_running_statistics(role.facts.module):
        yield (
            f"{role.side.model.name} is trained for {steps} steps only: the running "
            "statistics of its batch norm lag behind its weights, and accuracies may be "
            "far too low; write norm_statistics=recalibrated"
        )


def _computed_constants(role: Role) -> Iterator[str]:
    if not role.facts.is_computed:
        return
    how = role.train.data.normalise
    shape = role.facts.input and "x".join(map(str, role.facts.input.shape))
    yield (
        f"dataset={role.side.dataset.name}: dataset.mean={show(how.mean)} and "
        f"dataset.std={show(how.std)}, as on the {role.facts.train_examples} images "
        "that are trained on" + (f", made {shape}" if shape else "")
    )
