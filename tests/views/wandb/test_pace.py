"""Deliveries take a twentieth of a core: rests between curves, pauses between rounds."""

import sys
from types import SimpleNamespace

import pytest

from ltsweep.foundations.files import write_json
from ltsweep.views.records import read_curves
from ltsweep.views.wandb import pace, runs
from ltsweep.views.wandb.lease import ask_to_leave, lease
from ltsweep.views.wandb.subscriptions import hurry


@pytest.fixture
def clock(monkeypatch):
    """Time that passes by sleeping alone; what happens at a second is in `at`."""
    now = SimpleNamespace(seconds=0.0, at={})

    def sleep(seconds):
        now.seconds += seconds
        now.at.pop(now.seconds, lambda: None)()

    monkeypatch.setattr(pace, "time", SimpleNamespace(monotonic=lambda: now.seconds, sleep=sleep))
    return now


@pytest.mark.parametrize(("after", "rests"), [(0.0, 0.0), (0.5, 9.5), (1.0, 19.0), (10.0, 60.0)])
def test_a_curve_is_followed_by_nineteen_times_what_it_took(made_up, clock, after, rests):
    pace.rest(made_up.store, after)
    assert clock.seconds == rests


def test_a_rest_ends_where_somebody_waits_or_wants_the_lease(made_up, clock):
    clock.at[2.0] = lambda: hurry(made_up.store)
    pace.rest(made_up.store, 1.0)
    assert clock.seconds == 2.0


def test_a_rest_ends_where_another_wants_the_lease(made_up, clock):
    clock.at[2.0] = lambda: ask_to_leave(made_up.store)
    with lease(made_up.store):
        pace.rest(made_up.store, 1.0)
    assert clock.seconds == 2.0


@pytest.mark.parametrize(
    ("after", "took", "before", "is_better", "seconds"),
    [
        (2.0, 1.0, 300.0, True, 39.0),  # nothing was rested yet
        (2.0, 38.0, 5.0, True, 5.0),  # it has rested between its curves
        (1.0, 20.0, 8.0, False, 16.0),
        (1.0, 1.0, 8.0, False, 19.0),
        (1.0, 20.0, 400.0, False, 300.0),
    ],
)
def test_a_pause_makes_up_for_what_was_not_rested_and_grows_with_what_fails(
    after, took, before, is_better, seconds
):
    assert pace.pause(after, took, before, is_better=is_better) == seconds


@pytest.mark.parametrize("rests", [True, False])
def test_the_process_that_talks_to_wandb_keeps_the_order_and_rests_before_each_curve(
    made_up, tmp_path, monkeypatch, rests
):
    store, events = made_up.fill(("imp",), seeds=2, levels=0), []
    curves = sorted((curve.id for curve in read_curves(store)), reverse=True)
    job = {
        "store": str(store.root), "destination": {"project": "ltsweep"}, "mode": "offline",
        "rests": rests, "scratch": str(tmp_path), "parent": {},
        "names": [(curve, "") for curve in curves],
        "progress": str(tmp_path / "progress"),
    }  # fmt: skip
    write_json(tmp_path / "job.json", job)
    monkeypatch.setattr(sys, "argv", ["runs", str(tmp_path / "job.json")])
    monkeypatch.setattr(runs, "Owner", lambda **_: None)
    monkeypatch.setattr(runs, "_end_with", lambda _: None)
    monkeypatch.setattr(runs, "rest", lambda *_: events.append("rest"))
    monkeypatch.setattr(runs.Client, "try_to_deliver", lambda _, curve, __: events.append(curve.id))
    assert runs.main() == 0
    expected = [event for curve in curves for event in (["rest", curve] if rests else [curve])]
    assert events == expected
