"""What answers a rule's questions: a plan, before anything is trained, and a stage that begins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from ltsweep.data_spec import DataSpec
from ltsweep.foundations.components import Call
from ltsweep.part_spec import Exported, InitSpec, Input, Kept, PruningSpec, ScoreData

if TYPE_CHECKING:
    import torch

    from ltsweep.models.layers import Layer

    Tensors = dict[str, torch.Tensor]

Kind = Literal["mask", "weights", "criterion", "dynamics"]


class Transferred(NamedTuple):
    """The target's training of the whole net from the source's end: its key and its data."""

    stage: str
    data: DataSpec


class Asked(NamedTuple):
    """What a plan knows of a level when a rule of it asks.

    `parent` is the stage that the level is pruned from, `same` the ladder's own of this level,
    `dense` the source's dense training, `control` the beginning of one from the controls' own draw,
    `reset` the step that tickets are reset to and at which that beginning ends, `kept` the level's
    counts, which the parent's end is pruned to `at_once` unless it is of the level before.
    For a method with a step of its own `reset` is that step, and `dense`, `parent` and `same` are
    the dense training's beginning up to it. Scores read `per_class` examples of each class.
    Of a `ticket` from a file, by its digest, there are no such stages. `transferred` is planned
    where a rule asks for it.
    """

    parent: str
    same: str
    dense: str
    control: str
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
    ticket: str | None = None
    transferred: Transferred | None = None


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

    def state(self, source: Input | Exported) -> Tensors:
        """Parameters and buffers of another stage, at a step or at its end, or of a file."""

    def mask(self, source: Input | Exported) -> Tensors:
        """The mask of another stage, or the one that its end leads to, or that of a file."""

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
