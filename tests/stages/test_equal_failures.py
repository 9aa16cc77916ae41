"""Stages that fail with the same error: it is told once, with their number, and may end a sweep."""

import pytest

from ltsweep.launch.engine import prepare_store, submit
from ltsweep.launch.pending import find_pending
from ltsweep.stages import begin

from ..sweeps_here import selection

SEEDS = "seed=range(8)"


@pytest.fixture
def broken(monkeypatch):
    def disagree(*_):
        raise RuntimeError("the room is dark")

    monkeypatch.setattr("ltsweep.stages.run.begin", disagree)
    assert begin.begin is not disagree


def swept(root, *lines):
    """How a sweep ended that has eight dense trainings and what waits for them; what it said."""
    made, said = selection(root, "method=imp", "levels=1", SEEDS, *lines), []
    prepare_store(made)
    return submit(made, find_pending(made.plan, made.store), said.append), "\n".join(said)


def test_equal_failures_are_told_once_with_their_number(tmp_path, broken):
    outcome, said = swept(tmp_path)
    assert said.count("Traceback") == 1
    assert said.count("trying its halves") == 1
    assert "8 stages failed with this error so far: RuntimeError: the room is dark" in said
    (failed,) = outcome.failed
    assert failed.startswith("dense, seed 0 (")
    assert "; and 3 more: RuntimeError: the room is dark\n    log: " in failed
    assert len(outcome.blocked) == 8 and outcome.unfinished == 0


def test_each_stage_has_its_traceback_in_the_store(tmp_path, broken):
    swept(tmp_path)
    made = selection(tmp_path, "method=imp", "levels=1", SEEDS)
    for point in made.plan.points:
        assert "disagree" in made.store.stage(point.stages[0]).failure()["traceback"]


@pytest.mark.parametrize("pack", ["auto", "1"])
def test_so_many_equal_failures_end_a_sweep(tmp_path, broken, pack):
    outcome, said = swept(tmp_path, "stop_after=3", f"pack={pack}")
    assert "stop_after=3 ended the sweep: 3 stages failed with the same error" in said
    assert outcome.exit_code == 1, "nobody has interrupted it"
    (failed,) = outcome.failed
    assert failed.count("dense, seed") == 3
    assert outcome.unfinished == 2 * (8 - 3)


def test_failures_that_differ_end_no_sweep(tmp_path, monkeypatch):
    def disagree(planned, *_):
        raise RuntimeError(f"seed {planned.spec.seed} is not mine")

    monkeypatch.setattr("ltsweep.stages.run.begin", disagree)
    outcome, _ = swept(tmp_path, "stop_after=2")
    assert len(outcome.failed) == 8
