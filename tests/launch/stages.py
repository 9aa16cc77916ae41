"""A small graph of planned stages: one ladder with a control per seed, and a parentless control."""

from ltsweep.foundations.components import bind
from ltsweep.plan.stage import PlannedStage
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
)

IMP = bind("ltsweep.methods.imp", {})
RANDOM = bind("ltsweep.methods.random_mask", {})
FRESH = bind("ltsweep.methods.fresh", {})
REWOUND = bind("ltsweep.methods.rewound", {})
LOADER = bind("ltsweep.data.digits", {})
INIT = InitSpec(distribution=bind("ltsweep.init.xavier_normal", {}), scale=1.0)
PRUNING = PruningSpec(
    score=bind("ltsweep.pruning.magnitude", {}),
    scope="global",
    fraction=0.2,
    output_fraction=None,
)


def training(total: int = 40, batch_size: int = 64, lr: float = 0.1) -> TrainSpec:
    return TrainSpec(
        data=DataSpec(
            fingerprint="f",
            validation=130,
            examples=None,
            split_seed=0,
            mean=(0.3,),
            std=(0.4,),
            white=16.0,
            flip=False,
            crop=0,
        ),
        model=bind("ltsweep.models.lenet_300_100", {}),
        optimizer=bind("ltsweep.train.sgd", {"lr": lr}),
        schedule=ScheduleSpec(
            total=total,
            warmup=0,
            factor=bind("ltsweep.train.constant", {}),
            validate_every=20,
        ),
        batch_size=batch_size,
        precision="fp32",
    )


def graph(seeds: int, levels: int, train: TrainSpec | None = None) -> dict[str, PlannedStage]:
    """Per seed: dense, imp of levels 1 to `levels`, random_reinit and random_mask of each."""
    train = train or training()
    stages: dict[str, PlannedStage] = {}

    def add(spec: StageSpec, *, is_ladder: bool = False) -> str:
        stage = PlannedStage(spec=spec, loader=LOADER, memory=1, is_ladder=is_ladder)
        stages[stage.key] = stage
        return stage.key

    for seed in range(seeds):
        base = {"train": train, "seed": seed, "start": 0, "stop": train.schedule.total}
        fresh = WeightsSpec(rule=FRESH, init=INIT)
        dense = add(StageSpec(**base, level=0, mask=None, weights=fresh), is_ladder=True)
        parent = dense
        for level in range(1, levels + 1):
            mask = MaskSpec(rule=IMP, pruning=PRUNING, ladder=parent)
            rewound = WeightsSpec(rule=REWOUND, rewind=RewindSpec(dense=dense, step=0))
            ticket = StageSpec(**base, level=level, mask=mask, weights=rewound)
            add(StageSpec(**base, level=level, mask=mask, weights=fresh))
            count = MaskSpec(rule=RANDOM, kept=1000 - level)
            add(StageSpec(**base, level=level, mask=count, weights=fresh))
            parent = add(ticket, is_ladder=True)
    return stages
