"""How many weights each level keeps: exact integers, known before anything is trained."""

from collections.abc import Iterable, Mapping, Sequence
from math import floor

import torch

from ltsweep.foundations.layer_patterns import OUTPUT, Place, first_match
from ltsweep.models.layers import Layer
from ltsweep.part_spec import PruningSpec

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
    fractions = groups(pruning, layers)
    kept = kept_by_group(mask, fractions)
    return {group: next_kept(kept[group], fraction) for group, fraction in fractions.items()}


def kept_by_group(mask: Mapping[str, torch.Tensor], sets: Iterable[tuple[str, ...]]) -> Counts:
    """How many weights a mask keeps of each of these groups."""
    return {group: sum(int(mask[name].sum()) for name in group) for group in sets}


def share_out(
    kept: int, totals: Mapping[str, int], weights: Mapping[str, int] | None = None
) -> dict[str, int]:
    """Splits `kept` over layers in proportion to `weights`, exactly, by Webster's method.

    The weights are the layers' sizes where none are given. A layer whose share would be larger than
    its size is full, and the others share the rest. A divisor method never takes a weight from a
    layer when `kept` grows (largest remainders can), so masks made from these counts nest.
    """
    weights = weights or totals
    fair = _fair_shares(kept, totals, weights)
    shares = {name: max(0, share - len(totals)) for name, share in fair.items()}
    for _ in range(kept - sum(shares.values())):
        open_layers = [name for name in totals if shares[name] < totals[name]]
        neediest = max(open_layers, key=lambda name: weights[name] / (2 * shares[name] + 1))
        shares[neediest] += 1
    return shares


def _fair_shares(
    kept: int, totals: Mapping[str, int], weights: Mapping[str, int]
) -> dict[str, int]:
    """Proportional shares, rounded down, none larger than its layer."""
    left, open_layers, shares = kept, dict(weights), dict(totals)
    while True:
        size = sum(open_layers.values())
        full = [n for n, weight in open_layers.items() if left * weight > totals[n] * size]
        if not full:
            return shares | {n: left * weight // size for n, weight in open_layers.items()}
        for name in full:
            left -= totals[name]
            del open_layers[name]


def erk_shares(kept: int, layers: Sequence[Layer]) -> dict[str, int]:
    """Splits `kept` over layers with Erdos-Renyi-kernel densities (Evci et al. 2020, 1911.11134).

    The density of a layer is proportional to (inputs + outputs + height + width) / (inputs *
    outputs * height * width) of its kernel; a linear layer has no height and width. Layers in which
    it would exceed 1 are dense. Counts are exact, and masks made from them nest.
    """
    totals = {layer.name: layer.total for layer in layers}
    return share_out(kept, totals, {layer.name: sum(layer.shape) for layer in layers})


def uniform_shares(kept: int, layers: Sequence[Layer]) -> dict[str, int]:
    """Splits `kept` over layers at one density, but for a small first layer, which stays dense.

    In the nets of Evci et al. (2020, 1911.11134) the first layer has next to none of the weights.
    Where it has more than half of `kept`, it is as dense as the others. Counts are exact.
    """
    totals = {layer.name: layer.total for layer in layers}
    first, *others = totals
    if 2 * totals[first] > kept:
        return share_out(kept, totals)
    rest = {name: totals[name] for name in others}
    return {first: totals[first]} | share_out(kept - totals[first], rest)
