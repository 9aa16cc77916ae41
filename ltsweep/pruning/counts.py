"""How many weights each level keeps: exact integers, known before anything is trained."""

from collections.abc import Mapping, Sequence
from math import floor

import torch

from ltsweep.foundations.layer_patterns import OUTPUT, Place, first_match
from ltsweep.models.layers import Layer
from ltsweep.spec import PruningSpec

Counts = dict[tuple[str, ...], int]  # kept weights of each group of layers that are pruned together


def next_kept(kept: int, fraction: float) -> int:
    """What remains of `kept` weights when `fraction` of them are pruned, rounding half up."""
    return kept - floor(fraction * kept + 0.5)


def groups(pruning: PruningSpec, layers: Sequence[Layer]) -> dict[tuple[str, ...], float]:
    """The sets of layers whose weights compete with each other, and the fraction of each.

    One group for global schemes, one per layer for layerwise ones; layers that match a pattern with
    a fraction of its own compete among themselves.
    """
    own = own_fractions(pruning)
    sets: dict[str | None, list[str]] = {pattern: [] for pattern in (None, *own)}
    for layer, place in zip(layers, places(layers), strict=True):
        sets[first_match(own, place)].append(layer.name)
    found: dict[tuple[str, ...], float] = {}
    for pattern, names in sets.items():
        competing = [tuple(names)] if pruning.scope == "global" else [(name,) for name in names]
        fraction = pruning.fraction if pattern is None else own[pattern]
        found |= {group: fraction for group in competing if group}
    return found


def own_fractions(pruning: PruningSpec) -> dict[str, float]:
    """Patterns of layers with a fraction of their own, in the order in which they are tried."""
    output = pruning.output_fraction
    return dict(pruning.layers) if output is None else {OUTPUT: output}


def places(layers: Sequence[Layer]) -> list[Place]:
    """Where in the net each of its layers lies."""
    return [Place(layer.name, number == 0, layer.is_output) for number, layer in enumerate(layers)]


def kept_by_level(pruning: PruningSpec, layers: Sequence[Layer], levels: int) -> list[Counts]:
    """Kept weights of each group at levels 0 to `levels`."""
    fractions = groups(pruning, layers)
    totals = {layer.name: layer.total for layer in layers}
    counts = [{group: sum(totals[name] for name in group) for group in fractions}]
    for _ in range(levels):
        counts.append({g: next_kept(kept, fractions[g]) for g, kept in counts[-1].items()})
    return counts


def following(
    pruning: PruningSpec, layers: Sequence[Layer], mask: Mapping[str, torch.Tensor]
) -> Counts:
    """Kept weights of each group at the level after the one that has this mask."""
    counts = {}
    for group, fraction in groups(pruning, layers).items():
        counts[group] = next_kept(sum(int(mask[name].sum()) for name in group), fraction)
    return counts


def share_out(kept: int, totals: Mapping[str, int]) -> dict[str, int]:
    """Splits `kept` over layers in proportion to their sizes, exactly, by Webster's method.

    A divisor method never takes a weight from a layer when `kept` grows (largest remainders can),
    so masks made from these counts nest.
    """
    size = sum(totals.values())
    shares = {name: max(0, kept * total // size - len(totals)) for name, total in totals.items()}
    for _ in range(kept - sum(shares.values())):
        open_layers = [name for name in totals if shares[name] < totals[name]]
        neediest = max(open_layers, key=lambda name: totals[name] / (2 * shares[name] + 1))
        shares[neediest] += 1
    return shares
