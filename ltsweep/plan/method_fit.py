"""Whether what a method asks for fits its data and its net: levels, steps, scores and rates."""

import math
from collections.abc import Callable, Iterator
from numbers import Real

from ltsweep.config.settings import PointConfig
from ltsweep.foundations.components import Call, arguments
from ltsweep.foundations.contracts import ContractError, attempt, shown
from ltsweep.foundations.errors import listed
from ltsweep.foundations.layer_patterns import FIRST, OUTPUT, first_match, matches
from ltsweep.methods.ladders import (
    asks_for_draw,
    asks_for_ladder,
    asks_for_scores,
    is_rewound,
    rule,
    scores_a_step,
)
from ltsweep.models.layers import Layer
from ltsweep.plan.facts import Facts
from ltsweep.plan.sides import Side, sides
from ltsweep.plan.specs import dynamics_spec, ladder_rules, pruning_spec, rescale_spec
from ltsweep.plan.steps import Steps
from ltsweep.pruning.counts import kept_by_level, places
from ltsweep.pruning.trained import needs_training

FRESH = rule("ltsweep.methods.fresh")


def _optimizer_cannot_go_on(side: Side, facts: Facts) -> Iterator[str]:
    config, weights = side.config, side.config.method.weights
    if config.reset.optimizer == "fresh" or weights is None:
        return
    told = "reset.optimizer=snapshot goes on with the optimizer of the source at the reset step"
    if facts.ticket is not None:
        yield f"{told}, which ticket={facts.ticket.path} has not: write reset.optimizer=fresh"
    elif not is_rewound(config.method.bound(weights)):
        yield (
            f"{told}, so it takes the source's weights of then; method={config.method.name} starts "
            "from others: write reset.optimizer=fresh"
        )
    elif side.optimizer.but_its_rate != config.optimizer.but_its_rate:
        yield (
            f"{told}, so the target needs the same one, whatever its rate; "
            f"{side.called('optimizer')}={side.optimizer.name} is another, or set otherwise: write "
            "reset.optimizer=fresh"
        )


def _last_rate_is_unknown(side: Side, facts: Facts) -> Iterator[str]:
    method = side.config.method
    whose = "source" if method.ladder else sides(side.config).target.role
    if method.lr != "last" or side.role != whose:
        return
    total, schedule = side_steps(side, facts).total, side.schedule.bind()
    given = f"step {total} of {total}, its end"
    try:
        factor = attempt(schedule.target, given, schedule, total, total)
    except ContractError as error:
        reason = str(error)
    else:
        if isinstance(factor, Real) and math.isfinite(factor):
            return
        reason = f"{schedule.target}, given {given}, returned {shown(factor)}"
    yield f"method.lr=last is the rate that the schedule ends with, but {reason}; set method.lr"


def _methods_step_is_too_late(side: Side, facts: Facts) -> Iterator[str]:
    method, steps = side.config.method, side_steps(side, facts)
    if method.step is None or side.role == "target":
        return
    resumes = side.config.reset.schedule == "resume"
    if steps.of(method.step) > steps.total - resumes:
        yield (
            f"method.step={method.step} is step {steps.of(method.step)} of a training of "
            f"{steps.total} steps; it must be at most {steps.total - resumes}it"
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
    if needs_training(pruning.target) and side_steps(side, facts).of(method.step or "0it") == 0:
        yield (
            f"pruning={pruning.name} holds trained weights against what they were drawn as, and at "
            f"method.step={method.step} these are the same; choose method.step of 1it or more, or "
            "another pruning"
        )


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


def _masks_never_change(side: Side, facts: Facts) -> Iterator[str]:
    method, steps = side.config.method, side_steps(side, facts)
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


def _nothing_is_trained(side: Side, facts: Facts) -> Iterator[str]:
    method = side.config.method
    if method.frozen == "none" or side.role != sides(side.config).target.role:
        return
    parameters = {name for name, p in facts.module.named_parameters() if p.requires_grad}
    if not parameters - facts.net.below_head:
        yield (
            f"method={method.name} trains no prunable weights, and model={side.model.name} has no "
            "other parameters and no output layer; choose another model"
        )


def _rescaling_does_not_suit(side: Side, facts: Facts) -> Iterator[str]:
    config = side.config
    if config.method.mask is None or config.method.weights is None:
        return
    rules = config.method.bound(config.method.mask), config.method.bound(config.method.weights)
    ladder = ladder_rules(config)
    if side.role == "source" or side.ticket is not None:
        yield from _redraws_no_draw(config, *rules, facts.layers[0], of_ladder=False)
    if side.role == "target":
        yield from _has_no_energy(side, *rules)
        return
    if asks_for_ladder(rules[0]):
        yield from _redraws_no_draw(config, *ladder, facts.layers[0], of_ladder=True)
    apart = config.control_init
    if apart is not None and apart.rescale_where == "ladder" and not asks_for_draw(ladder[1]):
        yield (
            "control_init.rescale_where=ladder must be final: the ladder's levels start from the "
            "source's weights, of which init.rescale_where tells"
        )


def _has_no_energy(side: Side, mask: Call, weights: Call) -> Iterator[str]:
    """A sentence where weights of a ticket from a file are to be as large as they were drawn."""
    if side.ticket is None or asks_for_draw(weights):
        return
    rescale = rescale_spec(side.config, mask, weights, of_ladder=False)
    if rescale is not None and rescale.way == "energy":
        yield (
            f"init.rescale=energy needs the draw that weights come from, which "
            f"ticket={side.ticket} does not hold; choose none, count or count_unit"
        )


def _redraws_no_draw(
    config: PointConfig, mask: Call, weights: Call, layer: Layer, *, of_ladder: bool
) -> Iterator[str]:
    """A sentence where `redraw` meets weights that are no draw, or none by the fans alone."""
    rescale = rescale_spec(config, mask, weights, of_ladder=of_ladder)
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


def side_steps(side: Side, facts: Facts) -> Steps:
    """Step numbers of a side's training."""
    return Steps(side.schedule, side.batch_size, facts.train_examples)


# by what of a configuration each looks at
OF_METHODS: dict[tuple[str, ...], Callable[[Side, Facts], Iterator[str]]] = {
    ("batch_size", "schedule", "method"): _last_rate_is_unknown,
    ("optimizer", "reset", "method"): _optimizer_cannot_go_on,
    ("batch_size", "schedule", "reset", "method"): _methods_step_is_too_late,
    ("levels", "method", "pruning"): _levels_are_too_many,
    ("batch_size", "schedule", "method", "pruning"): _scores_are_not_to_be_had,
    ("method", "pruning"): _patterns_match_nothing,
    ("method", "schedule", "batch_size"): _masks_never_change,
    ("method",): _nothing_is_trained,
    ("init", "control_init", "method"): _rescaling_does_not_suit,
}
