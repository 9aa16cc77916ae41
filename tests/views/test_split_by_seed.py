"""Seeds that have a split of their own are one cell: otherwise each would be alone in its own."""

from ltsweep.views.panels import make_panels
from ltsweep.views.records import read_curves


def fill(made_up, splits, methods=("imp", "random_mask"), half=None):
    """By seed the split of the source and, if there is one, that of the target."""
    for seed, (source, target) in splits.items():
        for method in methods:
            halves = {} if half is None else {"half": half}
            other = {} if half is None else {"half": "b" if half == "a" else "a"}
            point = made_up.make_point(
                method,
                seed,
                1,
                source=tuple({"split_seed": source, **halves}.items()),
                target=None if target is None else tuple({"split_seed": target, **other}.items()),
            )
            made_up.write_curve(point)


def panels(made_up):
    return make_panels(read_curves(made_up.store))


def seeds(panel):
    return [[curve.seed for curve in cell.curves] for cell in panel.cells]


def test_splits_that_are_drawn_per_seed_are_pooled(made_up):
    fill(made_up, {seed: (seed, None) for seed in range(3)})
    (panel,) = panels(made_up)
    assert (panel.setting, seeds(panel)) == ({}, [[0, 1, 2], [0, 1, 2]])


def test_sources_and_targets_are_named_without_the_split_of_a_seed(made_up):
    for half in "ab":
        fill(made_up, {seed: (seed, seed) for seed in (100, 101)}, half=half)
    told = {(p.setting["source"], p.setting["target"]): seeds(p) for p in panels(made_up)}
    both = [[100, 101], [100, 101]]
    assert told == {("digits/a", "digits/b"): both, ("digits/b", "digits/a"): both}


def test_one_split_for_all_seeds_or_another_one_are_no_seeds(made_up):
    fill(made_up, {seed: (1, None) for seed in range(3)})
    fill(made_up, {seed: (7, None) for seed in range(3)})
    found = panels(made_up)
    assert [panel.setting for panel in found] == [{"dataset.split_seed": s} for s in (1, 7)]
    assert [seeds(panel)[0] for panel in found] == [[0, 1, 2], [0, 1, 2]]


def test_an_arm_that_lacks_a_seed_shares_the_panel(made_up):
    fill(made_up, {seed: (seed, None) for seed in range(3)}, methods=("imp",))
    fill(made_up, {seed: (seed, None) for seed in (1, 2)}, methods=("random_mask",))
    (panel,) = panels(made_up)
    assert seeds(panel) == [[0, 1, 2], [1, 2]]
