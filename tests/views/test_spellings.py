"""Experiments share points whatever they say: each is read as it spells its settings itself."""

import pytest

from ltsweep.views.panels import make_panels
from ltsweep.views.records import read_curves
from ltsweep.views.report import judged_curves
from ltsweep.views.shown import of_experiment, of_selection

from ..points import plan

ELSEWHERE = ("dataset@target=digits", "target.split_seed=1")
ONE_TRAINING = [  # as two experiments may ask for it; an epoch has 10 steps
    (["schedule.length=20it"], ["schedule.length=2ep"]),
    (["reset.step=10it"], ["reset.step=1ep"]),
    (["schedule.length=40it", "schedule.warmup=0.25"],
     ["schedule.length=40it", "schedule.warmup=10it"]),
    (["init=orthogonal"], ["init=orthogonal", "init@control_init=orthogonal"]),
    (["input=native"], ["input=resize", "input.size=8x8"]),
    ([*ELSEWHERE], [*ELSEWHERE, "transfer.head=fresh"]),
    (["transfer.head=fresh"], ["dataset@target=digits"]),
    ([*ELSEWHERE], [*ELSEWHERE, "target_batch_size=64"]),
    ([*ELSEWHERE], [*ELSEWHERE, "optimizer@target_optimizer=sgd"]),
    ([*ELSEWHERE], [*ELSEWHERE, "schedule@target_schedule=constant"]),
]  # fmt: skip


@pytest.fixture
def store(made_up):
    return made_up.store


def records(name, *lines, methods="imp,random_mask", seeds="0,1"):
    chosen = (f"method={methods}", f"seed={seeds}", "levels=1")
    return [point.record(name) for point in plan(*chosen, *lines).points]


def submit(store, points, **told):
    for point in points:
        store.write_point(point, **told)


@pytest.mark.parametrize("one_training", ONE_TRAINING, ids=lambda pair: " ".join(pair[1]))
@pytest.mark.parametrize("order", [1, -1])
def test_each_experiment_reads_its_own_words(store, one_training, order):
    words = one_training[::order]
    said = {name: records(name, *lines) for name, lines in zip("ab", words, strict=True)}
    assert {p.id for p in said["a"]} == {p.id for p in said["b"]}
    assert said["a"][0].config != said["b"][0].config
    for again in range(2):  # nor does it matter who comes last, or that one comes again
        for name in ("ab", "ba")[again]:
            submit(store, said[name])
        for name, points in said.items():
            told = {c.id: c.point for c in read_curves(store, said_by=name)}
            for point in points:
                assert told[point.id].config == point.config
                assert told[point.id].overlap == point.overlap
                assert told[point.id].columns.reset == point.columns.reset


def test_the_seen_fault_arms_that_another_experiment_shares_stay_in_one_panel(made_up, store):
    """Half of the arms were told with the length that the other experiment had said."""
    first = records("first", "schedule.length=2ep")
    submit(store, first)
    made_up.write_declaration(first, first[0].report, day=1, experiment="first")
    submit(store, records("second", "schedule.length=20it", methods="imp"))
    (shown,) = of_experiment(store, "first")
    assert [len(p.cells) for p in make_panels(judged_curves(store, shown))] == [2]


def test_a_report_is_not_spelled_by_who_asked_for_another_one(store):
    first = records("first", "schedule.length=2ep")
    submit(store, first)
    nameless = records(None, "schedule.length=20it", methods="imp")
    submit(store, nameless, is_submitted=False)
    submit(store, nameless)
    submit(store, records("second", "schedule.length=20it"), is_submitted=False)
    (shown,) = of_experiment(store, "first")
    assert [c.config["schedule"]["length"] for c in judged_curves(store, shown)] == ["2ep"] * 4
    asked = of_selection(store, None, nameless, nameless[0].report)
    assert [c.config["schedule"]["length"] for c in judged_curves(store, asked)] == ["20it"] * 2


def test_of_one_way_to_say_it_nothing_is_kept_twice(store):
    for name in ("first", "second", "first"):
        submit(store, records(name))
    assert {bool(point.spellings) for point in store.points()} == {False}
