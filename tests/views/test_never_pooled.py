"""Cells that differ in anything but their arm are never in one comparison."""

import random
from itertools import combinations

import pytest

from ltsweep.views.panels import make_panels
from ltsweep.views.varying import flatten
from ltsweep.views.verdicts.judge import judge

from .varied import cells, curve, point

SEEDS = [f"seed={seed}" for seed in range(5)]


def settings(cell):
    """All of the configuration but what makes an arm: the method, and how it is rescaled."""
    found = flatten(cell.curves[0].config)
    return {n: v for n, v in found.items() if n.partition(".")[0] not in ("method", "levels")} | {
        n: None for n in found if n.rpartition(".")[2] in ("rescale", "rescale_where", "kin")
    }


@pytest.mark.parametrize("size", [2, 10, 60])
def test_what_shares_a_panel_differs_in_its_arm_alone(size):
    """The key of the dense training has all that a network is trained with, whatever it is called:
    data, split, optimizer, schedule, batch size, precision, norm statistics and distribution."""
    draw, compared = random.Random(size), 0
    for _ in range(600 // size):
        panels = make_panels([curve(record) for record in draw.sample(cells(), size)])
        assert sum(len(panel.cells) for panel in panels) == size
        for panel in panels:
            for one, other in combinations(panel.cells, 2):
                compared += 1
                assert one.dense_stages == other.dense_stages
                assert settings(one) == settings(other)
    assert compared > 0 or size == 2


def test_every_single_change_of_a_setting_is_a_panel_of_its_own():
    panels = make_panels([curve(record) for record in cells()])
    (base,) = [p for p in panels if {"imp", "rigl", "erk"} <= {cell.method for cell in p.cells}]
    assert len(panels) > 60
    assert len({cell.arm for cell in base.cells}) == len(base.cells)


@pytest.mark.parametrize(
    ("ticket", "control"),
    [
        (["optimizer.lr=0.05"], ["optimizer.lr=0.002"]),
        (["batch_size=64"], ["batch_size=32"]),
        (["schedule.length=400it"], ["schedule.length=5ep"]),
        (["precision=fp32"], ["precision=bf16"]),
        (["dataset.split_seed=0"], ["dataset.split_seed=1"]),
        (["target.crop=1"], ["target.crop=1", "target_optimizer.lr=0.002"]),
        (["target.crop=1"], ["target.crop=1", "target_batch_size=16"]),
    ],
)
def test_a_ticket_is_not_sold_what_another_setting_has_won(ticket, control):
    """The ticket is 20 points above the control in every seed, and says nothing of it."""
    curves = [curve(point("method=imp", *ticket, s), (0.9, 0.9)) for s in SEEDS]
    curves += [curve(point("method=random_reinit", *control, s), (0.9, 0.7)) for s in SEEDS]
    verdicts = judge(make_panels(curves))
    assert [[method.method for method in v.methods] for v in verdicts] in (
        [["imp"], ["random_reinit"]],
        [["random_reinit"], ["imp"]],
    )
    assert [v.contrasts for v in verdicts] == [[], []]


def test_with_equal_settings_the_same_curves_are_compared():
    curves = [curve(point("method=imp", s), (0.9, 0.9)) for s in SEEDS]
    curves += [curve(point("method=random_reinit", s), (0.9, 0.7)) for s in SEEDS]
    (verdict,) = judge(make_panels(curves))
    assert [c.difference.n for c in verdict.contrasts] == [5]
