"""What arms cost, in dense trainings: the sentence for the terminal and the table of a page."""

from dataclasses import replace

import pytest

from ltsweep.views.context import Context
from ltsweep.views.costs import (
    cost_lines,
    costs_markdown,
    dense_trainings,
    level_costs,
    whole_cost,
)
from ltsweep.views.panels import make_panels
from ltsweep.views.records import read_curves

KEPT = (50200, 40160, 32128)
TARGETS = [(("name", name),) for name in ("fashion_mnist", "mnist", "cifar10")]


def panels(made_up, methods, seeds=2, targets=(None,), densities=(0.64,), **choices):
    for method in methods:
        for target in targets:
            for seed in range(seeds):
                point = made_up.make_point(
                    method, seed, 2, target=target, densities=densities, **choices
                )
                made_up.write_curve(point)
                made_up.write_sources(point)
    curves = read_curves(made_up.store)
    return make_panels(curves), Context.of(curves)


def test_costs_are_told_in_trainings_of_the_dense_net(made_up):
    (panel,), context = panels(made_up, ("imp", "random_mask"))
    imp, random = (level_costs(cell, dense_trainings(panel), context)[2] for cell in panel.cells)
    assert imp.in_all == imp.amortised == pytest.approx(1 + 0.8 + 0.64)
    assert random.in_all == pytest.approx(0.64)
    assert (imp.time, random.time) == (3, 1)


def test_arms_of_several_lengths_are_told_in_one_unit_the_cheapest_dense_training(made_up):
    (panel,), context = panels(made_up, ("imp", "random_mask"))
    imp, random = panel.cells
    longer = replace(panel, cells=[imp, trained_for(3, random)])
    found = [level_costs(c, dense_trainings(longer), context)[2] for c in longer.cells]
    assert found[0].in_all == pytest.approx(1 + 0.8 + 0.64)
    assert found[1].in_all == pytest.approx(3 * 0.64)


def trained_for(times, cell):
    """The cell, as if its trainings had so many times their steps."""

    def longer(level):
        cost = {"training_multiply_adds": times * level.end.training_multiply_adds}
        return replace(level, end=level.end.model_copy(update=cost))

    return replace(cell, curves=[replace(c, levels=[*map(longer, c.levels)]) for c in cell.curves])


def test_all_levels_take_each_training_once(made_up):
    (panel,), _ = panels(made_up, ("imp", "random_mask", "random_reinit"))
    costs = {cell.method: whole_cost(cell, dense_trainings(panel)) for cell in panel.cells}
    assert costs["imp"].in_all == pytest.approx(1 + 0.8 + 0.64)
    assert costs["random_mask"].in_all == pytest.approx(1 + 0.8 + 0.64)
    # levels 1 and 2 of its own, beside dense and level 1 of the ladder
    assert costs["random_reinit"].in_all == pytest.approx(1 + 0.8 + 0.8 + 0.64)


def test_a_sentence_names_alike_arms_together_and_the_lowest_declared_density(made_up):
    found = panels(made_up, ("imp", "random_reinit", "random_mask"), densities=(0.8, 0.64))
    assert cost_lines(*found) == [
        "cost in dense trainings (in wall time): imp and random_reinit 2.44 to 64 % (3); "
        "random_mask 0.64 to 64 % (1)"
    ]


def test_a_ladder_that_serves_three_targets_is_told_amortised(made_up):
    found = panels(made_up, ("imp", "random_mask"), targets=TARGETS)
    lines = cost_lines(*found)
    assert len(lines) == 3
    assert all(
        line.endswith(
            "imp 2.44 to 64 %, 1.24 amortised over 3 targets (3); random_mask 0.64 to 64 % (1)"
        )
        for line in lines
    )


def test_the_table_has_every_declared_density_and_what_is_counted_apart(made_up):
    (panel,), context = panels(made_up, ("imp",), densities=(0.8, 0.64))
    *_, head, _, row = costs_markdown(panel, context).splitlines()
    assert head == (
        "| method | at 80 % | at 64 % | all levels | scores / evaluations / recalibrations |"
    )
    dense = 3 * KEPT[0] * 25600
    mean_kept = sum(KEPT) / 3
    apart = [3 * 100 * KEPT[0] / dense, 3000 * mean_kept / dense, 1000 * mean_kept / dense]
    told = " / ".join(f"{share:.3g}" for share in apart)
    assert row == f"| imp | 1.8; time 2 | 2.44; time 3 | 2.44; time 3 | {told} |"


def test_what_is_not_recorded_is_not_told(made_up):
    made_up.write_curve(made_up.make_point("random_reinit", levels=2, densities=(0.64,)))
    curves = read_curves(made_up.store)
    (panel,), context = make_panels(curves), Context.of(curves)
    costs = level_costs(panel.cells[0], dense_trainings(panel), context)
    assert costs[2].in_all is None
    assert "| – ; time" not in costs_markdown(panel, context)
    assert costs_markdown(panel, context).splitlines()[-1].startswith("| random_reinit | –; time –")
