"""Every method that conf/ offers, in each strategy that can train it: alone as beside others."""

import pytest

from ltsweep.plan.facts import FactFinder

from ..points import choices
from ..sweeps_here import NOWHERE, curves, train, wanted

SHORT = (
    *("schedule=milestones", "schedule.length=6it", "schedule.validate_every=3it"),
    "reset.step=2it",
)


def methods(*lines):
    """All methods but those that a strategy refuses, because their masks change."""
    facts, names = FactFinder(NOWHERE), choices("method")
    can = [n for n in names if not wanted(f"method={n}", *lines, facts=facts).problems]
    assert {"imp", "lr_rewind", "erk"} <= {*can}
    return f"method={','.join(can)}"


@pytest.mark.parametrize(("strategy", "levels"), [("stacked", 2), ("sparse", 1), ("loop", 1)])
def test_a_method_does_not_depend_on_its_pack(tmp_path, strategy, levels):
    """Packs of one net and of three, of sources and of targets."""
    how = (f"strategy={strategy}", f"levels={levels}", *SHORT, "target_schedule.length=4it")
    how += ("model.hidden=[60,30]",)
    lines = (methods(*how), *how)
    made, _ = train(tmp_path / "one", *lines, "pack=1")
    train(tmp_path / "three", *lines, "seed=0,1,2", "pack=3")
    assert set(curves(tmp_path / "one").splitlines()) < set(curves(tmp_path / "three").splitlines())
    ends = [made.store.stage(key).end() for point in made.plan.points for key in point.stages]
    assert {(end.strategy, end.outcome) for end in ends} == {(strategy, "trained")}


def test_a_method_of_a_net_with_batch_norm_does_not_depend_on_its_pack(tmp_path):
    net = ("model=resnet20", "model.blocks=[1]", "model.width=2", "batch_size=256", "levels=1")
    net += ("dataset.classes=[0,1,2]", *SHORT, "norm_statistics=recalibrated")
    lines = (methods(*net), *net)
    train(tmp_path / "one", *lines, "pack=1")
    train(tmp_path / "two", *lines, "seed=0,1", "pack=2")
    assert set(curves(tmp_path / "one").splitlines()) < set(curves(tmp_path / "two").splitlines())
