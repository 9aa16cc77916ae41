"""What an experiment took, from its launches and the closing records of its stages."""

import json
import shutil
from datetime import UTC, datetime

import pytest

from ltsweep.views.records import read_curves
from ltsweep.views.results.cost import Cost, cost, cost_in_words


def finish(store, key, end, began, ended, device="cpu"):
    """One finished stage that was trained from second to second of a minute."""
    times = {"began": began, "ended": ended}
    told = {name: f"2026-01-01T12:00:{second:02d}+00:00" for name, second in times.items()}
    stage = store.stage(key)
    stage.create({})
    stage.append({**end.stored(), **told, "device": device})
    stage.finish("trained", [])


@pytest.fixture
def store(made_up):
    """A curve of three stages, of which another experiment made the first."""
    point = made_up.make_point("imp", levels=2)
    made_up.store.write_point(point)
    for number, (began, ended) in enumerate([(0, 5), (10, 20), (15, 30)]):
        end = made_up.end_record(point, number)
        finish(made_up.store, point.stages[number], end, began, ended)
    finish(made_up.store, "ladder", made_up.end_record(point, 1), 40, 45)
    launches = {
        "a": ("mine", point.id, [*point.stages[1:], "never finished"]),
        "b": ("mine", point.id, ["ladder"]),
        "c": ("mine", "of another size", [point.stages[0]]),
        "d": ("theirs", point.id, [point.stages[0]]),
    }
    for name, (experiment, of, pending) in launches.items():
        folder = made_up.store.launches_dir / name
        folder.mkdir()
        told = {"experiment": experiment, "points": [of], "pending": pending}
        (folder / "launch.json").write_text(json.dumps(told))
    return made_up.store


def test_breaks_and_what_others_made_are_no_time_of_its_own(store):
    """10 to 30 with two at once, and 40 to 45; the ladder of a source has no curve here."""
    found = cost(store, "mine", read_curves(store))
    began = datetime(2026, 1, 1, 12, 0, 10, tzinfo=UTC).timestamp()
    assert found == Cost(4, 3, 25.0, began, ("cpu (a processor)",))


def test_a_store_without_launches_counts_what_its_curves_have(store):
    shutil.rmtree(store.launches_dir)
    found = cost(store, "mine", read_curves(store))
    assert (found.trainings, found.own, found.seconds) == (3, 3, 25.0)


def test_an_experiment_that_others_have_trained_ran_nothing(store):
    found = cost(store, "late", read_curves(store))
    assert (found.trainings, found.own, found.devices) == (3, 0, ())


def test_cost_in_words():
    devices = ("cpu (a)", "cuda (b)")
    assert cost_in_words(Cost(1, 1, 7.0, 0.0, ("cpu (a)",))) == "1 training in 7 seconds on cpu (a)"
    assert cost_in_words(Cost(1500, 1200, 200.0, 0.0, devices)) == (
        "1,200 trainings in 3.3 minutes on cpu (a) and cuda (b); 300 more were made by other "
        "launches"
    )
    assert cost_in_words(Cost(12, 0, 0.0, None, ())) == "12 trainings, all made by other launches"
    assert "in 2.0 hours" in cost_in_words(Cost(2, 2, 7200.0, 0.0, ()))
