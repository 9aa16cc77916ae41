"""A finished stage whose file was changed: plan, report and status notice, and believe nothing."""

import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ltsweep.launch.pending import find_pending
from ltsweep.steer.retry import prepare_retry
from ltsweep.steer.selectors import choose
from ltsweep.steer.status import status_of
from ltsweep.store.stage_dir import StageDir
from ltsweep.store.store import Store
from ltsweep.views.curves import curve_rows

from ..sweeps_here import curves, selection, train

LINES = ("method=imp", "levels=1")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("whole") / "store"
    train(root, *LINES)
    return root


@pytest.fixture
def store(whole: Path, tmp_path: Path) -> Store:
    return Store(shutil.copytree(whole, tmp_path / "store"))


@pytest.fixture
def changed(store: Store) -> StageDir:
    """The stage of level 1: its test accuracy is another number of as many digits."""
    (point,) = store.points()
    stage = store.stage(point.stages[1])
    text = stage.records_path.read_text()
    wrong = re.sub(r'("test_accuracy": 0\.)\d', r"\g<1>1", text)
    assert len(wrong) == len(text) and wrong != text
    stage.records_path.write_text(wrong)
    return stage


def test_no_row_shows_a_number_that_was_changed(store: Store, changed: StageDir) -> None:
    assert [row["level"] for row in curve_rows(store)] == [0]
    assert changed.end() is None


def test_the_log_of_a_report_names_the_changed_file(
    store: Store, changed: StageDir, caplog: pytest.LogCaptureFixture
) -> None:
    curve_rows(store)
    assert f"{changed.records_path} does not match its digest" in caplog.text


def test_status_calls_the_stage_damaged(store: Store, changed: StageDir) -> None:
    found = status_of(choose(store, ["all"]))
    (curve,) = found.curves
    assert (curve.state, curve.level, curve.stage) == ("damaged", 0, changed.key)
    assert str(changed.records_path) in curve.text
    assert found.stages_by_state == {"done": 1, "damaged": 1}


@pytest.mark.parametrize(
    "damage",
    [
        lambda stage: stage.ticket.write_bytes(stage.ticket.read_bytes()[:-1]),
        lambda stage: stage.ticket.unlink(),
        lambda stage: (stage.path / "DONE").write_bytes(b""),
    ],
    ids=["a cut ticket", "no ticket", "an empty DONE"],
)
def test_status_calls_no_stage_done_that_a_submit_would_train_again(
    store: Store, damage: Callable[[StageDir], object]
) -> None:
    (point,) = store.points()
    damage(store.stage(point.stages[1]))
    assert [*find_pending(selection(store.root, *LINES).plan, store).stages] == [point.stages[1]]
    assert status_of(choose(store, ["all"])).stages_by_state == {"done": 1, "damaged": 1}


def test_the_same_command_trains_it_again_to_the_same_curve(
    store: Store, changed: StageDir, whole: Path
) -> None:
    made = selection(store.root, *LINES)
    assert list(find_pending(made.plan, Store(store.root)).reopen) == [changed.key]
    train(store.root, *LINES)
    assert curves(store.root) == curves(whole)
    assert changed.damage() is None
    assert status_of(choose(Store(store.root), ["all"])).stages_by_state == {"done": 2}


def test_a_retry_takes_what_is_damaged(store: Store, changed: StageDir) -> None:
    _, pending = prepare_retry(choose(store, []))
    assert [*pending.stages] == [*pending.reopen] == [changed.key]


def test_a_plan_notices_a_changed_byte_of_a_ticket(store: Store) -> None:
    (point,) = store.points()
    ticket = store.stage(point.stages[1]).ticket
    content = bytearray(ticket.read_bytes())
    content[-1] ^= 1
    ticket.write_bytes(content)
    made = selection(store.root, *LINES)
    assert find_pending(made.plan, store).reopen == {
        point.stages[1]: f"{ticket} does not match its digest"
    }


def test_files_are_read_once_for_all_plans_until_they_change(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, read = time.time, []
    monkeypatch.setattr(time, "time", lambda: real() + 10)  # what was just written has settled
    made = selection(store.root, *LINES)
    find_pending(made.plan, store)
    monkeypatch.setattr("ltsweep.store.store.sha256", lambda path: read.append(path) or "")
    assert not find_pending(made.plan, Store(store.root)).stages
    assert read == []
    records = store.stage(store.points()[0].stages[0]).records_path
    records.write_bytes(records.read_bytes())
    find_pending(made.plan, Store(store.root))
    assert read == [records]
