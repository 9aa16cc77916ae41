"""What a level starts from: each training once, as far as it is needed, and what that took."""

import time

import pytest

from ltsweep.foundations.files import read_json, write_json
from ltsweep.store.store import Store
from ltsweep.views import origins
from ltsweep.views.context import Context
from ltsweep.views.derived import (
    amortised_multiply_adds,
    source_steps,
    total_multiply_adds,
    total_seconds,
)
from ltsweep.views.records import read_curves

# Own multiply-adds of the made-up levels: three passes of 25,600 examples through kept weights.
DENSE, FIRST, SECOND = (3 * kept * 25600 for kept in (50200, 40160, 32128))
FASHION = (("name", "fashion_mnist"),)
HALF = (("split_seed", 1),)


def costs(store, number, number_of=total_multiply_adds):
    """A number of one level of every curve, by its method and its target."""
    curves = read_curves(store)
    context = Context.of(curves)
    return {
        (curve.method, curve.columns["target"]): number_of(curve, curve.levels[number], context)
        for curve in curves
    }


def one(made_up, method, number=2, number_of=total_multiply_adds, **choices):
    point = made_up.make_point(method, levels=2, **choices)
    made_up.write_curve(point)
    made_up.write_sources(point)
    (curve,) = read_curves(made_up.store)
    return number_of(curve, curve.levels[number], Context.of([curve]))


@pytest.mark.parametrize(
    ("method", "before", "steps"),
    [
        # level 1 goes on at step 20 of 400
        ("imp", DENSE + FIRST, 400 + 380),
        ("random_reinit", DENSE + FIRST, 400 + 380),
        ("fresh_at_k", DENSE // 20 + DENSE + FIRST, 20 + 400 + 380),
        ("random_mask", 0, 0),
        ("erk", 0, 0),
    ],
)
def test_a_ticket_costs_its_ladder_and_a_mask_from_a_count_nothing(made_up, method, before, steps):
    assert one(made_up, method) == SECOND + before
    assert one(made_up, method, number_of=source_steps) == steps


def test_the_dense_training_starts_from_nothing(made_up):
    assert one(made_up, "imp", number=0) == DENSE
    assert one(made_up, "imp", number=0, number_of=total_seconds) == 1.25


@pytest.mark.parametrize(
    ("step", "share"), [("0it", 0), ("40it", 0.1), ("200it", 0.5)], ids=lambda x: str(x)
)
def test_a_mask_scored_at_a_step_costs_the_training_to_that_step(made_up, step, share):
    words = ("pruning=snip", f"method.step={step}")
    found = one(made_up, "at_init", pruning="snip", words=words)
    assert found == SECOND + share * DENSE


def test_a_state_at_the_reset_step_costs_the_steps_to_it(made_up):
    assert one(made_up, "dense_at_k", number=0, target=HALF) == DENSE + DENSE // 20
    assert one(made_up, "dense_at_k", number=0, target=HALF, number_of=source_steps) == 20


def test_what_a_ladder_ended_with_costs_one_level_more_than_its_mask(made_up):
    assert one(made_up, "trained", target=HALF) == SECOND + DENSE + FIRST + SECOND


def test_seconds_stand_beside(made_up):
    assert one(made_up, "imp", number_of=total_seconds) == 3 * 1.25


def test_what_is_not_recorded_leaves_the_total_open(made_up):
    point = made_up.make_point("random_reinit", levels=2)
    made_up.write_curve(point)
    assert costs(made_up.store, 2) == {("random_reinit", "digits"): None}
    made_up.write_sources(point)
    assert costs(made_up.store, 2) == {("random_reinit", "digits"): SECOND + DENSE + FIRST}


def test_making_a_ticket_is_shared_out_among_the_targets_that_it_serves(made_up):
    """The ladder serves three targets, and several methods on one of them are still one target."""
    own = {"imp": SECOND, "random_reinit": SECOND, "random_mask": SECOND}
    for method in own:
        for target in (FASHION, HALF, ()):
            point = made_up.make_point(method, levels=2, target=target)
            made_up.write_curve(point)
            made_up.write_sources(point)
    found = costs(made_up.store, 2, amortised_multiply_adds)
    assert len(found) == 9
    for (method, target), cost in found.items():
        shared = 0 if method == "random_mask" else (DENSE + FIRST) / 3
        assert cost == pytest.approx(own[method] + shared), (method, target)


def test_rates_that_a_target_is_tuned_over_are_no_further_targets(made_up):
    for rate in (0.05, 0.1):
        words = ("optimizer@target_optimizer=sgd", f"target_optimizer.lr={rate}")
        point = made_up.make_point("imp", levels=2, target=HALF, words=words)
        made_up.write_curve(point)
        made_up.write_sources(point)
    (cost,) = costs(made_up.store, 2, amortised_multiply_adds).values()
    assert cost == SECOND + DENSE + FIRST


def test_how_stages_begin_is_remembered_while_their_specifications_are_the_same(
    made_up, monkeypatch
):
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + 10)  # what was just written is settled
    store = made_up.fill(("imp", "random_mask"), seeds=1, levels=2)
    found = costs(store, 2)
    read, begun_in = [], origins._begun_in
    monkeypatch.setattr(origins, "_begun_in", lambda path: read.append(path) or begun_in(path))
    assert costs(Store(store.root), 2) == found
    assert read == []
    (point,) = [point for point in store.points() if point.method == "imp"]
    specification = store.stage(point.stages[2]).path / "spec.json"
    write_json(specification, {**read_json(specification), "start": 40})
    assert costs(Store(store.root), 2) == found
    assert {*read} == {specification}
