"""A pack trains in groups that a core's caches hold; what comes of it stays the same."""

from collections import Counter

import pytest

from ltsweep.stages import run
from ltsweep.views.curves import curve_rows

from ..sweeps_here import train

NINE = ("method=random_pruning", "levels=1", "seed=range(9)", "pruning.fraction=0.9")


def results(made):
    """Rows of the curves, without what only says how long they took."""
    return [{k: v for k, v in row.items() if k != "seconds"} for row in curve_rows(made.store)]


def group_sizes(made):
    """How many stages said that they trained in a group of so many."""
    ends = [made.store.stage(key).end() for key in made.plan.stages]
    return Counter(end.pack_size for end in ends if end.level == 1)


@pytest.mark.parametrize(
    ("strategy", "least", "sizes"),
    [
        ("stacked", 9, {9: 9}),
        ("stacked", 8, {5: 5, 4: 4}),
        ("stacked", 4, {3: 9}),
        ("sparse", 4, {3: 9}),
        ("loop", 4, {9: 9}),  # its replicates take turns at each step anyway
    ],
)
def test_groups_are_about_equal(tmp_path, monkeypatch, strategy, least, sizes):
    forced = f"strategy={strategy}"
    whole, _ = train(tmp_path / "whole", *NINE, forced, "device=cpu")
    monkeypatch.setattr(run, "CACHE", 0)
    monkeypatch.setattr(run, "LEAST_TOGETHER", least)
    parts, _ = train(tmp_path / "parts", *NINE, forced, "device=cpu")
    assert group_sizes(parts) == sizes
    assert results(parts) == results(whole)


def test_small_nets_train_together_in_larger_groups(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "LEAST_TOGETHER", 1)
    made, _ = train(tmp_path, *NINE, "model.hidden=[4]", "device=cpu")
    assert group_sizes(made) == {9: 9}
