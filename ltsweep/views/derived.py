"""Numbers of a level that follow from what is recorded, of itself and of other stages."""

import math

from ltsweep.foundations.layer_patterns import OUTPUT, Place, first_match
from ltsweep.views.context import Context
from ltsweep.views.records import Curve, FinishedLevel

_BITS_OF_A_NUMBER = 32  # as it is stored, whatever format products are taken in


def density(curve: Curve, level: FinishedLevel, context: Context) -> float:
    """Kept weights over prunable weights."""
    return level.density


def density_pruned_layers(curve: Curve, level: FinishedLevel, context: Context) -> float | None:
    """Density over the layers that the curve's pruning takes weights from.

    None where there is no such layer, or where an early version did not record which one is the
    output layer, whose rate may be 0.
    """
    pruning, found = curve.point.pruning, level.end.layers
    own = dict(pruning.get("layers") or [(OUTPUT, pruning["output_fraction"])])
    asked = OUTPUT in own and own[OUTPUT] == 0
    if asked and all(layer.is_output is None for layer in found.values()):
        return None
    layers = []
    for name, layer in found.items():
        pattern = first_match(own, Place(name, bool(layer.is_first), bool(layer.is_output)))
        if pattern is None or own[pattern] != 0:
            layers.append(layer)
    total = sum(layer.total for layer in layers)
    return sum(layer.kept for layer in layers) / total if total else None


def density_with_head(curve: Curve, level: FinishedLevel, context: Context) -> float:
    """Density over the prunable weights and those of a head that is apart."""
    head = level.end.number("head_weights") or 0
    return (level.end.kept + head) / (level.end.prunable + head)


def live_density(curve: Curve, level: FinishedLevel, context: Context) -> float | None:
    """Kept weights that something reaches over prunable weights."""
    return level.live_density


def dense_test_accuracy(curve: Curve, level: FinishedLevel, context: Context) -> float | None:
    """That of the dense training from a fresh draw on the same target, with the same seed."""
    return None if curve.dense is None else curve.dense.metric("test_accuracy")


def bits(curve: Curve, level: FinishedLevel, context: Context) -> float | None:
    """What it takes to store the net: kept weights at their width, which they are, and the rest.

    A mask is a number among all masks of its count, which takes no more than a bitmap. None in
    records of early versions.
    """
    end = level.end
    if end.weight_bits is None or end.params_left is None:
        return None
    mask = _log2_of_choices(end.prunable, end.kept)
    rest = end.params_left - end.kept
    return end.weight_bits * end.kept + mask + _BITS_OF_A_NUMBER * rest


def _log2_of_choices(total: int, kept: int) -> float:
    """Of the number of ways to choose so many of all."""
    ways = math.lgamma(total + 1) - math.lgamma(kept + 1) - math.lgamma(total - kept + 1)
    return max(0.0, ways / math.log(2))


def total_multiply_adds(curve: Curve, level: FinishedLevel, context: Context) -> int | None:
    """Of the level's training and of all that it starts from; None where not all are known."""
    own, origins = level.end.training_multiply_adds, level.origins
    if own is None or origins is None or origins.multiply_adds is None:
        return None
    return own + origins.multiply_adds


def amortised_multiply_adds(curve: Curve, level: FinishedLevel, context: Context) -> float | None:
    """The same, with all that it starts from shared out among the targets that it serves."""
    return context.amortised(level)


def total_seconds(curve: Curve, level: FinishedLevel, context: Context) -> float | None:
    """Of the level's training and of all that it starts from; None where not all are known."""
    origins = level.origins
    if origins is None or origins.seconds is None:
        return None
    return level.end.seconds + origins.seconds


def source_steps(curve: Curve, level: FinishedLevel, context: Context) -> int | None:
    """Steps that were taken before the level's own first one; None where not all are known."""
    return None if level.origins is None else level.origins.steps


def steps_to_dense_val(curve: Curve, level: FinishedLevel, context: Context) -> int | None:
    """Own steps to the first of two validations in a row that reach the context's goal.

    None when there are no two, and when no dense training has an accuracy.
    """
    goal, origins = context.goal(curve), level.origins
    if goal is None or origins is None:
        return None
    reached = level.validation.first_of_two(goal)
    return None if reached is None else reached - origins.start
