"""What types cannot tell: whether a configuration fits its data, its architecture and itself."""

from collections.abc import Callable, Iterator

from ltsweep.config.parse import Request
from ltsweep.foundations.errors import RequestError, listed
from ltsweep.methods.ladders import (
    rule,
)
from ltsweep.plan import tickets
from ltsweep.plan.contracts import Contracts
from ltsweep.plan.facts import Facts
from ltsweep.plan.method_fit import OF_METHODS, side_steps
from ltsweep.plan.pairs import mismatches
from ltsweep.plan.sides import FactSource, Side, Sides, sides
from ltsweep.plan.specs import dynamics_spec
from ltsweep.train.choice import refusal
from ltsweep.train.numbers import Numbers
from ltsweep.train.recipe import Recipe

MOST_STEPS = 10**9  # of one training: at a millisecond each, eleven days
FRESH = rule("ltsweep.methods.fresh")


def find_misfits(request: Request, find_facts: FactSource) -> None:
    """Adds the problems that take the data and the architectures to see."""
    problems, contracts = dict.fromkeys(request.problems), Contracts()
    for config in request.points:
        if not {"dataset", "input", "model"} <= config.model_fields_set:
            continue
        problems |= dict.fromkeys(tickets.named_targets(config))
        both, found = sides(config), {}
        for side in dict.fromkeys(both):
            try:
                facts = found[side] = find_facts(side)
            except RequestError as error:
                problems |= dict.fromkeys(_of_target(p, side) for p in error.problems)
            else:
                problems |= dict.fromkeys(_of_target(p, side) for p in misfits(side, facts))
                problems |= dict.fromkeys(contracts.broken(side, facts))
                problems |= dict.fromkeys(_ticket_is_anothers(side, facts))
        if len(found) == len(Sides._fields):
            problems |= dict.fromkeys(mismatches(both, found[both.source], found[both.target]))
    request.problems = list(problems)


def _of_target(problem: str, side: Side) -> str:
    """A sentence about data, with the names that the settings of a target have."""
    if side.called("dataset") == "dataset":
        return problem
    return problem.replace("dataset.", "target.").replace("dataset=", "dataset@target=")


def _ticket_is_anothers(side: Side, facts: Facts) -> Iterator[str]:
    if facts.ticket is not None:
        yield from tickets.misfits(facts.ticket, facts.net, side.model.name, side.dataset.name)


def misfits(side: Side, facts: Facts) -> Iterator[str]:
    """A sentence per misfit of one side of a point.

    What its configuration lacks, because it was wrong in itself, is not looked at: see
    `ltsweep.config.parse` for such partial configurations.
    """
    for needs, check in _CHECKS.items():
        if {*needs, "dataset", "model"} <= side.config.model_fields_set:
            yield from check(side, facts)


def _batch_is_too_large(side: Side, facts: Facts) -> Iterator[str]:
    if side.batch_size > facts.train_examples:
        yield (
            f"{side.called('batch_size')}={side.batch_size} must be at most "
            f"{facts.train_examples}, the number of training examples of "
            f"dataset={side.dataset.name}"
        )


def _step_is_too_late(side: Side, facts: Facts) -> Iterator[str]:
    reset = side.config.reset
    steps, resumes = side_steps(side, facts), reset.schedule == "resume"
    last, step = steps.total - resumes, steps.of(reset.step)
    if step > last and side.role == "source":  # a target has no reset: it trains from step 0
        why = "so that reset.schedule=resume has a step left" if resumes else "the end"
        yield (
            f"reset.step={reset.step} is step {step} of a training of "
            f"{steps.total} steps; it must be at most {last}it, {why}"
        )
    if steps.warmup > steps.total:
        yield (
            f"{side.called('schedule')}.warmup={side.schedule.warmup} is {steps.warmup} steps; "
            f"it must be at most {steps.total}it, the length of the training"
        )


def _training_is_too_long(side: Side, facts: Facts) -> Iterator[str]:
    total, length = side_steps(side, facts).total, side.schedule.length
    if total > MOST_STEPS:
        steps = "" if length == f"{total}it" else f" is {total:,} steps; it"
        yield (
            f"{side.called('schedule')}.length={length}{steps} must be at most {MOST_STEPS:,} steps"
        )


def _strategy_refuses(side: Side, facts: Facts) -> Iterator[str]:
    config = side.config
    if config.strategy == "auto":
        return
    numbers, objective = config.numbers.bind(), config.objective.bind()
    dynamics = dynamics_spec(config, side_steps(side, facts))
    recipe = Recipe(config.precision, objective, numbers, dynamics, side.model.prunable)
    if reason := refusal(config.strategy, facts.module, recipe):
        yield f"strategy={config.strategy} cannot train this: {reason}; choose strategy=auto"


def _numbers_do_not_suit(side: Side, facts: Facts) -> Iterator[str]:
    try:
        numbers = side.config.numbers.bind()()
    except Exception:
        return  # of a user's own; its contract is tried elsewhere, and this is told there
    if not isinstance(numbers, Numbers):
        return
    if unseen := numbers.unseen(facts.module, [layer.name for layer in facts.layers]):
        yield (
            f"numbers={side.config.numbers.name} represents the inputs of layers, but those of "
            f"{listed(unseen)} of model={side.model.name} are not seen; see model.prunable"
        )


def _nothing_to_choose_by(side: Side, facts: Facts) -> Iterator[str]:
    is_measured = sides(side.config).target.role == side.role
    if side.config.report.split == "validation" and is_measured and not side.dataset.validation:
        yield "report.split=validation needs validation images; set dataset.validation=1 or more"


_CHECKS: dict[tuple[str, ...], Callable[[Side, Facts], Iterator[str]]] = {
    ("batch_size",): _batch_is_too_large,
    ("batch_size", "schedule"): _training_is_too_long,
    ("batch_size", "schedule", "reset"): _step_is_too_late,
    **OF_METHODS,
    ("numbers",): _numbers_do_not_suit,
    ("report",): _nothing_to_choose_by,
    ("strategy", "numbers", "objective", "precision", "method", "schedule", "batch_size"): (
        _strategy_refuses
    ),
}
