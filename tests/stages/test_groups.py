"""A pack trains in groups that a core's caches hold; what comes of it stays the same."""

from collections import Counter

import pytest

from ltsweep.stages import run
from ltsweep.train.sparse import Sparse
from ltsweep.train.stacked import Stacked
from ltsweep.views.curves import curve_rows

from ..sweeps_here import train

NINE = ("method=dense", "levels=0", "seed=range(9)", "device=cpu")


def results(made):
    """Rows of the curves, without what only says how long they took."""
    times = ("seconds", "total_seconds")
    return [{k: v for k, v in row.items() if k not in times} for row in curve_rows(made.store)]


def group_sizes(made):
    """How many stages said that they trained in a group of so many."""
    return Counter(made.store.stage(key).end().pack_size for key in made.plan.stages)


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
    whole, _ = train(tmp_path / "whole", *NINE, forced)
    monkeypatch.setattr(Stacked, "cached_bytes", 0)
    monkeypatch.setattr(Sparse, "cached_bytes", 0)
    monkeypatch.setattr(run, "LEAST_TOGETHER", least)
    parts, _ = train(tmp_path / "parts", *NINE, forced)
    assert group_sizes(parts) == sizes
    assert results(parts) == results(whole)


def test_small_nets_train_together_in_larger_groups(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "LEAST_TOGETHER", 1)
    made, _ = train(tmp_path, *NINE, "model.hidden=[4]")
    assert group_sizes(made) == {9: 9}
