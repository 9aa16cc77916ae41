"""What all replicates of a pack compute alike: loss, number formats, when masks change."""

from dataclasses import dataclass, field

from ltsweep.foundations.components import Call, bind
from ltsweep.spec import DynamicsSpec, TrainSpec

CROSS_ENTROPY = bind("ltsweep.train.cross_entropy", {})
PLAIN = bind("ltsweep.train.plain", {})


@dataclass(frozen=True)
class Recipe:
    """How a training computes. Strategies declare what of it they can do (`Strategy.refuses`)."""

    precision: str
    objective: Call = field(default=CROSS_ENTROPY)
    numbers: Call = field(default=PLAIN)
    dynamics: DynamicsSpec | None = None

    @classmethod
    def of(cls, train: TrainSpec) -> "Recipe":
        """That of a specification."""
        return cls(train.precision, train.objective, train.numbers, train.dynamics)

    def written_out(self) -> str | None:
        """Why a backward pass that is written out by hand cannot be used; None where it can."""
        if self.objective != CROSS_ENTROPY:
            return (
                f"its backward pass is that of {CROSS_ENTROPY.target}, not {self.objective.target}"
            )
        if self.numbers != PLAIN:
            return f"its products are of numbers as they are, not of {self.numbers.target}"
        return None
