"""How the levels of a point are made: the rules and trainings of its ladder, and its own."""

from dataclasses import dataclass, replace

from ltsweep.config.settings import PointConfig
from ltsweep.foundations.components import Call
from ltsweep.methods.ladders import Ladder, asks_for_end, is_rewound, is_trained
from ltsweep.models.norms import has_norms
from ltsweep.plan.roles import Role
from ltsweep.plan.specs import (
    at_constant_rate,
    dynamics_spec,
    init_spec,
    ladder_rules,
    rate_of,
    rescale_spec,
)
from ltsweep.spec import Moved, TrainSpec


@dataclass(frozen=True)
class Ladders:
    """The ladders of one configuration, between its source and its target.

    `is_transferred` says that something of a target is named, be it equal to the source's.
    """

    config: PointConfig
    source: Role
    target: Role
    is_transferred: bool

    def ladder(self) -> Ladder:
        """What masks come from; its schedule resumes only where a training has come to it."""
        mask, weights = ladder_rules(self.config)
        resumes = self.config.reset.schedule == "resume" and is_trained(weights)
        resumes = resumes and not asks_for_end(weights)  # which has come to the end already
        start = self.source.steps.of(self.config.reset.step) if resumes else 0
        train, rate = self.source.train, rate_of(self.config, self.source.train)
        if rate is not None:
            train = at_constant_rate(train, rate)
        keeps_optimizer = self._keeps_optimizer(weights)
        rescale = rescale_spec(self.config, weights, of_ladder=True)
        return Ladder(mask, weights, train, start, keeps_optimizer, rescale=rescale)

    def own(self, mask: Call, weights: Call) -> Ladder:
        """The rules of the point's own levels: the ladder's, or others with the full schedule."""
        rescale = rescale_spec(self.config, weights, of_ladder=False)
        ladder = self.ladder()
        if (mask, weights) == (ladder.mask, ladder.weights) and not self.is_transferred:
            train = self._changing_masks(ladder.train)
            return replace(ladder, train=train, rescale=rescale)
        moved = self.moved(weights) if self.is_transferred else None
        return replace(self._with_full_schedule(mask, weights), moved=moved, rescale=rescale)

    def of_whole_net(self, mask: Call, weights: Call) -> Ladder:
        """These rules, the mask of which is not used: of the only training of a dense method."""
        return replace(self._with_full_schedule(mask, weights), moved=self.moved(weights))

    def _with_full_schedule(self, mask: Call, weights: Call) -> Ladder:
        train = self._changing_masks(self.target.train)
        return Ladder(mask, weights, train, 0, self._keeps_optimizer(weights))

    def moved(self, weights: Call) -> Moved | None:
        """What is replaced of the state that a weights rule makes."""
        module = self.target.facts.module
        head_is_fresh = self.target.side.head_is_fresh
        head = init_spec(self.config.init) if head_is_fresh else None
        norm = self.config.transfer.norm if is_trained(weights) and has_norms(module) else "keep"
        return None if head is None and norm == "keep" else Moved(head=head, norm=norm)

    def _changing_masks(self, train: TrainSpec) -> TrainSpec:
        """With the method's dynamics; else the object itself: what it hashes to is known."""
        dynamics = dynamics_spec(self.config, self.target.steps)
        return train if dynamics is None else train.model_copy(update={"dynamics": dynamics})

    def _keeps_optimizer(self, weights: Call) -> bool:
        return self.config.reset.optimizer == "snapshot" and is_rewound(weights)
