"""How the levels of a point are made: the rules and trainings of its ladder, and its own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from ltsweep.config.settings import PointConfig
from ltsweep.foundations.components import Call
from ltsweep.foundations.errors import listed
from ltsweep.methods.ladders import Ladder, asks_for_end, is_of_target, is_rewound, is_trained, rule
from ltsweep.models.norms import has_norms
from ltsweep.part_spec import Kept, PruningSpec
from ltsweep.plan.facts import Facts
from ltsweep.plan.roles import Role
from ltsweep.plan.specs import (
    at_constant_rate,
    init_spec,
    ladder_rules,
    own_training,
    rate_of,
    rescale_spec,
)
from ltsweep.pruning.counts import kept_by_level
from ltsweep.spec import Moved


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

    @property
    def asks_for_transfer(self) -> bool:
        """Whether the method's rules go on from the target's own training of the whole net."""
        method = self.config.method
        return any(is_of_target(rule(name)) for name in (method.mask, method.weights) if name)

    def own(self, mask: Call, weights: Call) -> Ladder:
        """The rules of the point's own levels: the ladder's, or others with the full schedule."""
        rescale = rescale_spec(self.config, mask, weights, of_ladder=False)
        how = replace(self._with_full_schedule(mask, weights), rescale=rescale)
        if is_of_target(weights):
            return self._at_own_rate(how)
        if self.is_transferred:
            return replace(how, moved=self.moved(weights))
        if (mask, weights) == (self.ladder.mask, self.ladder.weights):
            train = own_training(self.config, self.ladder.train, self.target.steps)
            return replace(how, train=train, start=self.ladder.start)
        takes_its_place = self.config.method.step is not None
        return replace(how, start=self._start(weights)) if takes_its_place else how

    def _at_own_rate(self, how: Ladder) -> Ladder:
        """At the method's constant rate, where that is not one of the source's ladder."""
        rate = None if self.config.method.ladder else rate_of(self.config, self.target.train)
        return how if rate is None else replace(how, train=at_constant_rate(how.train, rate))

    def of_transfer(self, mask: Call, weights: Call) -> Ladder:
        """These rules, the mask of which is not used: of ordinary transfer learning."""
        return replace(self.of_whole_net(mask, weights), train=self.target.train)

    def of_whole_net(self, mask: Call, weights: Call) -> Ladder:
        """These rules, the mask of which is not used: of the only training of a dense method."""
        return replace(self._with_full_schedule(mask, weights), moved=self.moved(weights))

    def moved(self, weights: Call) -> Moved | None:
        """What is replaced of the state that a weights rule makes: nothing of the target's own."""
        if is_of_target(weights):
            return None
        module = self.target.facts.module
        head_is_fresh = self.target.side.head_is_fresh
        head = init_spec(self.config.init) if head_is_fresh else None
        norm = self.config.transfer.norm if is_trained(weights) and has_norms(module) else "keep"
        return None if head is None and norm == "keep" else Moved(head=head, norm=norm)

    def _with_full_schedule(self, mask: Call, weights: Call) -> Ladder:
        train = own_training(self.config, self.target.train, self.target.steps)
        return Ladder(mask, weights, train, 0, self._keeps_optimizer(weights))

    def _start(self, weights: Call) -> int:
        """A schedule resumes only where a training has come to the reset step, and not further."""
        resumes = self.config.reset.schedule == "resume" and is_trained(weights)
        return self.reset if resumes and not asks_for_end(weights) else 0

    def _keeps_optimizer(self, weights: Call) -> bool:
        return self.config.reset.optimizer == "snapshot" and is_rewound(weights)


def counts_by_level(pruning: PruningSpec, facts: Facts, levels: int) -> list[tuple[Kept, ...]]:
    """What each level keeps of each group of layers; of a ticket from a file all is one group."""
    if facts.ticket is None:
        counts = kept_by_level(pruning, facts.layers, levels)
    else:
        group = tuple(layer.name for layer in facts.layers)
        counts = [{group: facts.net.prunable}, {group: facts.ticket.count(facts.net)}]
    return [tuple(Kept(layers=g, count=n) for g, n in level.items()) for level in counts]


def emptied_layers(kept: Sequence[tuple[Kept, ...]], model: str) -> Iterator[str]:
    """A sentence for each group of layers of which a level keeps nothing."""
    for number, group in enumerate(kept[0]):
        empty = [level for level, counts in enumerate(kept) if counts[number].count == 0]
        if empty:
            yield (
                f"{listed(group.layers)} of {model} will be empty from level {empty[0]} on: "
                "nothing passes through"
            )
