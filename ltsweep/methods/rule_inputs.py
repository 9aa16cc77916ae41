"""What rules may ask for by argument name: mask rules, weights rules and pruning criteria alike.

Each entry says what its name means, what of it enters the key of a stage (an `Input` names another
stage and is waited for), and how the value is made when the stage begins. A new name is one more
entry here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from ltsweep.foundations.components import Call, arguments, unanswered
from ltsweep.methods.scene import Asked, Kind, Scene
from ltsweep.part_spec import Exported, Input, Part, ScoreData


@dataclass(frozen=True)
class RuleInput:
    """One name that rules may ask for.

    `given` is what it has in the key, None for nothing; `make` the value, from that part. `kinds`
    are the kinds of rules that may ask, `of_file` those that may of a ticket from a file.
    `is_trained` tells that it is a state whose training has come to the reset step, so that the
    schedule may go on there. What `is_of_target` is made in the target's own training.
    """

    meaning: str
    given: Callable[[Asked], Part | None]
    make: Callable[[Scene, Any], Any]
    kinds: frozenset[Kind] = frozenset(("mask", "weights", "criterion"))
    of_file: frozenset[Kind] = frozenset()
    is_trained: bool = False
    is_of_target: bool = False


_RULES: frozenset[Kind] = frozenset(("mask", "weights"))  # rules of levels; criteria are none


def _nothing(asked: Asked) -> None:
    """The value follows from what is in the key anyway."""


def _mask(asked: Asked) -> Input | None:
    return Input(stage=asked.parent, what="mask") if asked.kind == "mask" else None


def _ladder(asked: Asked) -> Input | Exported:
    if asked.ticket is not None:
        return Exported(ticket=asked.ticket, what="mask")
    given = given_to("criterion", asked.pruning.score, asked)
    return Input(
        stage=asked.parent,
        what="next mask",
        pruning=asked.pruning,
        given=given,
        kept=asked.kept if asked.at_once else (),
    )


def _rewound(asked: Asked) -> Input | Exported:
    if asked.ticket is not None:
        return Exported(ticket=asked.ticket, what="weights")
    return Input(stage=asked.dense, what="state", step=asked.reset)


def _scored_at_step(asked: Asked) -> Input:
    return Input(
        stage=asked.dense,
        what="next mask",
        step=asked.reset,
        pruning=asked.pruning,
        given=given_to("criterion", asked.pruning.score, asked),
        kept=asked.kept,
    )


def _transferred(asked: Asked) -> Input:
    assert asked.transferred is not None
    return Input(stage=asked.transferred.stage, what="state")


def _scored_transferred(asked: Asked) -> Input:
    """Criteria score it as the end of a level of the target's, on the target's data."""
    assert asked.transferred is not None
    stage, data = asked.transferred
    there = asked._replace(parent=stage, same=stage, data=data)
    return Input(
        stage=stage,
        what="next mask",
        pruning=asked.pruning,
        given=given_to("criterion", asked.pruning.score, there),
        kept=asked.kept,
    )


def _batches(asked: Asked) -> ScoreData:
    return ScoreData(
        data=asked.data, objective=asked.objective, per_class=asked.per_class, batches="mixed"
    )


RULE_INPUTS: Mapping[str, RuleInput] = {
    "weights": RuleInput(
        "the prunable weights that are scored, by parameter name",
        given=_nothing,
        make=lambda scene, _: scene.weights(),
        kinds=frozenset(("criterion",)),
    ),
    "gradients": RuleInput(
        "of the mean loss over the batches by these weights, float64, pruned ones included",
        given=_batches,
        make=lambda scene, scores: scene.gradients(scores),
        kinds=frozenset(("criterion",)),
    ),
    "batches": RuleInput(
        "pairs of images and labels, a few training examples of each class of the source",
        given=_batches,
        make=lambda scene, scores: scene.batches(scores),
    ),
    "state": RuleInput(
        "all parameters and buffers of the net whose weights are scored, by name",
        given=_nothing,
        make=lambda scene, _: scene.scored_state(),
        kinds=frozenset(("criterion",)),
    ),
    "net": RuleInput(
        "the function (state, images) -> float64 logits",
        given=_nothing,
        make=lambda scene, _: scene.net(),
        of_file=_RULES,
    ),
    "objective": RuleInput(
        "the function (outputs, labels) -> the loss of each example, of the source's training",
        given=lambda asked: asked.objective,
        make=lambda scene, objective: objective,
        kinds=frozenset(("criterion",)),
    ),
    "flow": RuleInput(
        "the function of weights >= 0 -> the sum of outputs for an image of ones, of the net whose "
        "parameters are absolute values, without norms and biases",
        given=_nothing,
        make=lambda scene, _: scene.flow(),
        kinds=frozenset(("criterion",)),
    ),
    "initial": RuleInput(
        "the state that the source's training was drawn as: parameters and buffers by name",
        given=lambda asked: asked.init,
        make=lambda scene, init: scene.draw(init, "init"),
    ),
    "init_std": RuleInput(
        "the standard deviation of each prunable layer's initial distribution, by parameter name",
        given=lambda asked: asked.init,
        make=lambda scene, init: scene.stds(init),
    ),
    "fresh": RuleInput(
        "the controls' own draw: one a seed, shared by all fresh arms",
        given=lambda asked: asked.control_init,
        make=lambda scene, init: scene.draw(init, "control init"),
        of_file=_RULES,
    ),
    "rewound": RuleInput(
        "the source's state at the reset step",
        given=_rewound,
        make=lambda scene, source: scene.state(source),
        of_file=_RULES,
        is_trained=True,
    ),
    "fresh_at_reset": RuleInput(
        "the controls' own draw, trained densely on the source to the reset step",
        given=lambda asked: Input(stage=asked.control, what="state", step=asked.reset),
        make=lambda scene, source: scene.state(source),
        is_trained=True,
    ),
    "previous": RuleInput(
        "the state at the end of the level before; under pruning.schedule=oneshot the dense end",
        given=lambda asked: Input(stage=asked.parent, what="state"),
        make=lambda scene, source: scene.state(source),
        is_trained=True,
    ),
    "ended": RuleInput(
        "the source's state at the end of this level of its ladder, or of its dense training",
        given=lambda asked: Input(stage=asked.same, what="state"),
        make=lambda scene, source: scene.state(source),
        kinds=_RULES,
        is_trained=True,
    ),
    "transferred": RuleInput(
        "the end of the target's training of the whole net that begins at the source's dense end",
        given=_transferred,
        make=lambda scene, source: scene.state(source),
        kinds=_RULES,
        is_of_target=True,
    ),
    "mask": RuleInput(
        "for weights the stage's own mask, for a mask that of the level before, for a criterion "
        "that of the weights it scores",
        given=_mask,
        make=lambda scene, source: scene.own_mask if source is None else scene.mask(source),
        of_file=frozenset(("weights",)),
    ),
    "ladder": RuleInput(
        "the mask that iterative pruning has reached at this level",
        given=_ladder,
        make=lambda scene, source: scene.mask(source),
        kinds=frozenset(("mask",)),
        of_file=frozenset(("mask",)),
    ),
    "scored_at_step": RuleInput(
        "the mask that the source's state at method.step leads to, straight to the level's counts",
        given=_scored_at_step,
        make=lambda scene, source: scene.mask(source),
        kinds=frozenset(("mask",)),
    ),
    "scored_transferred": RuleInput(
        "the mask that `transferred` leads to, straight to the level's counts",
        given=_scored_transferred,
        make=lambda scene, source: scene.mask(source),
        kinds=frozenset(("mask",)),
        is_of_target=True,
    ),
    "layers": RuleInput(
        "the prunable layers in the order of execution: name, shape, total, is_output",
        given=_nothing,
        make=lambda scene, _: scene.layers,
        of_file=_RULES,
    ),
    "kept": RuleInput(
        "how many weights the level keeps in all",
        given=lambda asked: sum(kept.count for kept in asked.kept),
        make=lambda scene, count: count,
        kinds=_RULES | {"dynamics"},
        of_file=_RULES | {"dynamics"},
    ),
    "kept_by_group": RuleInput(
        "how many weights the level keeps of each group of layers, by the tuple of their names",
        given=lambda asked: asked.kept,
        make=lambda scene, groups: {kept.layers: kept.count for kept in groups},
        kinds=_RULES | {"dynamics"},
    ),
    "permutation": RuleInput(
        "the function (layer, n) -> the replicate's own fixed random order of n things",
        given=_nothing,
        make=lambda scene, _: scene.permutation,
        of_file=_RULES,
    ),
    "random": RuleInput(
        "a generator of the rule's own, another one at each level",
        given=_nothing,
        make=lambda scene, _: scene.random(),
        of_file=_RULES,
    ),
}


def given_to(kind: Kind, rule: Call, asked: Asked) -> dict[str, Part]:
    """What a rule is given of a level, as it enters the key, by the names that it asks for.

    Mask dynamics ask for what only a training has, too (`ltsweep.train.dynamics`).
    """
    if kind != asked.kind:
        asked = asked._replace(kind=kind)
    parts = {name: RULE_INPUTS[name].given(asked) for name in _names_asked(kind, rule.target)}
    return {name: part for name, part in parts.items() if part is not None}


@cache
def _names_asked(kind: Kind, target: str) -> tuple[str, ...]:
    """What a rule of this kind asks for of a level, sorted."""
    asked = sorted(arguments(target))
    return tuple(name for name in asked if name in RULE_INPUTS and kind in RULE_INPUTS[name].kinds)


def made_for(rule: Call, given: Mapping[str, Part], scene: Scene) -> dict[str, Any]:
    """The values that a rule asks for, by name."""
    names = sorted(arguments(rule.target))
    return {name: RULE_INPUTS[name].make(scene, given.get(name)) for name in names}


def not_in_a_file(kind: Kind, rule: Call) -> list[str]:
    """What a rule asks for that a ticket from a file does not hold."""
    names = _names_asked(kind, rule.target)
    return [name for name in names if kind not in RULE_INPUTS[name].of_file]


def unknown_inputs(kind: Kind, target: str) -> str | None:
    """A sentence where a rule asks for what a rule of its kind cannot have."""
    known = [name for name, entry in RULE_INPUTS.items() if kind in entry.kinds]
    return unanswered(target, known)
