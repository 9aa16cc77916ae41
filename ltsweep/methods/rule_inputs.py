"""What rules may ask for by argument name: mask rules, weights rules and pruning criteria alike.

Each entry says what its name means, what of it enters the key of a stage (an `Input` names another
stage and is waited for), and how the value is made when the stage begins. A new name is one more
entry here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

from ltsweep.data_spec import DataSpec
from ltsweep.foundations.components import Call, arguments, unanswered
from ltsweep.spec import InitSpec, Input, Kept, Part, PruningSpec, ScoreData

if TYPE_CHECKING:
    import torch

    from ltsweep.models.layers import Layer

    Tensors = dict[str, torch.Tensor]

Kind = Literal["mask", "weights", "criterion", "dynamics"]


class Asked(NamedTuple):
    """What a plan knows of a level when a rule of it asks.

    `parent` is the stage that the level is pruned from, `same` the ladder's own of this level,
    `dense` the source's dense training, `reset` the step that tickets are reset to, `kept` the
    level's counts, which the parent's end is pruned to `at_once` unless it is of the level before.
    For a method with a step of its own `reset` is that step, and `dense`, `parent` and `same` are
    the dense training's beginning up to it. Scores read `per_class` examples of each class.
    """

    parent: str
    same: str
    dense: str
    reset: int
    pruning: PruningSpec
    init: InitSpec
    control_init: InitSpec
    kept: tuple[Kept, ...]
    at_once: bool
    data: DataSpec
    objective: Call
    per_class: int
    kind: Kind = "mask"


class Scene(Protocol):
    """What a stage has at hand when it begins, or when the end of another one is scored."""

    @property
    def layers(self) -> Sequence[Layer]:
        """The prunable layers in the order of execution."""

    @property
    def own_mask(self) -> Tensors:
        """The mask of the stage itself."""

    def weights(self) -> Tensors:
        """The prunable weights that a criterion scores, zero where they are pruned."""

    def scored_state(self) -> Tensors:
        """Parameters and buffers of the net whose weights a criterion scores."""

    def state(self, source: Input) -> Tensors:
        """Parameters and buffers of another stage, at a step or at its end."""

    def mask(self, source: Input) -> Tensors:
        """The mask of another stage, or the one that its end leads to."""

    def draw(self, init: InitSpec, purpose: str) -> Tensors:
        """A whole initial state: the replicate's draw for this purpose."""

    def stds(self, init: InitSpec) -> dict[str, float]:
        """Analytic standard deviation of each prunable layer's draw, by parameter name."""

    def net(self) -> Callable[[Tensors, torch.Tensor], torch.Tensor]:
        """The function (state, images) -> float64 logits, which leaves the state as it is."""

    def flow(self) -> Callable[[Tensors], torch.Tensor]:
        """The function of prunable weights >= 0, float64, to what passes through the net."""

    def batches(self, scores: ScoreData) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """Images, float64 (B, C, H, W), and labels, int64 (B,), that scores are computed on."""

    def gradients(self, scores: ScoreData) -> Tensors:
        """Of the mean loss over these batches, by the weights that are scored, pruned ones too."""

    def permutation(self, layer: str, length: int) -> torch.Tensor:
        """The replicate's own fixed random order, the same at all levels."""

    def random(self) -> torch.Generator:
        """A generator of this rule's own at this level."""


@dataclass(frozen=True)
class RuleInput:
    """One name that rules may ask for.

    `given` is what it has in the key, None for nothing; `make` the value, from that part. `kinds`
    are the kinds of rules that may ask. `is_trained` tells that it is a state whose training has
    come to the reset step, so that the schedule may go on there.
    """

    meaning: str
    given: Callable[[Asked], Part | None]
    make: Callable[[Scene, Any], Any]
    kinds: frozenset[Kind] = frozenset(("mask", "weights", "criterion"))
    is_trained: bool = False


def _nothing(asked: Asked) -> None:
    """The value follows from what is in the key anyway."""


def _mask(asked: Asked) -> Input | None:
    return Input(stage=asked.parent, what="mask") if asked.kind == "mask" else None


def _next_mask(asked: Asked) -> Input:
    given = given_to("criterion", asked.pruning.score, asked)
    return Input(
        stage=asked.parent,
        what="next mask",
        pruning=asked.pruning,
        given=given,
        kept=asked.kept if asked.at_once else (),
    )


def _scored_at_step(asked: Asked) -> Input:
    return Input(
        stage=asked.dense,
        what="next mask",
        step=asked.reset,
        pruning=asked.pruning,
        given=given_to("criterion", asked.pruning.score, asked),
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
    ),
    "objective": RuleInput(
        "the function (outputs, labels) -> the loss of each example, of the source's training",
        given=lambda asked: asked.objective,
        make=lambda scene, objective: objective,
        kinds=frozenset(("criterion",)),
    ),
    "flow": RuleInput(
        "the function of absolute weights -> the sum of outputs for an image of ones, with all "
        "parameters their absolute values, and norms and biases not there",
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
    ),
    "rewound": RuleInput(
        "the source's state at the reset step",
        given=lambda asked: Input(stage=asked.dense, what="state", step=asked.reset),
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
        kinds=frozenset(("mask", "weights")),
        is_trained=True,
    ),
    "mask": RuleInput(
        "for weights the stage's own mask, for a mask that of the level before, for a criterion "
        "that of the weights it scores",
        given=_mask,
        make=lambda scene, source: scene.own_mask if source is None else scene.mask(source),
    ),
    "ladder": RuleInput(
        "the mask that iterative pruning has reached at this level",
        given=_next_mask,
        make=lambda scene, source: scene.mask(source),
        kinds=frozenset(("mask",)),
    ),
    "scored_at_step": RuleInput(
        "the mask that the source's state at method.step leads to, straight to the level's counts",
        given=_scored_at_step,
        make=lambda scene, source: scene.mask(source),
        kinds=frozenset(("mask",)),
    ),
    "layers": RuleInput(
        "the prunable layers in the order of execution: name, shape, total, is_output",
        given=_nothing,
        make=lambda scene, _: scene.layers,
    ),
    "kept": RuleInput(
        "how many weights the level keeps in all",
        given=lambda asked: sum(kept.count for kept in asked.kept),
        make=lambda scene, count: count,
        kinds=frozenset(("mask", "weights", "dynamics")),
    ),
    "kept_by_group": RuleInput(
        "how many weights the level keeps of each group of layers, by the tuple of their names",
        given=lambda asked: asked.kept,
        make=lambda scene, groups: {kept.layers: kept.count for kept in groups},
        kinds=frozenset(("mask", "weights", "dynamics")),
    ),
    "permutation": RuleInput(
        "the function (layer, n) -> the replicate's own fixed random order of n things",
        given=_nothing,
        make=lambda scene, _: scene.permutation,
    ),
    "random": RuleInput(
        "a generator of the rule's own, another one at each level",
        given=_nothing,
        make=lambda scene, _: scene.random(),
    ),
}


def given_to(kind: Kind, rule: Call, asked: Asked) -> dict[str, Part]:
    """What a rule is given of a level, as it enters the key, by the names that it asks for.

    Mask dynamics ask for what only a training has, too (`ltsweep.train.dynamics`).
    """
    asked = asked._replace(kind=kind)
    names = [name for name in sorted(arguments(rule.target)) if _may_ask(kind, name)]
    parts = {name: RULE_INPUTS[name].given(asked) for name in names}
    return {name: part for name, part in parts.items() if part is not None}


def _may_ask(kind: Kind, name: str) -> bool:
    return name in RULE_INPUTS and kind in RULE_INPUTS[name].kinds


def made_for(rule: Call, given: Mapping[str, Part], scene: Scene) -> dict[str, Any]:
    """The values that a rule asks for, by name."""
    names = sorted(arguments(rule.target))
    return {name: RULE_INPUTS[name].make(scene, given.get(name)) for name in names}


def unknown_inputs(kind: Kind, target: str) -> str | None:
    """A sentence where a rule asks for what a rule of its kind cannot have."""
    known = [name for name, entry in RULE_INPUTS.items() if kind in entry.kinds]
    return unanswered(target, known)
