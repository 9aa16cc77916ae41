"""What types cannot tell: whether a configuration fits its data, its architecture and itself."""

from collections.abc import Callable, Iterator

from ltsweep.config.parse import Request
from ltsweep.config.settings import PointConfig
from ltsweep.foundations.errors import RequestError
from ltsweep.plan.facts import Facts, FactSource
from ltsweep.plan.points import pruning_spec
from ltsweep.plan.steps import Steps
from ltsweep.pruning.counts import kept_by_level


def find_misfits(request: Request, find_facts: FactSource) -> None:
    """Adds the problems that take the data and the architectures to see."""
    problems = dict.fromkeys(request.problems)
    for config in request.points:
        if not {"dataset", "model"} <= config.model_fields_set:
            continue
        try:
            facts = find_facts(config)
        except RequestError as error:
            problems |= dict.fromkeys(error.problems)
        else:
            problems |= dict.fromkeys(misfits(config, facts))
    request.problems = list(problems)


def misfits(config: PointConfig, facts: Facts) -> Iterator[str]:
    """A sentence per misfit. What `config` lacks, because it was wrong in itself, is not looked at.

    See `ltsweep.config.parse.parse` for such partial configurations.
    """
    for needs, check in _CHECKS.items():
        if {*needs, "dataset", "model"} <= config.model_fields_set:
            yield from check(config, facts)


def _batch_is_too_large(config: PointConfig, facts: Facts) -> Iterator[str]:
    if config.batch_size > facts.train_examples:
        yield (
            f"batch_size={config.batch_size} must be at most {facts.train_examples}, the number "
            f"of training examples of dataset={config.dataset.name}"
        )


def _step_is_too_late(config: PointConfig, facts: Facts) -> Iterator[str]:
    steps, resumes = Steps(config, facts), config.reset.schedule == "resume"
    last = steps.total - resumes
    if steps.reset > last:
        why = "so that reset.schedule=resume has a step left" if resumes else "the end"
        yield (
            f"reset.step={config.reset.step} is step {steps.reset} of a training of "
            f"{steps.total} steps; it must be at most {last}it, {why}"
        )
    if steps.warmup > steps.total:
        yield (
            f"schedule.warmup={config.schedule.warmup} is {steps.warmup} steps; it must be at most "
            f"{steps.total}it, the length of the training"
        )


def _levels_are_too_many(config: PointConfig, facts: Facts) -> Iterator[str]:
    if config.method.mask is None:
        return
    by_level = kept_by_level(pruning_spec(config), facts.layers, config.levels)
    kept = [sum(counts.values()) for counts in by_level]
    for level in range(1, len(kept)):
        if kept[level] in (0, kept[level - 1]):
            left = kept[level - 1]
            what = "prune all of" if kept[level] == 0 else "not prune any more of"
            yield (
                f"levels={config.levels} must be at most {level - 1} for "
                f"pruning.fraction={config.pruning.fraction} and model={config.model.name} on "
                f"{config.dataset.name}: level {level} would {what} the {left} weights left"
            )
            return


_CHECKS: dict[tuple[str, ...], Callable[[PointConfig, Facts], Iterator[str]]] = {
    ("batch_size",): _batch_is_too_large,
    ("batch_size", "schedule", "reset"): _step_is_too_late,
    ("levels", "method", "pruning"): _levels_are_too_many,
}
