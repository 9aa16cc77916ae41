"""What a training writes down is read back as it was, and damage is said in one line."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ltsweep.foundations.files import read_json
from ltsweep.launch.engine import Selection, prepare_store, submit
from ltsweep.launch.pending import find_pending
from ltsweep.plan.facts import FactFinder
from ltsweep.plan.points import make_plan
from ltsweep.store.point_record import PointRecord
from ltsweep.store.records import (
    ClosingRecord,
    LayerRecord,
    ValidationRecord,
    last_closing_record,
    validation_curve,
)
from ltsweep.store.store import Store

from ..points import plan, request
from ..records import closing_record, diverged

TINY = (
    "levels=1",
    "logger=none",
    "schedule.length=4it",
    "schedule.validate_every=2it",
    "reset.step=1it",
)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A ticket over two levels, and a dense training that diverges."""
    root = tmp_path_factory.mktemp("records") / "store"
    for lines in (("method=imp",), ("method=dense", "optimizer.lr=1e30")):
        wanted = request(*TINY, *lines, f"store={root}", "cluster=debug")
        made = make_plan(wanted.points, FactFinder(root))
        selection = Selection(plan=made, run=wanted.run, name="tiny", experiment="tiny")
        prepare_store(selection)
        submit(selection, find_pending(made, selection.store), print)
    return Store(root)


def _lines(store: Store, method: str, level: int) -> list[dict[str, Any]]:
    (point,) = [point for point in store.points() if point.method == method]
    text = store.stage(point.stages[level]).records_path.read_text()
    return [json.loads(line) for line in text.splitlines()]


def _as_file(record: Mapping[str, Any]) -> Any:
    return json.loads(json.dumps(record))


def test_a_point_is_read_as_it_was_written(trained: Store) -> None:
    for path in trained.points_dir.glob("*.json"):
        content = read_json(path)
        point = PointRecord.read(content)
        assert _as_file(point.stored()) == content
        assert {*content, "spellings"} == set(PointRecord.model_fields)
        assert (point.id, point.experiment, point.reset_step) == (path.stem, "tiny", 1)
        assert point.columns.reset == "1it"


@pytest.mark.parametrize("level", [0, 1])
def test_the_records_of_a_stage_are_read_as_they_were_written(trained: Store, level: int) -> None:
    lines = _lines(trained, "imp", level)
    end = last_closing_record(lines)
    assert end is not None and _as_file(end.stored()) == lines[-1]
    assert set(lines[-1]) >= set(ClosingRecord.model_fields) - {"cuda_graphs"}  # of a GPU alone
    assert (end.outcome, end.level, end.kept) == ("trained", level, (50200, 40160)[level])
    assert {set(layer) == set(LayerRecord.model_fields) for layer in lines[-1]["layers"].values()}
    curve = validation_curve(lines)
    assert [_as_file(record.stored()) for record in curve] == lines[:-1]
    assert [record.step for record in curve] == [2, 4]


def test_a_diverged_stage_has_counts_and_no_metrics(trained: Store) -> None:
    (*_, line) = lines = _lines(trained, "dense", 0)
    end = last_closing_record(lines)
    assert end is not None and _as_file(end.stored()) == line
    needed = {name for name, about in ClosingRecord.model_fields.items() if about.is_required()}
    # early versions did not count these
    counted = needed | {"params_left", "training_multiply_adds", "grown_connections", "scoring"}
    counted |= {"weight_bits", "evaluation_images", "recalibration_images"}
    assert set(line) & set(ClosingRecord.model_fields) == counted
    assert (end.outcome, end.kept, end.val_accuracy) == ("diverged", 50200, None)


def test_what_a_later_version_adds_is_read_over() -> None:
    (point,) = (point.record(None) for point in plan().points)
    more = {**point.stored(), "tags": ["a"], "columns": {**point.stored()["columns"], "size": 3}}
    assert PointRecord.read(more) == point
    line = {"event": "validation", "step": 1, "accuracy": 0.5, "loss": None, "f1": 0.4}
    assert ValidationRecord.read(line).loss is None
    end = ClosingRecord.read({**closing_record().stored(), "calibration": 0.25, "note": "text"})
    assert (end.number("calibration"), end.number("note")) == (0.25, None)


def test_numbers_are_finite_or_none() -> None:
    end = closing_record(test_loss=math.nan, train_loss=math.inf)
    assert [end.number(name) for name in ("test_loss", "train_loss", "val_loss")] == [
        None, None, 0.3,
    ]  # fmt: skip
    assert diverged(end).number("val_loss") is None


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"outcome": "lucky"}, "outcome: Input should be 'trained' or 'diverged'"),
        ({"kept": 1001}, "Value error, kept 1001 of 1000 weights"),
        ({"prunable": 0}, "prunable: Input should be greater than 0"),
        ({"seconds": None}, "seconds: Input should be a valid number"),
        ({"layers": {"fc": {"total": 3}}}, "layers.fc.kept: Field required"),
    ],
)
def test_damage_is_said_in_one_line(changed: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError) as caught:
        ClosingRecord.read({**closing_record().stored(), **changed})
    assert str(caught.value) == words


def test_a_damaged_closing_record_counts_as_none(tmp_path: Path) -> None:
    stage = Store(tmp_path).stage("key")
    stage.create({})
    stage.append({"event": "end", "outcome": "trained"})
    stage.finish("trained", [])
    assert stage.end() is None


def test_a_step_that_a_resumed_training_repeats_counts_once() -> None:
    lines = [
        {"event": "validation", "step": step, "accuracy": accuracy, "loss": 1.0}
        for step, accuracy in ((1, 0.1), (3, 0.3), (2, 0.2), (3, 0.4))
    ]
    assert [(v.step, v.accuracy) for v in validation_curve(lines)] == [(1, 0.1), (2, 0.2), (3, 0.4)]
