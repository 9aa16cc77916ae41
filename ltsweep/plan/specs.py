"""From the sections of a configuration to specifications: what of them is hashed."""

from ltsweep.config.components import Init
from ltsweep.config.settings import PointConfig
from ltsweep.data_spec import DataSpec
from ltsweep.foundations.layer_patterns import OUTPUT
from ltsweep.methods.ladders import rule
from ltsweep.plan.facts import Facts
from ltsweep.plan.sides import Side
from ltsweep.plan.steps import Steps
from ltsweep.spec import (
    CellSpec,
    DynamicsSpec,
    InitSpec,
    MethodSpec,
    PruningSpec,
    ResetSpec,
    ScheduleSpec,
    TrainSpec,
)
from ltsweep.train.norm_statistics import has_running_statistics


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


def dynamics_spec(config: PointConfig, steps: Steps) -> DynamicsSpec | None:
    """How masks change in a method's own trainings, if they do."""
    dynamics = config.method.dynamics
    if dynamics is None:
        return None
    until = round(dynamics.until * steps.total)
    return DynamicsSpec(rule=dynamics.bind(), every=steps.of(dynamics.every), until=until)


def cell_spec(config: PointConfig, train: TrainSpec, steps: Steps) -> CellSpec:
    """Everything that tells a cell from another: not the seed and not the levels."""
    method, ladder = config.method, config.method.ladder
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
        reset=ResetSpec(step=steps.of(config.reset.step), schedule=config.reset.schedule),
        method=MethodSpec(
            name=method.name,
            mask=rule(method.mask) if method.mask else None,
            weights=rule(method.weights) if method.weights else None,
            ladder=(rule(ladder.mask), rule(ladder.weights)) if ladder else None,
            dynamics=dynamics_spec(config, steps),
            step=None if method.step is None else steps.of(method.step),
        ),
    )
