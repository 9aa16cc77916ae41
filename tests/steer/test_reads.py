"""What commands open of a store whose stages are done: a store's size shall cost little."""

import builtins
import io
import time
from pathlib import Path

import pytest

from benchmarks.big_store import make_store
from ltsweep.launch.launch import Launch
from ltsweep.launch.pending import find_pending
from ltsweep.plan.plan import Plan
from ltsweep.steer.selectors import choose
from ltsweep.steer.status import status_of
from ltsweep.store.store import Store

LINES = ("method=imp,random_reinit", "levels=3", "seed=0,1")
STAGES, CURVES = 2 * (1 + 3 + 3), 4


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store in which all is done, and has been for a while."""
    make_store((*LINES, f"store={tmp_path}"))
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 10)
    return Store(tmp_path)


@pytest.fixture
def opened(store: Store, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files of the store that Python opens, by their names in it."""
    found: list[str] = []
    real = io.open

    def noting(file, *args, **kwargs):
        if str(file).startswith(str(store.root)):
            found.append(str(Path(file).relative_to(store.root)))
        return real(file, *args, **kwargs)

    monkeypatch.setattr(io, "open", noting)  # which pathlib calls
    monkeypatch.setattr(builtins, "open", noting)
    return found


def of_stages(opened: list[str]) -> list[str]:
    return [name for name in opened if name.startswith("stages/")]


def test_status_opens_of_a_finished_curve_its_point_and_the_records_of_its_last_level(
    store: Store, opened: list[str]
) -> None:
    assert status_of(choose(store, [])).stages_by_state == {"done": STAGES}
    assert len(of_stages(opened)) == 2 * STAGES + CURVES, "each DONE and all records, once"
    last = {f"stages/{point.stages[-1]}/records.jsonl" for point in store.points()}
    opened.clear()
    assert status_of(choose(Store(store.root), [])).stages_by_state == {"done": STAGES}
    assert sorted(of_stages(opened)) == sorted(last)
    assert len([name for name in opened if name.startswith("points/")]) == CURVES
    assert not [name for name in opened if name.endswith(".gz")], "nothing is left to do"


def test_a_plan_of_what_is_done_opens_nothing_of_a_stage(store: Store, opened: list[str]) -> None:
    (directory,) = store.launches_dir.iterdir()
    launch = Launch.load(directory)
    plan = Plan(stages={stage.key: stage for stage in launch.stages})
    assert find_pending(plan, store).stages == {}
    assert len(of_stages(opened)) == 3 * STAGES, "each DONE, all records, all tickets, once"
    opened.clear()
    assert find_pending(plan, Store(store.root)).stages == {}
    assert of_stages(opened) == []
