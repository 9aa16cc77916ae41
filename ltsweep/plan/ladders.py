"""How the levels of a point are made: the rules and trainings of its ladder, and its own."""

from dataclasses import dataclass, replace
from functools import cached_property

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

    `reset` is the step of the state that tickets take. `is_transferred` says that something of a
    target is named, be it equal to the source's, or that the ticket comes from a file.
    """

    config: PointConfig
    source: Role
    target: Role
    reset: int
    is_transferred: bool

    @cached_property
    def ladder(self) -> Ladder:
        """What masks come from."""
        mask, weights = ladder_rules(self.config)
        train, rate = self.source.train, rate_of(self.config, self.source.train)
        if rate is not None:
            train = at_constant_rate(train, rate)
        keeps_optimizer = self._keeps_optimizer(weights)
        rescale = rescale_spec(self.config, mask, weights, of_ladder=True)
        return Ladder(mask, weights, train, self._start(weights), keeps_optimizer, rescale=rescale)

    def own(self, mask: Call, weights: Call) -> Ladder:
        """The rules of the point's own levels: the ladder's, or others with the full schedule."""
        rescale = rescale_spec(self.config, mask, weights, of_ladder=False)
        how = replace(self._with_full_schedule(mask, weights), rescale=rescale)
        if self.is_transferred:
            return replace(how, moved=self.moved(weights))
        if (mask, weights) == (self.ladder.mask, self.ladder.weights):
            train = self._changing_masks(self.ladder.train)
            return replace(how, train=train, start=self.ladder.start)
        takes_its_place = self.config.method.step is not None
        return replace(how, start=self._start(weights)) if takes_its_place else how

    def of_whole_net(self, mask: Call, weights: Call) -> Ladder:
        """These rules, the mask of which is not used: of the only training of a dense method."""
        return replace(self._with_full_schedule(mask, weights), moved=self.moved(weights))

    def moved(self, weights: Call) -> Moved | None:
        """What is replaced of the state that a weights rule makes."""
        module = self.target.facts.module
        head_is_fresh = self.target.side.head_is_fresh
        head = init_spec(self.config.init) if head_is_fresh else None
        norm = self.config.transfer.norm if is_trained(weights) and has_norms(module) else "keep"
        return None if head is None and norm == "keep" else Moved(head=head, norm=norm)

    def _with_full_schedule(self, mask: Call, weights: Call) -> Ladder:
        train = self._changing_masks(self.target.train)
        return Ladder(mask, weights, train, 0, self._keeps_optimizer(weights))

    def _changing_masks(self, train: TrainSpec) -> TrainSpec:
        """With the method's dynamics; else the object itself: what it hashes to is known."""
        dynamics = dynamics_spec(self.config, self.target.steps)
        return train if dynamics is None else train.model_copy(update={"dynamics": dynamics})

    def _start(self, weights: Call) -> int:
        """A schedule resumes only where a training has come to the reset step, and not further."""
        resumes = self.config.reset.schedule == "resume" and is_trained(weights)
        return self.reset if resumes and not asks_for_end(weights) else 0

    def _keeps_optimizer(self, weights: Call) -> bool:
        return self.config.reset.optimizer == "snapshot" and is_rewound(weights)
