"""What types cannot tell: whether a configuration fits its data, its architecture and itself."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from math import ceil

from ltsweep.config import PointConfig
from ltsweep.models.facts import Footprint
from ltsweep.pruning.counts import groups, next_kept
from ltsweep.spec import PruningSpec, parse_steps

Counts = dict[tuple[str, ...], int]  # kept weights of each group of layers that are pruned together


@dataclass(frozen=True)
class Facts:
    """What a plan must know of a dataset and an architecture on it.

    `train_examples` counts the training set without the validation split; `layers` gives the number
    of weights of each prunable layer, in the order of execution.
    """

    fingerprint: str
    train_examples: int
    layers: dict[str, int]
    footprint: Footprint


class Steps:
    """The step numbers of a configuration, epochs turned into steps."""

    def __init__(self, config: PointConfig, facts: Facts) -> None:
        self._config = config
        self._per_epoch = ceil(facts.train_examples / config.batch_size)

    @cached_property
    def total(self) -> int:
        """Steps of a full training."""
        return parse_steps(self._config.schedule.length, self._per_epoch)

    @cached_property
    def warmup(self) -> int:
        """Steps of rising learning rate."""
        return parse_steps(self._config.schedule.warmup, self._per_epoch)

    @cached_property
    def validate_every(self) -> int:
        """Steps between validations."""
        return parse_steps(self._config.schedule.validate_every, self._per_epoch)

    @cached_property
    def reset(self) -> int:
        """The step that tickets are rewound to."""
        return parse_steps(self._config.reset.step, self._per_epoch)


def pruning_spec(config: PointConfig) -> PruningSpec:
    """The pruning of a configuration as stages record it."""
    pruning = config.pruning
    return PruningSpec(
        score=pruning.bind(),
        scope=pruning.scope,
        fraction=pruning.fraction,
        output_fraction=pruning.output_fraction,
    )


def kept_by_level(pruning: PruningSpec, layers: dict[str, int], levels: int) -> list[Counts]:
    """Kept weights of each group at levels 0 to `levels`."""
    fractions = groups(pruning, list(layers))
    counts = [{group: sum(layers[name] for name in group) for group in fractions}]
    for _ in range(levels):
        counts.append({g: next_kept(kept, fractions[g]) for g, kept in counts[-1].items()})
    return counts


def misfits(config: PointConfig, facts: Facts) -> Iterator[str]:
    """A sentence per misfit. What `config` lacks, because it was wrong in itself, is not looked at.

    See `ltsweep.request.parse` for such partial configurations.
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
