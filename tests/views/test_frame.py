"""The rows of curves.csv with types: a DataFrame and a Parquet file."""

import csv
import io
import sys

import numpy as np
import pandas
import pytest

import ltsweep
from ltsweep.views.curves import columns, csv_text, curve_rows
from ltsweep.views.frame import frame_of, parquet_bytes


@pytest.fixture
def store(made_up):
    """Two experiments that differ in a rate; of one curve a level diverged."""
    made_up.fill(("imp", "random_mask"), seeds=2, levels=2)
    made_up.fill(("imp",), seeds=1, levels=2, lr=0.1)
    point = made_up.make_point("erk", seed=7, levels=1)
    made_up.write_curve(point.model_copy(update={"experiment": "other"}), until=0)
    made_up.write_diverged(point, 1)
    return made_up.store


def test_the_frame_has_the_rows_of_the_csv_in_order(store):
    read = ltsweep.load_curves(store.root)
    rows = list(csv.DictReader(io.StringIO(csv_text(curve_rows(store)))))
    assert list(read.columns) == list(rows[0])
    assert read["curve"].tolist() == [row["curve"] for row in rows]
    for name in ("test_accuracy", "density", "kept", "optimizer.lr", "steps_to_dense_val"):
        told = [float(row[name]) if row[name] else None for row in rows]
        assert [None if pandas.isna(v) else float(v) for v in read[name]] == told


def test_columns_have_types(store):
    read = ltsweep.load_curves(str(store.root))
    assert {name: str(read[name].dtype) for name in read.columns if name in TYPES} == TYPES
    assert read["test_accuracy"].isna().sum() == 1
    assert read.loc[read["test_accuracy"].isna(), "method"].tolist() == ["erk"]
    assert np.isclose(read.groupby("method").test_accuracy.mean()["imp"], 0.98, atol=0.01)


TYPES = {
    "cell": "str",
    "method": "str",
    "init_scale": "float64",
    "optimizer.lr": "float64",
    "seed": "Int64",
    "level": "Int64",
    "kept": "Int64",
    "early_stop_step": "Int64",
    "density": "float64",
    "test_accuracy": "float64",
    "seconds": "float64",
}


@pytest.mark.parametrize(
    ("values", "kind", "told"),
    [
        ([True, None], "boolean", [True, None]),
        ([16, None], "Int64", [16, None]),
        ([1, 0.5], "float64", [1.0, 0.5]),
        (["last", 0.01], "str", ["last", "0.01"]),
        ([[0, 1], None], "str", ["[0, 1]", None]),
        ([True, 2], "str", ["True", "2"]),
    ],
)
def test_a_setting_that_varies_is_of_the_type_of_its_values(values, kind, told):
    row = dict.fromkeys(columns())
    rows = [row | {"curve": str(n), "mine": value} for n, value in enumerate(values)]
    for read in (frame_of(rows), pandas.read_parquet(io.BytesIO(parquet_bytes(rows)))):
        assert str(read["mine"].dtype) == kind
        assert [None if pandas.isna(value) else value for value in read["mine"]] == told


def test_one_experiment_alone_and_a_store_without_rows(store, made_up, tmp_path):
    assert ltsweep.load_curves(store.root, "other")["method"].unique().tolist() == ["erk"]
    made_up = type(made_up)(tmp_path / "empty")
    read = ltsweep.load_curves(made_up.store.root)
    assert (list(read.columns), len(read)) == (columns(), 0)
    assert str(read["kept"].dtype) == "Int64"


def test_wrong_requests_are_told_in_a_sentence(store, tmp_path):
    with pytest.raises(ValueError, match="experiment othr is unknown .*choose other or synthetic"):
        ltsweep.load_curves(store.root, "othr")
    with pytest.raises(ValueError, match="nowhere is no store: it has no directory 'points'"):
        ltsweep.load_curves(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["pandas", "pyarrow"])
def test_without_the_extra_a_sentence_tells_how_to_install_it(name, monkeypatch):
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ValueError, match=rf"{name} is not installed; pip install -e '.\[pandas\]'"):
        parquet_bytes([])
