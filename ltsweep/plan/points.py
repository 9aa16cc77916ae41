"""The plan: from points to a graph of unique stages, each named by what it computes."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ltsweep.config.settings import PointConfig
from ltsweep.foundations.components import Call, arguments, bind
from ltsweep.foundations.errors import listed
from ltsweep.plan.facts import Facts, FactSource
from ltsweep.plan.stage import PlannedStage
from ltsweep.plan.steps import Steps
from ltsweep.pruning.counts import kept_by_level
from ltsweep.spec import (
    DataSpec,
    InitSpec,
    MaskSpec,
    PruningSpec,
    RewindSpec,
    ScheduleSpec,
    StageSpec,
    TrainSpec,
    WeightsSpec,
    digest,
)
from ltsweep.store.records import Declared, PointRecord, SettingColumns

IMP = bind("ltsweep.methods.imp", {})
REWOUND = bind("ltsweep.methods.rewound", {})
FRESH = bind("ltsweep.methods.fresh", {})

Trainings = dict[tuple[Any, ...], TrainSpec]  # by what they are made from: points share a few


@dataclass(frozen=True)
class Point:
    """A resolved configuration with its identity and the keys of its stages, one per level."""

    id: str
    cell: str
    config: PointConfig
    reset_step: int
    stages: tuple[str, ...]

    def record(self, experiment: str | None) -> PointRecord:
        """What points/<id>.json holds."""
        config = self.config
        columns = SettingColumns(
            source=config.dataset.name,
            source_optimizer=config.optimizer.name,
            target=config.dataset.name,
            target_optimizer=config.optimizer.name,
            model=config.model.name,
            pruning=config.pruning.name,
            init=config.init.name,
            init_scale=config.init.scale,
            reset=f"{self.reset_step}it",
        )
        return PointRecord(
            id=self.id,
            cell=self.cell,
            seed=config.seed,
            method=config.method.name,
            levels=len(self.stages) - 1,
            experiment=experiment,
            config=config.model_dump(mode="json", by_alias=True, exclude={"report"}),
            columns=columns,
            report=Declared(delta=config.report.delta, densities=config.report.densities),
            reset_step=self.reset_step,
            stages=self.stages,
        )


@dataclass
class Plan:
    """Points and the unique stages that make them, every stage after its parents."""

    points: list[Point] = field(default_factory=list)
    stages: dict[str, PlannedStage] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)

    def trainings_without_sharing(self) -> int:
        """Trainings if every point made its own ladder: the sum of the points' ancestries."""
        return sum(len(self.ancestry(point.stages)) for point in self.points)

    def ancestry(self, keys: Iterable[str]) -> set[str]:
        """These stages and all that they start from."""
        found: set[str] = set()
        waiting = list(keys)
        while waiting:
            key = waiting.pop()
            if key not in found:
                found.add(key)
                waiting.extend(self.stages[key].spec.parents)
        return found

    def add(self, stage: PlannedStage) -> PlannedStage:
        """Adds a stage, or what this point asks of one that is already there."""
        known = self.stages.setdefault(stage.key, stage)
        wishes = {
            "is_ladder": known.is_ladder or stage.is_ladder,
            "snapshots": tuple(sorted({*known.snapshots, *stage.snapshots})),
        }
        if any(getattr(known, name) != wish for name, wish in wishes.items()):
            known = self.stages[stage.key] = known.model_copy(update=wishes)  # its key with it
        return known


def make_plan(configs: Iterable[PointConfig], find_facts: FactSource) -> Plan:
    """Plans all points, which have been checked (`plan.fit`); of equal ones the deepest."""
    plan = Plan()
    known: dict[str, Point] = {}
    trainings: Trainings = {}
    for config in configs:
        point = _PointPlanner(config, find_facts(config), plan, trainings).point()
        if point.id not in known or len(point.stages) > len(known[point.id].stages):
            known[point.id] = point
    plan.points = list(known.values())
    plan.notices = list(dict.fromkeys(plan.notices))
    return plan


def pruning_spec(config: PointConfig) -> PruningSpec:
    """The pruning of a configuration as stages record it."""
    pruning = config.pruning
    return PruningSpec(
        score=pruning.bind(),
        scope=pruning.scope,
        fraction=pruning.fraction,
        output_fraction=pruning.output_fraction,
    )


class _PointPlanner:
    """Turns one configuration into stages; ladders and dense trainings are found again by key."""

    def __init__(self, config: PointConfig, facts: Facts, plan: Plan, trainings: Trainings) -> None:
        self.config, self.facts, self.plan = config, facts, plan
        self.loader = config.dataset.bind()
        self.memory = facts.footprint.bytes(config.batch_size)
        self.steps = Steps(config, facts)
        parts = (config.dataset, config.model, config.optimizer, config.schedule)
        name = (*parts, config.batch_size, config.precision)
        self.train = trainings.get(name) or trainings.setdefault(name, self._train_spec())
        self.pruning = pruning_spec(config)
        self.init = InitSpec(distribution=config.init.bind(), scale=config.init.scale)
        control = config.control_init or config.init
        self.control_init = InitSpec(distribution=control.bind(), scale=control.scale)
        self.kept = kept_by_level(self.pruning, facts.layers, config.levels)

    def point(self) -> Point:
        """The point, its stages added to the plan."""
        method = self.config.method
        dense = self._dense()
        keys = [dense.key]
        if method.mask is not None and method.weights is not None:
            mask, weights = bind(method.mask, {}), bind(method.weights, {})
            ladder = [dense]
            if "ladder" in arguments(mask.target):
                ladder = self._ladder(dense)
                self._notice_emptied_layers()
            for level in range(1, self.config.levels + 1):
                parent = ladder[level - 1] if len(ladder) > 1 else dense
                spec = self._level(level, mask, weights, parent, dense)
                deepens = mask == IMP and weights == REWOUND  # a later plan may want more levels
                keys.append(self._add(spec, is_ladder=deepens).key)
        identity = self._identity()
        cell = digest(identity)
        return Point(
            id=digest({**identity, "seed": self.config.seed}),
            cell=cell,
            config=self.config,
            reset_step=self.steps.reset,
            stages=tuple(keys),
        )

    def _dense(self) -> PlannedStage:
        spec = StageSpec(
            train=self.train,
            seed=self.config.seed,
            level=0,
            mask=None,
            weights=WeightsSpec(rule=FRESH, init=self.init),
            start=0,
            stop=self.train.schedule.total,
        )
        method = self.config.method
        rules = [bind(rule, {}).target for rule in (method.mask, method.weights) if rule]
        wanted = {"rewound", "ladder"} & {name for rule in rules for name in arguments(rule)}
        snapshots = (self.steps.reset,) if wanted and self.config.levels else ()
        return self._add(spec, is_ladder=True, snapshots=snapshots)

    def _ladder(self, dense: PlannedStage) -> list[PlannedStage]:
        """The ladder's stages that the deepest level of this point starts from, dense first."""
        ladder = [dense]
        for level in range(1, self.config.levels):
            spec = self._level(level, IMP, REWOUND, ladder[-1], dense)
            ladder.append(self._add(spec, is_ladder=True))
        return ladder

    def _add(self, spec: StageSpec, **more: Any) -> PlannedStage:
        stage = PlannedStage(spec=spec, loader=self.loader, memory=self.memory, **more)
        return self.plan.add(stage)

    def _level(
        self, level: int, mask: Call, weights: Call, parent: PlannedStage, dense: PlannedStage
    ) -> StageSpec:
        needs = arguments(mask.target)
        from_ladder, from_source = "ladder" in needs, "rewound" in arguments(weights.target)
        resumes = from_source and self.config.reset.schedule == "resume"
        return StageSpec(
            train=self.train,
            seed=self.config.seed,
            level=level,
            mask=MaskSpec(
                rule=mask,
                pruning=self.pruning if from_ladder else None,
                ladder=parent.key if from_ladder else None,
                kept=sum(self.kept[level].values()) if "kept" in needs else None,
            ),
            weights=WeightsSpec(
                rule=weights,
                init=self.control_init if "fresh" in arguments(weights.target) else None,
                rewind=RewindSpec(dense=dense.key, step=self.steps.reset) if from_source else None,
            ),
            start=self.steps.reset if resumes else 0,
            stop=self.train.schedule.total,
        )

    def _train_spec(self) -> TrainSpec:
        config, dataset = self.config, self.config.dataset
        return TrainSpec(
            data=DataSpec(
                fingerprint=self.facts.fingerprint,
                validation=dataset.validation,
                examples=dataset.examples,
                split_seed=dataset.split_seed,
                mean=dataset.mean,
                std=dataset.std,
                white=dataset.white,
                flip=dataset.flip,
                crop=dataset.crop,
            ),
            model=config.model.bind(),
            optimizer=config.optimizer.bind(),
            schedule=ScheduleSpec(
                total=self.steps.total,
                warmup=self.steps.warmup,
                factor=config.schedule.bind(),
                validate_every=self.steps.validate_every,
            ),
            batch_size=config.batch_size,
            precision=config.precision,
        )

    def _identity(self) -> dict[str, Any]:
        """Everything that tells a cell from another, typed; not the seed and not the levels."""
        reset = {"step": self.steps.reset, "schedule": self.config.reset.schedule}
        return {
            "train": self.train.model_dump(mode="json"),
            "init": self.init.model_dump(mode="json"),
            "control_init": self.control_init.model_dump(mode="json"),
            "pruning": self.pruning.model_dump(mode="json"),
            "reset": reset,
            "method": self.config.method.model_dump(mode="json"),
        }

    def _notice_emptied_layers(self) -> None:
        for group in self.kept[0]:
            empty = [level for level, counts in enumerate(self.kept) if counts[group] == 0]
            if empty:
                self.plan.notices.append(
                    f"{listed(group)} of {self.config.model.name} will be empty from level "
                    f"{empty[0]} on: nothing passes through"
                )
