"""Layers that pruning has emptied are said in words, once per cell and layer."""

from dataclasses import replace

from ltsweep.views.emptied import emptied_layers
from ltsweep.views.records import read_curves


def test_an_emptied_layer_is_said_with_seeds_and_first_level(made_up):
    curves = [c for c in read_curves(made_up.fill(seeds=2)) if c.method == "imp"]
    assert emptied_layers(curves) == []
    emptied = []
    for curve, first in zip(curves, (12, 14), strict=True):
        emptying = {"emptied_layers": ("fc1.weight",)}
        levels = [
            replace(level, end=level.end.model_copy(update=emptying))
            if level.number >= first
            else level
            for level in curve.finished
        ]
        emptied.append(replace(curve, levels=levels))
    assert emptied_layers(emptied) == [
        f"layer fc1.weight of imp (cell {curves[0].cell}) is empty for 2 seeds, from level 12 on: "
        "nothing passes through it"
    ]
