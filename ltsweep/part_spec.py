"""Parts of stage specifications: where masks and weights come from, and what rules are given.

CONTRIBUTING ("Keys that last") says how a specification may change.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from ltsweep.data_spec import DataSpec, Frozen
from ltsweep.foundations.components import Call, late
from ltsweep.foundations.types import Key


class InitSpec(Frozen):
    """A weight distribution, the factor on its standard deviation, and how biases start.

    The output layer is drawn as the others, or as torch draws a linear layer.
    """

    distribution: Call
    scale: float
    bias: Literal["zero", "torch"] = late("zero")
    output: Literal["same", "torch"] = late("same")


RescaleWay = Literal["count", "count_unit", "energy", "redraw"]


class Rescale(Frozen):
    """How kept weights are rescaled after masking (`init.rescaling`).

    They come from this distribution, as it is drawn for this purpose, or from a training of that.
    """

    way: RescaleWay
    init: InitSpec
    purpose: Literal["init", "control init"]


class PruningSpec(Frozen):
    """What is pruned per level: scores, scope, and fractions of what remains.

    `layers` pairs patterns of layers with fractions of their own; the first that matches holds.
    `schedule` is that of a cell: a mask that is made `oneshot` says so by its counts.
    A level is pruned in `rounds`, each scored under the mask of the one before. `score_per_class`
    is that of a cell: what scores read says so in its own words.
    """

    score: Call
    scope: Literal["global", "layerwise"]
    fraction: float
    output_fraction: float | None
    layers: tuple[tuple[str, float], ...] = late(())
    schedule: Literal["iterative", "oneshot"] = late("iterative")
    rounds: int = late(1)
    score_per_class: int = late(10)


class Kept(Frozen):
    """Kept weights of a group of layers that are pruned together."""

    layers: tuple[str, ...]
    count: int


class Input(Frozen):
    """What is read from another stage, named by its key.

    A `state` holds parameters and buffers at a step of the stage's schedule, or at its end; an
    `optimizer` state likewise. A `mask` is the stage's own, a `next mask` what such a state leads
    to under a pruning; `given` is what the criterion asks for beside that state. Where a next mask
    has `kept`, it is made with these counts at once, whatever the pruning's fractions.
    """

    stage: Key
    what: Literal["state", "optimizer", "mask", "next mask"]
    step: int | None = None
    pruning: PruningSpec | None = None
    given: dict[str, "Part"] = Field(default_factory=dict)
    kept: tuple[Kept, ...] = late(())

    @property
    def origin(self) -> "Input":
        """The state that a next mask is made from."""
        assert self.what == "next mask"
        return Input(stage=self.stage, what="state", step=self.step)


class Exported(Frozen):
    """The mask or the weights of a ticket from a file, named by the SHA-256 of its bytes."""

    ticket: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    what: Literal["mask", "weights"]


class ScoreData(Frozen):
    """What a score is computed on: examples of each class, with the loss of a training.

    Batches are all alike `mixed`, or they were filled class `by class`, the last one less.
    """

    data: DataSpec
    objective: Call
    per_class: int
    batches: Literal["by class", "mixed"] = late("by class")


# what a rule's input has in the key
Part = Input | Exported | InitSpec | ScoreData | Call | tuple[Kept, ...] | int


class RuleSpec(Frozen):
    """A rule for a mask or for weights, and what it is given, by the name it asks for."""

    rule: Call
    given: dict[str, Part]


def nested(given: Mapping[str, Part]) -> Iterator[Part]:
    """What a rule is given, and what the criteria of its next masks are given."""
    for part in given.values():
        yield part
        if isinstance(part, Input):
            yield from nested(part.given)
