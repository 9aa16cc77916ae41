"""The plan: from points to a graph of unique stages, each named by what it computes."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from ltsweep.config.settings import PointConfig
from ltsweep.foundations.components import Call
from ltsweep.methods.ladders import Ladder, asks_for_end, asks_for_ladder, asks_for_scores, rule
from ltsweep.methods.rule_inputs import given_to
from ltsweep.methods.scene import Asked, Transferred
from ltsweep.part_spec import Input, Kept, RuleSpec
from ltsweep.plan.ladders import Ladders, counts_by_level, emptied_layers
from ltsweep.plan.overlaps import Found, Pair
from ltsweep.plan.plan import Plan, Point, rescale_words
from ltsweep.plan.roles import Role, Roles
from ltsweep.plan.sides import FactSource, sides
from ltsweep.plan.specs import cell_spec, init_spec, pruning_spec
from ltsweep.plan.stage import PlannedStage
from ltsweep.spec import CellSpec, StageSpec, digest
from ltsweep.store.overlap import name_of_pair
from ltsweep.store.yardsticks import name_of_data

# Keys of the levels of ladders from the first one on. Points share a ladder that begins alike, is
# pruned as often, and to the same counts.
Climbed = defaultdict[tuple[str, bool, tuple[tuple[Kept, ...], ...]], list[str]]

INITIAL = rule("ltsweep.methods.initial")
FRESH = rule("ltsweep.methods.fresh")
END = rule("ltsweep.methods.end")


def make_plan(configs: Iterable[PointConfig], find_facts: FactSource) -> Plan:
    """Plans all points, which have been checked (`plan.fit`); of equal ones the deepest."""
    plan = Plan()
    known: dict[str, Point] = {}
    roles, climbed = Roles(find_facts), Climbed(list)
    for config in configs:
        point = _PointPlanner(config, roles, plan, climbed).point()
        if point.id not in known or len(point.stages) > len(known[point.id].stages):
            known[point.id] = point
    plan.points = list(known.values())
    plan.notices = list(dict.fromkeys([*plan.notices, *roles.notices()]))
    plan.own_models = list(dict.fromkeys(roles.descriptions()))
    plan.tickets = roles.tickets()
    return plan


class _PointPlanner:
    """Turns one configuration into stages; ladders and dense trainings are found again by key."""

    def __init__(self, config: PointConfig, roles: Roles, plan: Plan, climbed: Climbed) -> None:
        source, target = sides(config)
        self.source, self.target = roles.of(source), roles.of(target)
        exported = self.target.facts.ticket
        self.ticket = None if exported is None else exported.record
        is_transferred = source is not target or self.ticket is not None
        self.trains_otherwise = self.source.train != self.target.train
        settled: dict[str, Any] = {"norm_statistics": self.target.train.norm_statistics}
        if self.ticket is not None:  # its mask is the only one there is
            settled["levels"] = 1
        self.config, self.plan = config.model_copy(update=settled), plan
        self.climbed = climbed
        self.reset = self.source.steps.of(config.method.step or config.reset.step)
        self.pruning = pruning_spec(config)
        self.is_oneshot = config.pruning.schedule == "oneshot"
        self.init = init_spec(config.init)
        self.control_init = init_spec(config.control_init or config.init)
        self.kept = counts_by_level(self.pruning, self.source.facts, self.config.levels)
        self.how = Ladders(self.config, self.source, self.target, self.reset, is_transferred)
        self.ladder = self.how.ladder
        self.transferred: PlannedStage | None = None
        self.dense = self._planned_source()
        control = {
            "weights": RuleSpec(rule=FRESH, given={"fresh": self.control_init}),
            "stop": self.reset,
        }
        self.control = self._planned(
            self.dense.spec.model_copy(update=control), self.source, is_ladder=False
        )
        if self.how.asks_for_transfer:
            self.transferred = self._planned_transfer()

    def point(self) -> Point:
        """The point, its stages added to the plan."""
        method = self.config.method
        fresh = None
        if method.weights is not None and method.mask is None:
            keys = [self._without_mask(method.bound(method.weights))]
            fresh = self._dense(self.target).key
        else:
            keys = [self._add(self._dense(self.target), self.target, is_ladder=True).key]
            if method.mask is not None and method.weights is not None:
                rules = method.bound(method.mask), method.bound(method.weights)
                keys += self._levels(self.how.own(*rules))
        cell = self._cell()
        identity = cell.model_dump(mode="json")
        return Point(
            id=digest({**identity, "seed": self.config.seed}),
            cell=digest(identity),
            config=self._as_it_works(),
            reset_step=None if self.ticket else self.source.steps.of(self.config.reset.step),
            stages=tuple(keys),
            dense=fresh,
            ticket=self.ticket,
            overlap=self._pair(),
            yardsticks=self._yardsticks(),
            rescale=rescale_words(cell),
        )

    def _as_it_works(self) -> PointConfig:
        """The configuration, in one spelling where a setting does nothing.

        A point is known by what it does, and sweeps that share it may spell it differently.
        """
        config = self.config
        if any(role.facts.converts_channels for role in (self.source, self.target)):
            return config
        how = config.input.model_copy(update={"channels": "keep"})
        return config.model_copy(update={"input": how})

    def _pair(self) -> str | None:
        """Adds the data of both sides to the plan, where a target is named."""
        if self.config.target is None:
            return None
        source, target = _found(self.source), _found(self.target)
        name = name_of_pair(source.data, target.data)
        self.plan.pairs.setdefault(name, Pair(source, target))
        return name

    def _yardsticks(self) -> str | None:
        """Adds the target's data to the plan, where linear classifiers of them are declared."""
        if not self.config.report.linear:
            return None
        name = name_of_data(self.target.train.data)
        self.plan.yardsticks.setdefault(name, _found(self.target))
        return name

    def _cell(self) -> CellSpec:
        """Everything that tells the point from others but its seed."""
        cell = cell_spec(self.config, self.target.train, self.source.train, self.source.steps)
        if not self.how.is_transferred:
            return cell
        weights = self.config.method.weights
        moved = self.how.moved(self.config.method.bound(weights)) if weights is not None else None
        made: dict[str, Any] = {"source": self.source.train}
        if self.ticket is not None:
            made = {"ticket": self.ticket.digest}
            made |= dict.fromkeys(("pruning", "reset", "ladder_rescale"))
        return cell.model_copy(update={**made, "moved": moved})

    def _levels(self, own: Ladder) -> list[str]:
        """Keys of the point's levels 1, 2, ... made by these rules, from the source's ladder."""
        if self.ticket is not None:
            return [self._add(self._level(1, own, "", ""), self.target, is_ladder=False).key]
        dense, levels = self.dense.key, self.config.levels
        before, there = [dense] * (levels + 1), [""] * (levels + 1)
        if asks_for_ladder(own.mask):
            needs_ends = asks_for_end(own.weights)
            before = self._climb(levels + 1 if needs_ends else 1 if self.is_oneshot else levels)
            there = before if own == self.ladder else there
        if levels:
            first = self._level(1, own, dense, dense)
            self._add_origins(first)
            if asks_for_scores(own.mask) or dense in first.parents:
                self.plan.notices += emptied_layers(self.kept, self.config.model.name)
        # a later plan may want more levels
        is_ladder = own == self.ladder and not self.is_oneshot
        return [
            there[level]
            or self._add(
                self._level(level, own, before[level - 1], before[level]),
                self.target,
                is_ladder=is_ladder,
            ).key
            for level in range(1, levels + 1)
        ]

    def _climb(self, stages: int) -> list[str]:
        """Keys of the ladder's first stages, dense first; of others that nobody asks for none."""
        keys = [self.plan.add(self.dense).key]
        if stages > 1:
            first = self._level(1, self.ladder, keys[0], keys[0])
            self._add_origins(first)
            known = self.climbed[first.key, self.is_oneshot, tuple(self.kept)]
            for level in range(len(known) + 1, stages):
                parent = known[-1] if known else keys[0]
                spec = self._level(level, self.ladder, parent, parent)
                known.append(self._add(spec, self.source, is_ladder=not self.is_oneshot).key)
            keys += known[: stages - 1]
        if self.config.levels == 1:  # a later plan may climb, and find the state it starts from
            first = self._level(1, self.ladder, self.dense.key, self.dense.key)
            self.plan.want(s for s in first.snapshots_read if s.stage == self.dense.key)
        return keys + [""] * (self.config.levels + 1 - len(keys))

    def _without_mask(self, weights: Call) -> str:
        """The only stage of a method without a mask: dense, from weights of the source's."""
        how = self.how.of_whole_net(INITIAL, weights)
        spec = self._level(0, how, self.dense.key, self.dense.key).model_copy(update={"mask": None})
        self._add_origins(spec)
        return self._add(spec, self.target, is_ladder=False).key

    def _add_origins(self, spec: StageSpec) -> None:
        """Adds the trainings of the whole net that a stage starts from."""
        through = self.transferred
        starts = {*spec.parents}
        if through is not None and through.key in starts:
            starts |= {*through.spec.parents}
        for origin in (self.dense, self.control, through):
            if origin is not None and origin.key in starts:
                self.plan.add(origin)

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

    def _planned_source(self) -> PlannedStage:
        """What tickets are made from: the source's dense training, or as much as a method needs."""
        dense = self._dense(self.source)
        if self.config.method.step is not None:
            dense = dense.prefix(self.reset)
        return self._planned(dense, self.source, is_ladder=not dense.is_prefix)

    def _planned_transfer(self) -> PlannedStage:
        """The target's training of the whole net from the end of the source's dense training."""
        how = self.how.of_transfer(INITIAL, END)
        spec = self._level(0, how, self.dense.key, self.dense.key).model_copy(update={"mask": None})
        return self._planned(spec, self.target, is_ladder=False)

    def _add(self, spec: StageSpec, role: Role, *, is_ladder: bool) -> PlannedStage:
        return self.plan.add(self._planned(spec, role, is_ladder=is_ladder))

    def _planned(self, spec: StageSpec, role: Role, *, is_ladder: bool) -> PlannedStage:
        is_moved = role is not self.source and (self.trains_otherwise or spec.moved is not None)
        is_of_target = self.transferred is not None and spec.parents == (self.transferred.key,)
        takes = is_moved and not is_of_target and (spec.parents or spec.scored)
        means = role.means_with(self.source) if takes else role.means
        return PlannedStage(spec=spec, means=means, is_ladder=is_ladder)

    def _level(self, level: int, how: Ladder, parent: str, same: str) -> StageSpec:
        dense = self.dense.key
        asked = Asked(
            parent=dense if self.is_oneshot else parent,
            same=same,
            dense=dense,
            control=self.control.key,
            reset=self.reset,
            pruning=self.pruning,
            init=self.init,
            control_init=self.control_init,
            kept=self.kept[level],
            at_once=self.is_oneshot and level > 1,  # of the first level it is the same
            data=self.source.train.data,
            objective=self.source.train.objective,
            per_class=self.config.pruning.score_per_class,
            ticket=None if self.ticket is None else self.ticket.digest,
            transferred=(
                None
                if self.transferred is None
                else Transferred(self.transferred.key, self.target.train.data)
            ),
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
            optimizer_state=(
                Input(stage=dense, what="optimizer", step=self.reset)
                if how.keeps_optimizer
                else None
            ),
            moved=how.moved,
            rescale=how.rescale,
            dynamics_given=given_to("dynamics", dynamics.rule, asked) if dynamics else {},
        )


def _found(role: Role) -> Found:
    return Found(role.side.dataset.bind(), role.train.data)
