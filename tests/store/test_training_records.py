"""What views read of a stage: the same however lines are read, and what is alike held once."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from ltsweep.store.records import ValidationRecord, last_closing_record, validation_curve
from ltsweep.store.stage_dir import StageDir
from ltsweep.store.store import Store
from ltsweep.store.training_records import TrainingReader, Validation, Validations

from ..records import closing_record

TORN = '{"event": "validation", "step": 3, "accur'
REOPENED = {"event": "reopened", "reason": "a damaged file"}
PREFIX = {"event": "prefix"}
END = closing_record(calibration=0.25).stored()


def _validation(step: int, accuracy: float = 0.5, loss: float | None = 1.0) -> dict[str, Any]:
    return {"event": "validation", "step": step, "accuracy": accuracy, "loss": loss}


def _stage(root: Path, lines: Iterable[dict[str, Any] | str], key: str = "key") -> StageDir:
    """A stage with these records; text is a line that was torn."""
    stage = Store(root).stage(key)
    stage.path.mkdir(parents=True)
    for line in lines:
        if isinstance(line, str):
            with stage.records_path.open("a") as file:
                file.write(line)
        else:
            stage.append(line)
    return stage


LINES: dict[str, list[dict[str, Any] | str]] = {
    "all whole": [_validation(50, 0.25), _validation(100, 0.5, None), END],
    "no validation": [END],
    "torn": [_validation(50), TORN, _validation(100), END],
    "resumed": [_validation(50), _validation(100, 0.1), _validation(100, 0.2), END],
    "out of order": [_validation(100), _validation(50), END],
    "reopened": [_validation(50), END, REOPENED, _validation(50, 0.75), END],
    "prefix first": [PREFIX, _validation(50), END],
    "trained twice": [_validation(50), END, {**END, "kept": 999}],
    "of a later version": [_validation(50) | {"f1": 0.5}, {"event": "unheard of"}, END],
}


@pytest.mark.parametrize("lines", LINES.values(), ids=LINES)
def test_the_records_are_those_of_single_lines(
    tmp_path: Path, lines: list[dict[str, Any] | str]
) -> None:
    stage = _stage(tmp_path, lines)
    found, end = TrainingReader().read(stage)
    one_by_one = stage.records()
    assert end == last_closing_record(one_by_one)
    assert end.number("calibration") == 0.25
    curve = validation_curve(one_by_one)
    assert [*found] == [(record.step, record.accuracy, record.loss) for record in curve]
    assert len(found) == len(curve)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([_validation(50)], "no closing record"),
        ([], "no closing record"),
        ([_validation(50) | {"accuracy": "good"}, END], "0.accuracy: Input should be a valid numb"),
        ([_validation(10**30), END], "step: "),
        ([{**END, "kept": 1001}], "Value error, kept 1001 of 1000 weights"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    tmp_path: Path, lines: list[dict[str, Any] | str], words: str
) -> None:
    with pytest.raises(ValueError) as caught:
        TrainingReader().read(_stage(tmp_path, lines))
    assert str(caught.value).startswith(words)
    assert "\n" not in str(caught.value)


def test_what_stages_have_recorded_alike_is_held_once(tmp_path: Path) -> None:
    reader = TrainingReader()
    recorded = [{**END, "seed": seed} for seed in (0, 1)]
    recorded.append({**END, "versions": {"torch": "2.12.0"}})
    one, same, other = (
        reader.read(_stage(tmp_path, [end], key=str(number)))[1]
        for number, end in enumerate(recorded)
    )
    assert [record.stored() for record in (one, same, other)] == recorded
    assert (one.data is same.data, one.versions is same.versions) == (True, True)
    assert other.versions == {"torch": "2.12.0"}
    layers = [layer for end in (one, same, other) for layer in end.layers.values()]
    assert len({id(record.model_fields_set) for record in (one, same, other)}) == 1
    assert len({id(layer.model_fields_set) for layer in layers}) == 1


def test_a_loss_that_is_not_finite_stays_none() -> None:
    record = ValidationRecord(event="validation", step=1, accuracy=0.5, loss=None)
    assert [*Validations.of([record])] == [Validation(1, 0.5, None)]


@pytest.mark.parametrize(
    ("accuracies", "step"),
    [
        ([0.9, 0.9, 0.9], 10),
        ([0.1, 0.9, 0.8, 0.1], 20),
        ([0.9, 0.1, 0.9, 0.1, 0.9], None),
        ([0.1, 0.1, 0.9], None),
        ([0.1, 0.8, 0.7, 0.8, 0.8], 40),
        ([], None),
    ],
)
def test_a_goal_is_reached_by_two_validations_in_a_row(
    accuracies: list[float], step: int | None
) -> None:
    records = [
        ValidationRecord(event="validation", step=10 * number, accuracy=accuracy, loss=None)
        for number, accuracy in enumerate(accuracies, 1)
    ]
    assert Validations.of(records).first_of_two(0.8) == step
