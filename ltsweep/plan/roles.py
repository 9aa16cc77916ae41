"""What the trainings of one side of a point share: a role."""

from dataclasses import dataclass

from ltsweep.foundations.components import Call
from ltsweep.plan.facts import Facts
from ltsweep.plan.sides import Side
from ltsweep.plan.specs import train_spec
from ltsweep.plan.steps import Steps
from ltsweep.spec import TrainSpec


@dataclass(frozen=True)
class Role:
    """A side with all that its trainings share: facts, specification, loader, memory of a net."""

    side: Side
    facts: Facts
    steps: Steps
    train: TrainSpec
    loader: Call
    memory: int

    @classmethod
    def of(cls, side: Side, facts: Facts) -> "Role":
        """What the trainings of a side have in common."""
        steps = Steps(side.schedule, side.batch_size, facts.train_examples)
        return cls(
            side=side,
            facts=facts,
            steps=steps,
            train=train_spec(side, facts.fingerprint, steps),
            loader=side.dataset.bind(),
            memory=facts.footprint.bytes(side.batch_size),
        )
