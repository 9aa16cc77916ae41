"""One entry in the table of metrics is all that a number needs to be in every view."""

import csv
import io

import pytest

from ltsweep.stages.measure import TRAIN_SUBSET
from ltsweep.store.records import ClosingRecord
from ltsweep.views import metrics
from ltsweep.views.context import Context
from ltsweep.views.curves import csv_text, rows_of
from ltsweep.views.dashboard.data import pack
from ltsweep.views.metrics import ACCURACY, METRICS, SECONDS, Metric, View, shown_in
from ltsweep.views.panels import make_panels
from ltsweep.views.records import read_curves
from ltsweep.views.wandb.rows import level_rows

CALIBRATION = Metric("calibration", ACCURACY, "calibration of the confidence")


@pytest.fixture
def calibrated(made_up, monkeypatch):
    """A curve whose closing records have a number that no type declares, and an entry for it."""
    monkeypatch.setattr(metrics, "METRICS", (*METRICS, CALIBRATION))
    usual = made_up.end_record

    def end_record(point, number):
        measured = {**usual(point, number).stored(), "calibration": 0.875 - number / 8}
        return ClosingRecord.read(measured)

    monkeypatch.setitem(usual.__globals__, "end_record", end_record)
    return read_curves(made_up.fill(("imp",), seeds=1, levels=1))


def test_a_new_metric_is_in_every_view(calibrated):
    rows = list(csv.DictReader(io.StringIO(csv_text(rows_of(calibrated)))))
    assert [row["calibration"] for row in rows] == ["0.875", "0.75"]
    logged = [level_rows(calibrated[0], level)[-1] for level in calibrated[0].finished]
    assert [row["level/calibration"] for row in logged] == [0.875, 0.75]
    packed = pack(calibrated, make_panels(calibrated), [])
    assert packed["rows"]["calibration"] == [87.5, 75.0]
    (about,) = [metric for metric in packed["metrics"] if metric["name"] == "calibration"]
    assert about["title"] == "calibration of the confidence (%)"


def test_every_number_of_the_table_is_recorded(made_up):
    point = made_up.make_point(levels=1)
    made_up.write_curve(point)
    (curve,) = read_curves(made_up.store)
    context = Context.of([curve])
    for level in curve.finished:
        assert [m.name for m in METRICS if m.value(curve, level, context) is None] in (
            [], ["steps_to_dense_val"],
        )  # fmt: skip


def test_the_page_lists_accuracies_first(made_up):
    curves = read_curves(made_up.fill(("imp",), seeds=1, levels=1))
    names = [metric["name"] for metric in pack(curves, make_panels(curves), [])["metrics"]]
    assert names == [
        "test_accuracy", "val_accuracy", "val_accuracy_before", "train_accuracy", "test_loss",
        "val_loss", "train_loss", "live_density", "early_stop_step", "steps_to_dense_val", "bits",
        "total_multiply_adds", "amortised_multiply_adds", "total_seconds",
    ]  # fmt: skip


def test_how_many_training_images_are_measured_is_said():
    about = {metric.name: metric.about for metric in METRICS}
    for name in ("train_accuracy", "train_loss"):
        assert f"first {TRAIN_SUBSET:,} training images" in about[name]


def test_names_are_unique_and_every_view_has_some():
    names = [metric.name for metric in METRICS]
    assert len(names) == len(set(names))
    assert all(shown_in(view) for view in View)


def test_a_title_says_the_unit():
    assert Metric("a", SECONDS, "time to train").title == "time to train (s)"
    assert Metric("a", ACCURACY, "live", unit="% of prunable").title == "live (% of prunable)"
