"""From the sections of a configuration to specifications: what of them is hashed."""

from math import floor
from typing import Literal

from ltsweep.config.components import Init
from ltsweep.config.settings import PointConfig
from ltsweep.data_spec import DataSpec
from ltsweep.foundations.components import Call, bind
from ltsweep.foundations.layer_patterns import OUTPUT
from ltsweep.methods.ladders import REWINDING, asks_for_draw, asks_for_ladder, rule
from ltsweep.part_spec import InitSpec, PruningSpec, Rescale
from ltsweep.plan.facts import Facts
from ltsweep.plan.sides import Side
from ltsweep.plan.steps import Steps
from ltsweep.spec import CellSpec, DynamicsSpec, MethodSpec, ResetSpec, ScheduleSpec, TrainSpec
from ltsweep.train.norm_statistics import has_running_statistics
from ltsweep.train.schedules import last_rate

EVERYTHING = rule("ltsweep.methods.everything")


def train_spec(side: Side, facts: Facts, steps: Steps) -> TrainSpec:
    """What all trainings of a side have in common.

    A net without running statistics has none to take anew: it is trained alike either way. One that
    has some is evaluated in fp32, because bf16 would round what they are subtracted from.
    """
    dataset, config = side.dataset, side.config
    normalises = has_running_statistics(facts.module)
    rounds = config.precision == "bf16"
    return TrainSpec(
        data=DataSpec(
            fingerprint=facts.fingerprint,
            split=dataset.split,
            normalise=facts.normalise or dataset.normalise,
            augment=dataset.augment,
            input=facts.input,
        ),
        model=side.model.bind(),
        objective=config.objective.bind(),
        optimizer=side.optimizer.bind(),
        schedule=ScheduleSpec(
            total=steps.total,
            warmup=steps.warmup,
            factor=side.schedule.bind(),
            # without validation images it decides nothing
            validate_every=steps.validate_every if dataset.validation else steps.total,
        ),
        batch_size=side.batch_size,
        precision=config.precision,
        numbers=config.numbers.bind(),
        strategy=config.strategy,
        prunable=side.model.prunable,
        net="any" if facts.has_own_parts else "plain",
        head="apart" if side.head_is_fresh else "pruned",
        norm_statistics=config.norm_statistics if normalises else "running",
        evaluation_precision="fp32" if normalises and rounds else "same",
    )


def pruning_spec(config: PointConfig) -> PruningSpec:
    """What is pruned per level; fractions of the output layer alone are said in one way."""
    pruning = config.pruning
    layers = pruning.fractions
    output = layers.pop(OUTPUT) if list(layers) == [OUTPUT] else pruning.output_fraction
    return PruningSpec(
        score=pruning.bind(),
        scope=pruning.scope,
        fraction=pruning.fraction,
        output_fraction=output,
        layers=tuple(layers.items()),
        rounds=pruning.rounds,
    )


def init_spec(init: Init) -> InitSpec:
    """What weights are drawn from."""
    return InitSpec(distribution=init.bind(), scale=init.scale, bias=init.bias, output=init.output)


def rescale_spec(
    config: PointConfig, mask: Call, weights: Call, *, of_ladder: bool
) -> Rescale | None:
    """How weights that these rules make are rescaled once they are masked.

    Those of a point's own levels always are, those of a ladder where that is asked for. A mask
    that leaves everything gives no reason to.
    """
    if mask == EVERYTHING:
        return None
    is_control = asks_for_draw(weights)
    init = (config.control_init if is_control else None) or config.init
    if init.rescale == "none" or (of_ladder and init.rescale_where == "final"):
        return None
    purpose: Literal["init", "control init"] = "control init" if is_control else "init"
    return Rescale(way=init.rescale, init=init_spec(init), purpose=purpose)


def ladder_rules(config: PointConfig) -> tuple[Call, Call]:
    """The rules for mask and weights by which the ladder of a point is made."""
    ladder = config.method.ladder
    mask, weights = (ladder.mask, ladder.weights) if ladder else REWINDING
    return rule(mask), rule(weights)


def dynamics_spec(config: PointConfig, steps: Steps) -> DynamicsSpec | None:
    """How masks change in a method's own trainings, if they do."""
    method, total = config.method, steps.total
    if method.dynamics is None:
        return None
    assert method.every is not None
    every = steps.of(method.every)
    if method.every_at_most is not None:
        every = max(1, min(every, floor(round(method.every_at_most * total, 6))))
    if method.until is not None:
        until = round(method.until * total)
    else:
        assert method.end is not None
        until = min(round(method.end * total) + 1, total)  # the last step is number total - 1
    begin = round((method.begin or 0) * total)
    bound = method.bound(method.dynamics)
    return DynamicsSpec(rule=bound, every=every, until=until, begin=begin)


def own_training(config: PointConfig, train: TrainSpec, steps: Steps) -> TrainSpec:
    """A training with the method's dynamics, and what it freezes.

    Else the object itself: what it hashes to is known.
    """
    dynamics, frozen = dynamics_spec(config, steps), config.method.frozen
    if dynamics is None and frozen == "none":
        return train
    return train.model_copy(update={"dynamics": dynamics, "frozen": frozen})


def rate_of(config: PointConfig, train: TrainSpec) -> float | None:
    """The constant rate that a method asks for in place of the schedule's; None: it asks for none.

    `train` is that of the source for levels of a ladder, that of the target for those that go on
    from the target's own training.
    """
    rate = config.method.lr
    return last_rate(train.optimizer.params["lr"], train.schedule) if rate == "last" else rate


def at_constant_rate(train: TrainSpec, rate: float) -> TrainSpec:
    """A training at one learning rate, without warm-up, in place of its schedule's rates."""
    params = {**train.optimizer.params, "lr": rate}
    constant = bind("ltsweep.train.constant", {})
    return train.model_copy(
        update={
            "optimizer": train.optimizer.model_copy(update={"params": params}),
            "schedule": train.schedule.model_copy(update={"warmup": 0, "factor": constant}),
        }
    )


def cell_spec(config: PointConfig, train: TrainSpec, source: TrainSpec, steps: Steps) -> CellSpec:
    """Everything that tells a cell from another: not the seed and not the levels.

    `train` is the training of the target, `steps` are those of the source.
    """
    method = config.method
    mask = method.bound(method.mask) if method.mask else None
    weights = method.bound(method.weights) if method.weights else None
    ladder = ladder_rules(config)
    own = rescale_spec(config, mask, weights, of_ladder=False) if mask and weights else None
    has_ladder = mask is not None and asks_for_ladder(mask)
    return CellSpec(
        train=train,
        init=init_spec(config.init),
        control_init=init_spec(config.control_init or config.init),
        pruning=pruning_spec(config).model_copy(
            update={
                "schedule": config.pruning.schedule,
                "score_per_class": config.pruning.score_per_class,
            }
        ),
        reset=ResetSpec(
            step=steps.of(config.reset.step),
            schedule=config.reset.schedule,
            optimizer=config.reset.optimizer,
        ),
        method=MethodSpec(
            name=method.name,
            mask=mask,
            weights=weights,
            ladder=ladder if method.ladder else None,
            dynamics=dynamics_spec(config, steps),
            step=None if method.step is None else steps.of(method.step),
            lr=rate_of(config, source if method.ladder else train),
            frozen=method.frozen,
        ),
        rescale=own,
        ladder_rescale=rescale_spec(config, *ladder, of_ladder=True) if has_ladder else None,
    )
