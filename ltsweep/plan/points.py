"""The plan: from points to a graph of unique stages, each named by what it computes."""

from collections.abc import Iterable, Iterator
from typing import Any

from ltsweep.config.sentences import show
from ltsweep.config.settings import PointConfig
from ltsweep.foundations.components import Call
from ltsweep.foundations.errors import listed
from ltsweep.methods.ladders import (
    Ladder,
    asks_for_end,
    asks_for_ladder,
    is_trained,
    rule,
)
from ltsweep.methods.rule_inputs import Asked, given_to
from ltsweep.models.norms import has_norms
from ltsweep.plan.overlaps import Found, Pair
from ltsweep.plan.plan import Plan, Point, rescale_words
from ltsweep.plan.roles import Role
from ltsweep.plan.sides import FactSource, Side, sides
from ltsweep.plan.specs import (
    cell_spec,
    dynamics_spec,
    init_spec,
    ladder_rules,
    pruning_spec,
    rescale_spec,
)
from ltsweep.plan.stage import PlannedStage
from ltsweep.pruning.counts import kept_by_level
from ltsweep.spec import CellSpec, Kept, Moved, RuleSpec, StageSpec, TrainSpec, digest
from ltsweep.store.overlap import name_of_pair
from ltsweep.train.norm_statistics import LEAST_STEPS, has_running_statistics

INITIAL = rule("ltsweep.methods.initial")


def make_plan(configs: Iterable[PointConfig], find_facts: FactSource) -> Plan:
    """Plans all points, which have been checked (`plan.fit`); of equal ones the deepest."""
    plan = Plan()
    known: dict[str, Point] = {}
    roles = _Roles(find_facts)
    for config in configs:
        point = _PointPlanner(config, roles, plan).point()
        if point.id not in known or len(point.stages) > len(known[point.id].stages):
            known[point.id] = point
    plan.points = list(known.values())
    plan.notices = list(dict.fromkeys([*plan.notices, *roles.notices()]))
    plan.own_models = list(dict.fromkeys(roles.descriptions()))
    return plan


class _Roles:
    """Roles by what they are made from: thousands of points share a few."""

    def __init__(self, find_facts: FactSource) -> None:
        self._find_facts = find_facts
        self._known: dict[tuple[Any, ...], Role] = {}

    def of(self, side: Side) -> Role:
        """The role of a side of a point."""
        config = side.config
        data = (side.dataset, side.input, side.shaped_like)
        parts = (*data, side.model, side.optimizer, side.schedule, side.batch_size)
        ways = (config.precision, config.norm_statistics, config.strategy)
        name = (*parts, side.head_is_fresh, config.objective, config.numbers, *ways)
        if name not in self._known:
            self._known[name] = Role.of(side, self._find_facts(side))
        return self._known[name]

    def notices(self) -> Iterator[str]:
        """The normalisation constants that were computed."""
        for role in self._known.values():
            if role.facts.is_computed:
                how = role.train.data.normalise
                shape = role.facts.input and "x".join(map(str, role.facts.input.shape))
                yield (
                    f"dataset={role.side.dataset.name}: dataset.mean={show(how.mean)} and "
                    f"dataset.std={show(how.std)}, as on the {role.facts.train_examples} images "
                    "that are trained on" + (f", made {shape}" if shape else "")
                )

    def descriptions(self) -> Iterator[str]:
        """Of the users' own models among them."""
        for role in self._known.values():
            if role.facts.description is not None:
                yield role.facts.description


class _PointPlanner:
    """Turns one configuration into stages; ladders and dense trainings are found again by key."""

    def __init__(self, config: PointConfig, roles: _Roles, plan: Plan) -> None:
        source, target = sides(config)
        self.source, self.target = roles.of(source), roles.of(target)
        self.is_transferred = source is not target
        self.trains_otherwise = self.source.train != self.target.train
        statistics = {"norm_statistics": self.target.train.norm_statistics}  # as the net has them
        self.config, self.plan = config.model_copy(update=statistics), plan
        self.reset = self.source.steps.of(config.method.step or config.reset.step)
        self.pruning = pruning_spec(config)
        self.is_oneshot = config.pruning.schedule == "oneshot"
        self.init = init_spec(config.init)
        self.control_init = init_spec(config.control_init or config.init)
        counts = kept_by_level(self.pruning, self.source.facts.layers, config.levels)
        self.kept = [
            tuple(Kept(layers=group, count=count) for group, count in level.items())
            for level in counts
        ]

    def point(self) -> Point:
        """The point, its stages added to the plan."""
        method = self.config.method
        self._notice_unsettled_statistics()
        train = self.target.train  # the object itself where it can: what it hashes to is known
        if (dynamics := dynamics_spec(self.config, self.target.steps)) is not None:
            train = train.model_copy(update={"dynamics": dynamics})
        fresh = None
        if method.weights is not None and method.mask is None:
            keys = [self._without_mask(method.bound(method.weights), train)]
            fresh = self._dense(self.target).key
        else:
            keys = [self._add(self._dense(self.target), self.target, is_ladder=True).key]
            if method.mask is not None and method.weights is not None:
                rules = method.bound(method.mask), method.bound(method.weights)
                keys += self._levels(self._own(*rules, train))
        cell = self._cell()
        identity = cell.model_dump(mode="json")
        return Point(
            id=digest({**identity, "seed": self.config.seed}),
            cell=digest(identity),
            config=self.config,
            reset_step=self.source.steps.of(self.config.reset.step),
            stages=tuple(keys),
            dense=fresh,
            overlap=self._pair(),
            rescale=rescale_words(cell),
        )

    def _pair(self) -> str | None:
        """Adds the data of both sides to the plan, where a target is named."""
        if self.config.target is None:
            return None
        source, target = (
            Found(role.side.dataset.bind(), role.train.data) for role in (self.source, self.target)
        )
        name = name_of_pair(source.data, target.data)
        self.plan.pairs.setdefault(name, Pair(source, target))
        return name

    def _cell(self) -> CellSpec:
        """Everything that tells the point from others but its seed."""
        cell = cell_spec(self.config, self.target.train, self.source.steps)
        if not self.is_transferred:
            return cell
        weights = self.config.method.weights
        moved = self._moved(self.config.method.bound(weights)) if weights is not None else None
        return cell.model_copy(update={"source": self.source.train, "moved": moved})

    def _start(self, weights: Call) -> int:
        """A schedule resumes only where a training has come to the reset step, and not further."""
        resumes = self.config.reset.schedule == "resume" and is_trained(weights)
        return self.reset if resumes and not asks_for_end(weights) else 0

    def _ladder(self) -> Ladder:
        """The source's own, which the masks of methods come from."""
        mask, weights = ladder_rules(self.config)
        rescale = rescale_spec(self.config, weights, of_ladder=True)
        return Ladder(mask, weights, self.source.train, self._start(weights), rescale=rescale)

    def _own(self, mask: Call, weights: Call, train: TrainSpec) -> Ladder:
        """The rules of the point's own levels; on a target every arm has the full schedule."""
        rescale = rescale_spec(self.config, weights, of_ladder=False)
        if not self.is_transferred:
            return Ladder(mask, weights, train, self._start(weights), rescale=rescale)
        return Ladder(mask, weights, train, 0, self._moved(weights), rescale)

    def _moved(self, weights: Call) -> Moved | None:
        """What is replaced of the state that a weights rule makes."""
        module = self.target.facts.module
        head = self.init if self.target.side.head_is_fresh else None
        norm = self.config.transfer.norm if is_trained(weights) and has_norms(module) else "keep"
        return None if head is None and norm == "keep" else Moved(head=head, norm=norm)

    def _levels(self, own: Ladder) -> list[str]:
        """Keys of the point's levels 1, 2, ... made by these rules, from the source's ladder."""
        ladder, dense, levels = self._ladder(), self._source(), self.config.levels
        climbed = [dense.key] * (levels + 1)
        if asks_for_ladder(own.mask):
            needs_ends = asks_for_end(own.weights)
            stages = levels + 1 if needs_ends else 1 if self.is_oneshot else levels
            climbed = self._climb(ladder, dense, stages)
            self._notice_emptied_layers()
        elif levels and dense.key in self._level(1, own, *[dense.key] * 3).parents:
            self._add(dense, self.source, is_ladder=not dense.is_prefix)
            self._notice_emptied_layers()
        return [
            self._add(
                self._level(level, own, climbed[level - 1], climbed[level], dense.key),
                self.target,
                # a later plan may want more levels
                is_ladder=own == ladder and not self.is_oneshot,
            ).key
            for level in range(1, levels + 1)
        ]

    def _climb(self, ladder: Ladder, dense: StageSpec, stages: int) -> list[str]:
        """Keys of a ladder's first stages, dense first; of others that nobody asks for none."""
        keys = [self._add(dense, self.source, is_ladder=True).key]
        for level in range(1, stages):
            spec = self._level(level, ladder, keys[-1], keys[-1], keys[0])
            keys.append(self._add(spec, self.source, is_ladder=not self.is_oneshot).key)
        if self.config.levels == 1:  # a later plan may climb, and find the state it starts from
            first = self._level(1, ladder, dense.key, dense.key, dense.key)
            self.plan.want(first.snapshots_read)
        return keys + [""] * (self.config.levels + 1 - len(keys))

    def _without_mask(self, weights: Call, train: TrainSpec) -> str:
        """The only stage of a method without a mask: dense, from weights of the source's."""
        dense = self._dense(self.source)
        spec = self._level(
            0, Ladder(INITIAL, weights, train, 0, self._moved(weights)), *[dense.key] * 3
        ).model_copy(update={"mask": None})
        if dense.key in spec.parents:
            self._add(dense, self.source, is_ladder=True)
        return self._add(spec, self.target, is_ladder=False).key

    def _dense(self, role: Role) -> StageSpec:
        return StageSpec(
            train=role.train,
            seed=self.config.seed,
            level=0,
            mask=None,
            weights=RuleSpec(rule=INITIAL, given={"initial": self.init}),
            start=0,
            stop=role.train.schedule.total,
        )

    def _source(self) -> StageSpec:
        """What tickets are made from: the source's dense training, or as much as a method needs."""
        dense = self._dense(self.source)
        return dense if self.config.method.step is None else dense.prefix(self.reset)

    def _add(self, spec: StageSpec, role: Role, *, is_ladder: bool) -> PlannedStage:
        is_moved = role is not self.source and (self.trains_otherwise or spec.moved is not None)
        takes = spec.parents or spec.scored
        means = role.means_with(self.source) if is_moved and takes else role.means
        return self.plan.add(PlannedStage(spec=spec, means=means, is_ladder=is_ladder))

    def _level(self, level: int, how: Ladder, parent: str, same: str, dense: str) -> StageSpec:
        asked = Asked(
            parent=dense if self.is_oneshot else parent,
            same=same,
            dense=dense,
            reset=self.reset,
            pruning=self.pruning,
            init=self.init,
            control_init=self.control_init,
            kept=self.kept[level],
            at_once=self.is_oneshot and level > 1,  # of the first level it is the same
            data=self.source.train.data,
            objective=self.source.train.objective,
            per_class=self.config.pruning.score_per_class,
        )
        dynamics = how.train.dynamics
        return StageSpec(
            train=how.train,
            seed=self.config.seed,
            level=level,
            mask=RuleSpec(rule=how.mask, given=given_to("mask", how.mask, asked)),
            weights=RuleSpec(rule=how.weights, given=given_to("weights", how.weights, asked)),
            start=how.start,
            stop=how.train.schedule.total,
            moved=how.moved,
            rescale=how.rescale,
            dynamics_given=given_to("dynamics", dynamics.rule, asked) if dynamics else {},
        )

    def _notice_unsettled_statistics(self) -> None:
        for role in (self.source, self.target):
            train, steps = role.train, role.steps.total
            unsettled = train.norm_statistics == "running" and steps < LEAST_STEPS
            if unsettled and has_running_statistics(role.facts.module):
                self.plan.notices.append(
                    f"{role.side.model.name} is trained for {steps} steps only: the running "
                    "statistics of its batch norm lag behind its weights, and accuracies may be "
                    "far too low; write norm_statistics=recalibrated"
                )

    def _notice_emptied_layers(self) -> None:
        for number, group in enumerate(self.kept[0]):
            empty = [level for level, kept in enumerate(self.kept) if kept[number].count == 0]
            if empty:
                self.plan.notices.append(
                    f"{listed(group.layers)} of {self.config.model.name} will be empty from level "
                    f"{empty[0]} on: nothing passes through"
                )
