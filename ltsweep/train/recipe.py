"""What all replicates of a pack compute alike: loss, number formats, when masks change."""

from dataclasses import dataclass, field, replace

from ltsweep.foundations.components import Call, bind
from ltsweep.models.layers import Prunable
from ltsweep.spec import DynamicsSpec, TrainSpec

CROSS_ENTROPY, PLAIN = "ltsweep.train.cross_entropy", "ltsweep.train.plain"


@dataclass(frozen=True)
class Recipe:
    """How a training computes. Strategies declare what of it they can do (`Strategy.refuses`)."""

    precision: str
    objective: Call = field(default_factory=lambda: bind(CROSS_ENTROPY, {}))
    numbers: Call = field(default_factory=lambda: bind(PLAIN, {}))
    dynamics: DynamicsSpec | None = None
    prunable: Prunable = "auto"
    norm_statistics: str = "running"
    evaluation_precision: str = "same"

    @classmethod
    def of(cls, train: TrainSpec) -> "Recipe":
        """That of a specification."""
        return cls(
            train.precision,
            train.objective,
            train.numbers,
            train.dynamics,
            train.prunable,
            train.norm_statistics,
            train.evaluation_precision,
        )

    def in_evaluation(self) -> "Recipe":
        """The same with the precision that nets are evaluated in."""
        if self.evaluation_precision == "same":
            return self
        return replace(self, precision=self.evaluation_precision)

    def written_out(self) -> str | None:
        """Why a backward pass that is written out by hand cannot be used; None where it can."""
        if self.objective.target != CROSS_ENTROPY:
            return f"its backward pass is that of {CROSS_ENTROPY}, not {self.objective.target}"
        if self.numbers.target != PLAIN:
            return f"its products are of numbers as they are, not of {self.numbers.target}"
        return None
