"""The rows of curves.csv, and reading a store in which something is broken."""

import csv
import io
import logging
import re

import pytest

from ltsweep.store.claims import Owner, acquire
from ltsweep.store.store import Store
from ltsweep.views.curves import columns, csv_text, curve_rows, rows_of
from ltsweep.views.records import read_curves

HEADER = (
    "cell,curve,method,source,source_optimizer,target,target_optimizer,model,pruning,init,"
    "init_scale,reset,norm_statistics,rescale,seed,level,prunable,kept,live_kept,density,"
    "density_pruned_layers,density_with_head,params_left,train_accuracy,val_accuracy,"
    "val_accuracy_before,test_accuracy,test_loss,test_examples,chance_accuracy,"
    "dense_test_accuracy,early_stop_step,steps_to_dense_val,source_steps,steps,examples,bits,"
    "multiply_adds,training_multiply_adds,total_multiply_adds,amortised_multiply_adds,"
    "grown_connections,scoring_images,evaluation_images,recalibration_images,seconds,"
    "total_seconds"
)


def test_columns_are_exactly_those_promised():
    assert ",".join(columns()) == HEADER
    assert csv_text([]) == HEADER + "\n"


def test_settings_that_vary_are_columns_after_those_of_every_file(made_up):
    made_up.fill(("imp", "random_mask"), seeds=2, levels=1, lr=0.05)
    made_up.fill(("imp",), seeds=1, levels=1, lr=0.1, init_scale=2.0)
    rows = list(csv.DictReader(io.StringIO(csv_text(curve_rows(made_up.store)))))
    assert ",".join(rows[0]) == HEADER.replace(",seed,", ",optimizer.lr,seed,")
    rates = {(row["method"], row["seed"], row["init_scale"], row["optimizer.lr"]) for row in rows}
    assert rates == {
        ("imp", "0", "1.0", "0.05"),
        ("imp", "1", "1.0", "0.05"),
        ("random_mask", "0", "1.0", "0.05"),
        ("random_mask", "1", "1.0", "0.05"),
        ("imp", "0", "2.0", "0.1"),
    }


def test_what_varies_depends_on_the_selected_curves(made_up):
    made_up.fill(("imp",), seeds=1, levels=1, lr=0.05)
    made_up.fill(("imp",), seeds=1, levels=1, lr=0.1)
    assert all("optimizer.lr" in row for row in curve_rows(made_up.store))
    (one, _) = made_up.store.points()
    assert list(curve_rows(made_up.store, [one.id])[0]) == columns()


def test_settings_that_vary_together_are_all_columns(made_up):
    made_up.fill(("imp",), seeds=1, levels=1, lr=0.05, pruning="magnitude_global")
    made_up.fill(("imp",), seeds=1, levels=1, lr=0.1, pruning="magnitude_layerwise")
    assert {
        (row["pruning"], row["pruning.scope"], row["optimizer.lr"])
        for row in curve_rows(made_up.store)
    } == {("magnitude_global", "global", 0.05), ("magnitude_layerwise", "layerwise", 0.1)}


def test_one_row_per_curve_and_level_sorted_by_cell_seed_level(made_up):
    store = made_up.fill(("imp", "random_mask"), seeds=3, levels=4)
    rows = curve_rows(store)
    assert len(rows) == 2 * 3 * 5
    order = [(row["cell"], row["seed"], row["level"]) for row in rows]
    assert order == sorted(order)


def test_values_survive_the_round_trip_through_csv(made_up):
    store = made_up.fill(("imp",), seeds=1, levels=3)
    point = store.points()[0]
    end = store.stage(point.stages[2]).end()
    row = list(csv.DictReader(io.StringIO(csv_text(curve_rows(store)))))[2]
    assert float(row["test_accuracy"]) == end.test_accuracy
    assert float(row["density"]) == end.kept / end.prunable
    assert row["kept"] == str(end.kept)
    assert row["curve"] == point.id
    assert row["init_scale"] == "1.0"
    assert row["reset"] == "20it"


def test_same_records_give_the_same_bytes_but_for_seconds(made_up, tmp_path, monkeypatch):
    first = csv_text(curve_rows(made_up.fill(("imp",), seeds=2, levels=2)))
    usual = made_up.end_record
    monkeypatch.setitem(
        usual.__globals__,
        "end_record",
        lambda p, k: usual(p, k).model_copy(update={"seconds": 99.5}),
    )
    other = type(made_up)(tmp_path / "other").fill(("imp",), seeds=2, levels=2)
    second = csv_text(curve_rows(other))
    assert second != first
    assert re.sub(r"[0-9.]+,[0-9.]+\n", "\n", second) == re.sub(r"[0-9.]+,[0-9.]+\n", "\n", first)


def test_a_selection_holds_the_selected_points_only(made_up):
    store = made_up.fill(("imp", "random_mask"), seeds=2, levels=2)
    wanted = [p.id for p in store.points() if p.method == "imp" and p.seed == 1]
    assert {row["curve"] for row in curve_rows(store, wanted)} == set(wanted)


def test_an_unknown_point_is_an_error(made_up):
    with pytest.raises(KeyError, match="no point 0123"):
        curve_rows(made_up.store, ["0123"])


def test_levels_that_are_not_done_have_no_row(made_up):
    made_up.write_curve(made_up.make_point(levels=6), until=3)
    assert [row["level"] for row in curve_rows(made_up.store)] == [0, 1, 2, 3]


def test_a_diverged_level_has_counts_and_no_metrics(made_up):
    point = made_up.make_point(levels=2)
    made_up.write_curve(point, until=1)
    made_up.write_diverged(point, 2)
    row = curve_rows(made_up.store)[2]
    assert row["kept"] == 32128
    assert row["steps"] == 400
    empty = ("test_accuracy", "val_accuracy", "train_accuracy", "test_loss", "steps_to_dense_val")
    assert [row[name] for name in empty] == [None] * 5
    told = {name: value for name, value in list(row.items())[16:] if value is not None}
    assert told == {
        "prunable": 50200, "kept": 32128, "live_kept": 32128, "density": 0.64,
        "density_pruned_layers": 0.64, "density_with_head": 0.64, "params_left": 32538,
        "dense_test_accuracy": curve_rows(made_up.store)[0]["test_accuracy"],
        "source_steps": 780, "steps": 400, "examples": 25600,
        "bits": pytest.approx(32 * 32538 + 47314.6, abs=0.1), "multiply_adds": 32128,
        "training_multiply_adds": 2467430400,
        "total_multiply_adds": 2467430400 + 3084288000 + 3855360000,
        "amortised_multiply_adds": 2467430400 + 3084288000 + 3855360000, "grown_connections": 0,
        "scoring_images": 100, "evaluation_images": 3000, "recalibration_images": 1000,
        "seconds": 1.25, "total_seconds": 3.75,
    }  # fmt: skip


def test_a_damaged_record_file_costs_its_row_and_one_line(made_up, caplog):
    store = made_up.fill(("imp",), seeds=1, levels=3)
    broken = store.stage(store.points()[0].stages[2])
    broken.records_path.write_bytes(b'{"event": "en')
    with caplog.at_level(logging.WARNING):
        rows = curve_rows(store)
    assert [row["level"] for row in rows] == [0, 1, 3]
    assert len(caplog.messages) == 1
    assert str(broken.records_path) in caplog.messages[0]


def test_a_mark_that_is_missing_is_told_unless_someone_is_about_to_set_it(made_up, caplog):
    point = made_up.make_point(levels=0)
    made_up.write_curve(point)
    stage = made_up.store.stage(point.stages[0])
    (stage.path / "DONE").unlink()
    claim = acquire(stage.path, Owner.of_this_process("launch"))
    assert read_curves(made_up.store)[0].finished == []
    assert caplog.messages == []
    claim.release()
    assert read_curves(made_up.store)[0].finished == []
    (message,) = caplog.messages
    assert message == f"{stage.path}: DONE is missing, so the stage counts as unfinished"


def test_a_closing_record_without_counts_is_damaged(made_up, caplog):
    store = made_up.fill(("imp",), seeds=1, levels=1)
    broken = store.stage(store.points()[0].stages[1])
    broken.append({"event": "end", "outcome": "trained", "kept": 10, "prunable": 0})
    assert [row["level"] for row in curve_rows(store)] == [0]
    assert len(caplog.messages) == 1


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"id": "x"}', b"null"])
def test_a_damaged_point_costs_its_curve_and_one_line(made_up, caplog, content):
    store = made_up.fill(("imp",), seeds=2, levels=1)
    (store.points_dir / f"{store.points()[0].id}.json").write_bytes(content)
    rows = curve_rows(store)
    assert len({row["curve"] for row in rows}) == 1
    assert len(caplog.messages) == 1


def test_a_failed_stage_says_why(made_up):
    point = made_up.make_point(levels=2)
    made_up.write_curve(point, until=0)
    made_up.store.stage(point.stages[1]).create({})
    made_up.store.stage(point.stages[1]).fail("RuntimeError: out of memory", "", "")
    states = [(lv.state, lv.problem) for lv in read_curves(made_up.store)[0].levels]
    assert states[1:] == [("failed", "RuntimeError: out of memory"), ("unfinished", "")]


def test_non_finite_numbers_read_as_missing(made_up):
    point = made_up.make_point(levels=0)
    made_up.write_curve(point)
    path = made_up.store.stage(point.stages[0]).records_path
    path.write_text(path.read_text().replace('"test_loss": 0.', '"test_loss": NaN, "was": 0.'))
    assert rows_of(read_curves(made_up.store))[0]["test_loss"] is None


def test_an_empty_store_gives_the_header_alone(tmp_path):
    assert csv_text(curve_rows(Store(tmp_path / "nothing"))) == HEADER + "\n"
