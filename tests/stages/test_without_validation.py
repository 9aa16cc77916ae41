"""A sweep with dataset.validation=0: trained, recorded and shown, and no number made up for it."""

import pytest

from ltsweep.steer.selectors import choose_points
from ltsweep.steer.status import status_of
from ltsweep.views.curves import curve_rows
from ltsweep.views.records import read_curves
from ltsweep.views.report import FILES, make_report
from ltsweep.views.wandb.rows import level_rows

from ..sweeps_here import train

OF_VALIDATION = ("val_accuracy", "val_accuracy_before", "early_stop_step", "steps_to_dense_val")


@pytest.mark.parametrize("strategy", ["stacked", "sparse", "loop"])
def test_what_is_measured_without_validation_images(tmp_path, strategy):
    lines = ("dataset.validation=0", "method=imp,random_mask", f"strategy={strategy}")
    made, outcome = train(tmp_path, *lines, "device=cpu")
    assert outcome.exit_code == 0
    rows = curve_rows(made.store)
    assert len(rows) == 2 * 3
    for row in rows:
        assert [row[name] for name in OF_VALIDATION] == [None] * 4
        assert 0 < row["test_accuracy"] < 1 and 0 < row["train_accuracy"] < 1
        assert row["examples"] in (12 * 64, 9 * 64)
    for stage in made.plan.stages:
        lines = made.store.stage(stage).records()
        assert [line["event"] for line in lines] == ["end"]
        assert not [name for name in lines[0] if "val_" in name or name == "early_stop_step"]
        parts = {part for entry in lines[0]["data"] for part in entry["parts"]}
        assert parts == {"training", "test"}


def rows(curve):
    """All that W&B is given of it."""
    return [row for level in curve.finished for row in level_rows(curve, level)]


def test_every_view_of_it(tmp_path):
    made, _ = train(tmp_path, "dataset.validation=0,130", "method=imp", "levels=1")
    report = make_report(made.store, name="tiny")
    assert all((report / file).stat().st_size > 100 for file in FILES)
    by_images = {c.config["dataset"]["validation"]: c for c in read_curves(made.store)}
    logged = [set(row) for row in rows(by_images[0])]
    assert all(not [name for name in row if "val_" in name or "early" in name] for row in logged)
    assert any("train/val_accuracy" in row for row in rows(by_images[130]))
    told = status_of(choose_points(made.store, [c.id for c in by_images.values()], "it"))
    found = {curve.setting["dataset.validation"]: curve.val_accuracy for curve in told.curves}
    assert found[0] is None and found[130] > 0


def test_a_training_that_diverges_is_seen_by_its_other_losses(tmp_path):
    made, outcome = train(tmp_path, "dataset.validation=0", "levels=0", "optimizer.lr=1e30")
    (key,) = made.plan.stages
    assert made.store.stage(key).end().outcome == "diverged"
    assert len(outcome.diverged) == 1
