"""What the trainings of one side of a point share: a role."""

from dataclasses import dataclass

from ltsweep.plan.facts import Facts
from ltsweep.plan.sides import Side
from ltsweep.plan.specs import train_spec
from ltsweep.plan.stage import Means
from ltsweep.plan.steps import Steps
from ltsweep.spec import TrainSpec


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
            ),
        )

    def means_with(self, source: "Role") -> Means:
        """Those of trainings that take something from the source, and may read what it reads."""
        loaders = {**source.means.loaders, **self.means.loaders}
        return self.means.model_copy(
            update={"loaders": loaders, "source": source.side.dataset.name}
        )
