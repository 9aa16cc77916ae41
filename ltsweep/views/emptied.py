"""Layers that pruning has emptied, in words: nothing passes through them any more."""

from collections.abc import Iterable

from ltsweep.views.records import Curve


def emptied_layers(curves: Iterable[Curve]) -> list[str]:
    """One sentence per cell and layer: for how many seeds it is empty, and from which level on."""
    first: dict[tuple[str, str, str], dict[int, int]] = {}
    for curve in curves:
        for level in curve.finished:
            for layer in level.end.emptied_layers:
                seeds = first.setdefault((curve.method, curve.cell, layer), {})
                seeds.setdefault(curve.seed, level.number)
    return [
        f"layer {layer} of {method} (cell {cell}) is empty for {len(seeds)} "
        f"seed{'s' if len(seeds) > 1 else ''}, from level {min(seeds.values())} on: "
        "nothing passes through it"
        for (method, cell, layer), seeds in sorted(first.items())
    ]
