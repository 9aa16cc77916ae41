"""Ladders: how each level is made from the one before. A ladder is a value, whatever its rules."""

from dataclasses import dataclass
from functools import cache

from ltsweep.foundations.components import Call, arguments, bind
from ltsweep.methods.rule_inputs import RULE_INPUTS
from ltsweep.part_spec import Rescale
from ltsweep.spec import Moved, TrainSpec

# Iterative pruning with rewinding, where a method names no ladder of its own.
REWINDING = ("ltsweep.methods.imp", "ltsweep.methods.rewound")


@dataclass(frozen=True)
class Ladder:
    """The rules of all levels but the dense one, their training, and the step at which it starts.

    Where nothing else is said, a method's own levels are such a value too. With `keeps_optimizer`
    the optimizer goes on with its state at the reset step. `moved` says what of a state is replaced
    on the way to a target, `rescale` how the kept weights are rescaled.
    """

    mask: Call
    weights: Call
    train: TrainSpec
    start: int
    keeps_optimizer: bool = False
    moved: Moved | None = None
    rescale: Rescale | None = None


@cache
def rule(target: str) -> Call:
    """The rule of this name."""
    return bind(target, {})


def asks_for_ladder(mask: Call) -> bool:
    """Whether a mask rule goes on from a ladder's masks."""
    return "ladder" in arguments(mask.target)


def asks_for_end(weights: Call) -> bool:
    """Whether a weights rule goes on from the end of the ladder's own level."""
    return "ended" in arguments(weights.target)


def asks_for_draw(weights: Call) -> bool:
    """Whether a weights rule starts from the controls' own draw."""
    return not arguments(weights.target).isdisjoint(("fresh", "fresh_at_reset"))


def asks_for_scores(mask: Call) -> bool:
    """Whether a mask rule goes on from what a criterion scores."""
    asked = arguments(mask.target)
    return not asked.isdisjoint(("ladder", "scored_at_step", "scored_transferred"))


def scores_a_step(mask: Call) -> bool:
    """Whether a mask rule asks for what a criterion makes of the state at the method's own step."""
    return "scored_at_step" in arguments(mask.target)


def is_of_target(rule: Call) -> bool:
    """Whether a rule asks for what the target's own training has made."""
    return any(RULE_INPUTS[name].is_of_target for name in arguments(rule.target))


def is_trained(weights: Call) -> bool:
    """Whether a weights rule asks for a state whose training has come to the reset step."""
    return any(RULE_INPUTS[name].is_trained for name in arguments(weights.target))


def is_rewound(weights: Call) -> bool:
    """Whether a weights rule takes the state at the reset step and nothing else."""
    return arguments(weights.target) == {"rewound"}
