"""What types cannot tell: whether a configuration fits its data, its architecture and itself."""

from collections.abc import Callable, Iterator

from ltsweep.config.parse import Request
from ltsweep.config.settings import PointConfig
from ltsweep.foundations.components import Call, arguments
from ltsweep.foundations.errors import RequestError, listed
from ltsweep.foundations.layer_patterns import FIRST, OUTPUT, first_match, matches
from ltsweep.methods.ladders import (
    asks_for_draw,
    asks_for_ladder,
    asks_for_scores,
    rule,
    scores_a_step,
)
from ltsweep.models.layers import Layer
from ltsweep.plan.contracts import Contracts
from ltsweep.plan.facts import Facts
from ltsweep.plan.pairs import mismatches
from ltsweep.plan.sides import FactSource, Side, Sides, sides
from ltsweep.plan.specs import dynamics_spec, ladder_rules, pruning_spec, rescale_spec
from ltsweep.plan.steps import Steps
from ltsweep.pruning.counts import kept_by_level, places
from ltsweep.pruning.trained import needs_training
from ltsweep.train.choice import refusal
from ltsweep.train.numbers import Numbers
from ltsweep.train.recipe import Recipe

FRESH = rule("ltsweep.methods.fresh")


def find_misfits(request: Request, find_facts: FactSource) -> None:
    """Adds the problems that take the data and the architectures to see."""
    problems, contracts = dict.fromkeys(request.problems), Contracts()
    for config in request.points:
        if not {"dataset", "input", "model"} <= config.model_fields_set:
            continue
        both, found = sides(config), {}
        for side in dict.fromkeys(both):
            try:
                facts = found[side] = find_facts(side)
            except RequestError as error:
                problems |= dict.fromkeys(_of_target(p, side) for p in error.problems)
            else:
                problems |= dict.fromkeys(_of_target(p, side) for p in misfits(side, facts))
                problems |= dict.fromkeys(contracts.broken(side, facts))
        if len(found) == len(Sides._fields):
            problems |= dict.fromkeys(mismatches(both, found[both.source], found[both.target]))
    request.problems = list(problems)


def _of_target(problem: str, side: Side) -> str:
    """A sentence about data, with the names that the settings of a target have."""
    if side.called("dataset") == "dataset":
        return problem
    return problem.replace("dataset.", "target.").replace("dataset=", "dataset@target=")


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
    steps, resumes = _steps(side, facts), reset.schedule == "resume"
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


def _methods_step_is_too_late(side: Side, facts: Facts) -> Iterator[str]:
    method, steps = side.config.method, _steps(side, facts)
    if method.step is None or side.role == "target":
        return
    resumes = side.config.reset.schedule == "resume"
    if steps.of(method.step) > steps.total - resumes:
        yield (
            f"method.step={method.step} is step {steps.of(method.step)} of a training of "
            f"{steps.total} steps; it must be at most {steps.total - resumes}it"
        )


def _scores_are_not_to_be_had(side: Side, facts: Facts) -> Iterator[str]:
    """Of criteria that need more than there is when and where they score."""
    method, pruning = side.config.method, side.config.pruning
    if method.mask is None or side.role == "target" or not asks_for_scores(rule(method.mask)):
        return
    asked = arguments(pruning.target)
    if "flow" in asked and not facts.net.has_paths:
        yield (
            f"pruning={pruning.name} needs a net in which positive numbers stay positive on their "
            f"way, and those of model={side.model.name} do not; choose another pruning"
        )
    if not scores_a_step(rule(method.mask)):
        return
    if "previous" in asked:
        yield (
            f"pruning={pruning.name} asks for the end of a level before, and "
            f"method={method.name} has no levels before; choose another pruning"
        )
    if needs_training(pruning.target) and _steps(side, facts).of(method.step or "0it") == 0:
        yield (
            f"pruning={pruning.name} holds trained weights against what they were drawn as, and at "
            f"method.step={method.step} these are the same; choose method.step of 1it or more, or "
            "another pruning"
        )


def _levels_are_too_many(side: Side, facts: Facts) -> Iterator[str]:
    config = side.config
    if config.method.mask is None or side.role == "target":
        return
    by_level = kept_by_level(pruning_spec(config), facts.layers, config.levels)
    kept = [sum(counts.values()) for counts in by_level]
    for level in range(1, len(kept)):
        if kept[level] in (0, kept[level - 1]):
            left = kept[level - 1]
            what = "prune all of" if kept[level] == 0 else "not prune any more of"
            yield (
                f"levels={config.levels} must be at most {level - 1} for "
                f"pruning.fraction={config.pruning.fraction} and model={side.model.name} on "
                f"{side.dataset.name}: level {level} would {what} the {left} weights left"
            )
            return


def _patterns_match_nothing(side: Side, facts: Facts) -> Iterator[str]:
    own = side.config.pruning.layers
    if own is None or side.config.method.mask is None or side.role == "target":
        return
    there = places(facts.layers)
    chosen = {first_match(own, place) for place in there}
    names = listed([*(place.name for place in there), FIRST, OUTPUT])
    for pattern in own:
        apart = pattern == OUTPUT and side.head_is_fresh  # then it is not pruned in any case
        if pattern in chosen or apart:
            continue
        if any(matches(pattern, place) for place in there):
            yield f"pruning.layers: {pattern} comes too late, all that it matches is matched before"
        else:
            yield (
                f"pruning.layers: {pattern} matches no layer of model={side.model.name}; there "
                f"is {names}"
            )


def _strategy_refuses(side: Side, facts: Facts) -> Iterator[str]:
    config = side.config
    if config.strategy == "auto":
        return
    numbers, objective = config.numbers.bind(), config.objective.bind()
    dynamics = dynamics_spec(config, _steps(side, facts))
    recipe = Recipe(config.precision, objective, numbers, dynamics, side.model.prunable)
    if reason := refusal(config.strategy, facts.module, recipe):
        yield f"strategy={config.strategy} cannot train this: {reason}; choose strategy=auto"


def _masks_never_change(side: Side, facts: Facts) -> Iterator[str]:
    method, steps = side.config.method, _steps(side, facts)
    dynamics = dynamics_spec(side.config, steps)
    if dynamics is None or dynamics.steps() or side.role != sides(side.config).target.role:
        return
    most = dynamics.until - dynamics.begin - 1
    must = f"it must be at most {most}it" if most > 0 else "there is no step between them"
    yield (
        f"method.every={method.every}: masks would never change; method={method.name} changes them "
        f"after step {dynamics.begin} and before step {dynamics.until} of a training of "
        f"{steps.total} steps: {must}"
    )


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


def _rescaling_does_not_suit(side: Side, facts: Facts) -> Iterator[str]:
    config = side.config
    if side.role == "target" or config.method.mask is None or config.method.weights is None:
        return
    own, ladder = rule(config.method.weights), ladder_rules(config)[1]
    yield from _redraws_no_draw(config, own, facts.layers[0], of_ladder=False)
    if asks_for_ladder(rule(config.method.mask)):
        yield from _redraws_no_draw(config, ladder, facts.layers[0], of_ladder=True)
    apart = config.control_init
    if apart is not None and apart.rescale_where == "ladder" and not asks_for_draw(ladder):
        yield (
            "control_init.rescale_where=ladder must be final: the ladder's levels start from the "
            "source's weights, of which init.rescale_where tells"
        )


def _redraws_no_draw(
    config: PointConfig, weights: Call, layer: Layer, *, of_ladder: bool
) -> Iterator[str]:
    """A sentence where `redraw` meets weights that are no draw, or none by the fans alone."""
    rescale = rescale_spec(config, weights, of_ladder=of_ladder)
    if rescale is None or rescale.way != "redraw":
        return
    has_own = rescale.purpose == "control init" and config.control_init is not None
    whose = "control_init" if has_own else "init"
    others = "choose none, count, count_unit or energy"
    if weights != FRESH:
        levels = (
            "the levels of the ladder" if of_ladder else f"those of method={config.method.name}"
        )
        yield f"{whose}.rescale=redraw needs weights that are a fresh draw, not {levels}; {others}"
        return
    try:
        drawn_from = rescale.init.distribution(layer.fan_in, layer.fan_out)
    except Exception:
        return  # of a user's own; its contract is tried elsewhere, and this is told there
    if not getattr(drawn_from, "is_fan_based", False):
        name = getattr(config, whose).name
        yield (
            f"{whose}.rescale=redraw draws by the fans that are left, and {whose}={name} is not "
            f"drawn by fans alone; {others}"
        )


def _steps(side: Side, facts: Facts) -> Steps:
    return Steps(side.schedule, side.batch_size, facts.train_examples)


_CHECKS: dict[tuple[str, ...], Callable[[Side, Facts], Iterator[str]]] = {
    ("batch_size",): _batch_is_too_large,
    ("batch_size", "schedule", "reset"): _step_is_too_late,
    ("batch_size", "schedule", "reset", "method"): _methods_step_is_too_late,
    ("levels", "method", "pruning"): _levels_are_too_many,
    ("batch_size", "schedule", "method", "pruning"): _scores_are_not_to_be_had,
    ("method", "pruning"): _patterns_match_nothing,
    ("method", "schedule", "batch_size"): _masks_never_change,
    ("numbers",): _numbers_do_not_suit,
    ("init", "control_init", "method"): _rescaling_does_not_suit,
    ("strategy", "numbers", "objective", "precision", "method", "schedule", "batch_size"): (
        _strategy_refuses
    ),
}
