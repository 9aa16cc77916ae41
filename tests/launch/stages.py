"""A small graph of planned stages: one ladder with a control per seed, and a parentless control."""

from collections.abc import Collection

from ltsweep.foundations.components import bind
from ltsweep.launch.packs import Packer
from ltsweep.part_spec import RuleSpec
from ltsweep.plan.stage import Means, PlannedStage
from ltsweep.spec import StageSpec, TrainSpec

from .. import specs
from ..specs import RANDOM, fresh, ladder_mask, rewound

LOADER = bind("ltsweep.data.digits", {})


def training(total: int = 40, batch_size: int = 64, lr: float = 0.1) -> TrainSpec:
    return specs.training(total, batch_size, lr, validate_every=20)


def graph(seeds: int, levels: int, train: TrainSpec | None = None) -> dict[str, PlannedStage]:
    """Per seed: dense, imp of levels 1 to `levels`, random_reinit and random_mask of each."""
    train = train or training()
    loaders = {train.data.fingerprint: LOADER}
    means = Means(loaders=loaders, dataset="digits", model="lenet_300_100", memory=1)
    stages: dict[str, PlannedStage] = {}

    def add(spec: StageSpec, *, is_ladder: bool = False) -> str:
        stage = PlannedStage(
            spec=spec,
            means=means,
            is_ladder=is_ladder,
        )
        stages[stage.key] = stage
        return stage.key

    for seed in range(seeds):
        parent = dense = add(specs.stage(train, seed), is_ladder=True)
        for level in range(1, levels + 1):
            mask = ladder_mask(parent)
            ticket = specs.stage(train, seed, level, mask, rewound(dense, 0))
            add(specs.stage(train, seed, level, mask, fresh()))
            count = RuleSpec(rule=RANDOM, given={"kept": 1000 - level})
            add(specs.stage(train, seed, level, count, fresh()))
            parent = add(ticket, is_ladder=True)
    return stages


def ready_in(packer: Packer, done: Collection[str]) -> list[str]:
    """Stages that are not done and whose parents, as far as they are the packer's, are."""
    return [
        key
        for key, stage in packer.stages.items()
        if key not in done and packer.stages.keys() & {*stage.spec.parents} <= {*done}
    ]
