"""Specifications as the planner makes them, spelled out: what tests of stages start from."""

from ltsweep.data_spec import Augment, DataSpec, Normalise, Split
from ltsweep.foundations.components import bind
from ltsweep.part_spec import InitSpec, Input, PruningSpec, RuleSpec
from ltsweep.spec import ScheduleSpec, StageSpec, TrainSpec

IMP = bind("ltsweep.methods.imp", {})
RANDOM = bind("ltsweep.methods.random_mask", {})
INITIAL = bind("ltsweep.methods.initial", {})
FRESH = bind("ltsweep.methods.fresh", {})
REWOUND = bind("ltsweep.methods.rewound", {})
INIT = InitSpec(distribution=bind("ltsweep.init.kaiming_normal", {}), scale=1.0)
PRUNING = PruningSpec(
    score=bind("ltsweep.pruning.magnitude", {}),
    scope="global",
    fraction=0.2,
    output_fraction=None,
)


def data(flip=False, crop=0, fingerprint="f" * 64):
    return DataSpec(
        fingerprint=fingerprint,
        split=Split(validation=130, split_seed=0, examples=None),
        normalise=Normalise(mean=(0.3,), std=(0.4,), white=16),
        augment=Augment(flip=flip, crop=crop),
    )


def training(total=400, batch_size=64, lr=0.05, momentum=0.9, validate_every=19, **changes):
    made = TrainSpec(
        data=data(),
        model=bind("ltsweep.models.lenet_300_100", {}),
        objective=bind("ltsweep.train.cross_entropy", {}),
        numbers=bind("ltsweep.train.plain", {}),
        optimizer=bind("ltsweep.train.sgd", {"lr": lr, "momentum": momentum}),
        schedule=ScheduleSpec(
            total=total,
            warmup=0,
            factor=bind("ltsweep.train.constant", {}),
            validate_every=validate_every,
        ),
        batch_size=batch_size,
        precision="fp32",
    )
    return made.model_copy(update=changes)


def stage(train, seed=3, level=0, mask=None, weights=None, start=0):
    return StageSpec(
        train=train,
        seed=seed,
        level=level,
        mask=mask,
        weights=weights or RuleSpec(rule=INITIAL, given={"initial": INIT}),
        start=start,
        stop=train.schedule.total,
    )


def ladder_mask(parent):
    """The mask rule of a ticket whose level before is this stage."""
    following = Input(stage=parent, what="next mask", pruning=PRUNING)
    return RuleSpec(rule=IMP, given={"ladder": following})


def rewound(dense, step):
    return RuleSpec(rule=REWOUND, given={"rewound": Input(stage=dense, what="state", step=step)})


def fresh():
    return RuleSpec(rule=FRESH, given={"fresh": INIT})
