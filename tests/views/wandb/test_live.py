"""One process delivers what a store has, for all launches, while they run."""

import os
import signal
import threading
import time

import psutil
import pytest

from ltsweep.foundations.files import read_json, write_json
from ltsweep.store import claims
from ltsweep.store.claims import Owner
from ltsweep.views.records import read_curves
from ltsweep.views.wandb import live, pace, process
from ltsweep.views.wandb.deliveries import OFFLINE, Deliveries, Delivery, Destination
from ltsweep.views.wandb.lease import ask_to_leave, holder, lease
from ltsweep.views.wandb.live import Leave, work
from ltsweep.views.wandb.process import DeliveryProcess
from ltsweep.views.wandb.subscriptions import Subscription, hurry, subscriptions

from ...waiting import wait_for

HERE = Destination("ltsweep")


@pytest.fixture
def quick(monkeypatch):
    """No pauses, and a short patience."""
    monkeypatch.setattr(pace, "LEAST_PAUSE", 0.0)
    monkeypatch.setattr(live, "LEAST_PAUSE", 0.0)
    monkeypatch.setattr(pace, "_SHARE", 0)
    monkeypatch.setattr(live, "_LOOK_SECONDS", 0.01)
    monkeypatch.setattr(live, "IDLE_SECONDS", 0.2)
    monkeypatch.setattr(live, "GIVE_UP_SECONDS", 0.4)


@pytest.fixture
def delivered(monkeypatch):
    """Which levels each curve had when it was given away, instead of doing that."""
    given = []

    def deliver(store, deliveries, mode, curves, *, rests):
        assert rests  # a sweep runs beside it
        for curve in deliveries.undelivered(curves, mode):
            given.append((deliveries.destination.project, [lv.number for lv in curve.finished]))
            deliveries.write(curve.id, _whole(curve))
        return ""

    monkeypatch.setattr(live, "deliver", deliver)
    monkeypatch.setattr(Deliveries, "_has_file", lambda *_: True)
    return given


def _whole(curve):
    from ltsweep.views.wandb.deliveries import with_new_levels
    from ltsweep.views.wandb.rows import digest

    return Delivery(OFFLINE, curve.id, digest(curve.config), with_new_levels(curve, ()))


def subscribed(store, *, to=HERE, mode="auto"):
    subscription = Subscription.of(mode, to, [point.id for point in store.points()])
    subscription.touch(store)
    return subscription


def test_levels_are_delivered_as_they_come_for_all_who_touch(
    made_up, quick, delivered, monkeypatch
):
    monkeypatch.setattr(live, "IDLE_SECONDS", 600.0)
    told = Leave()
    point = made_up.make_point(levels=2)
    made_up.write_curve(point, until=0)
    store = made_up.store
    first, other = subscribed(store), subscribed(store, to=Destination("other"))
    working = threading.Thread(target=work, args=(store, first.id, told))
    working.start()
    wait_for(lambda: ("ltsweep", [0]) in delivered, "level 0")
    made_up.write_level(point, 1)
    other.touch(store)
    wait_for(lambda: ("other", [0, 1]) in delivered, "the other launch's project")
    first.touch(store)
    wait_for(lambda: ("ltsweep", [0, 1]) in delivered, "level 1")
    told(signal.SIGTERM, None)
    working.join(60)
    assert delivered == [("ltsweep", [0]), ("other", [0, 1]), ("ltsweep", [0, 1])]
    assert holder(store) is None


def test_what_is_touched_as_the_lease_is_given_up_is_seen(made_up, quick, delivered, monkeypatch):
    point = made_up.make_point(levels=1)
    made_up.write_curve(point, until=0)
    store = made_up.store
    subscription = subscribed(store)
    rounds = live.Rounds.run

    def run(self):
        seen = rounds(self)
        if len(delivered) == 1:
            made_up.write_level(point, 1)
            subscription.touch(store)
        return seen

    monkeypatch.setattr(live.Rounds, "run", run)
    work(store, subscription.id, Leave())
    assert delivered == [("ltsweep", [0]), ("ltsweep", [0, 1])]


def test_a_second_process_tells_the_first_and_ends(made_up, delivered):
    store = made_up.fill(("imp",), seeds=1, levels=0)
    subscription = subscribed(store)
    before = subscriptions(store)
    with lease(store) as claim:
        assert claim is not None
        work(store, subscription.id, Leave())
    assert delivered == []
    assert subscriptions(store)[subscription.id] > before[subscription.id]


def test_it_leaves_when_another_wants_the_lease_or_it_is_told_to(made_up, delivered, monkeypatch):
    monkeypatch.setattr(live, "_LOOK_SECONDS", 0.01)
    store = made_up.fill(("imp",), seeds=1, levels=0)
    subscription, told = subscribed(store), Leave()
    for leave in (lambda: ask_to_leave(store), lambda: told(signal.SIGTERM, None)):
        working = threading.Thread(target=work, args=(store, subscription.id, told))
        working.start()
        wait_for(lambda: holder(store) is not None and delivered, "the delivery")
        leave()
        working.join(60)
        assert not working.is_alive()


def test_what_fails_is_tried_again_less_and_less_often_and_then_given_up(
    made_up, quick, monkeypatch
):
    store = made_up.fill(("imp",), seeds=1, levels=0)
    tries = []
    monkeypatch.setattr(live, "deliver", lambda *_, **__: tries.append(1) or "no network")
    work(store, subscribed(store).id, Leave())
    assert len(tries) > 1


@pytest.mark.parametrize(
    "damage",
    [{"mode": "garbage"}, {"mode": None}, {"destination": {"project": 1}}, {"points": "all"}, {}],
)
def test_a_damaged_subscription_is_in_nobodys_way(made_up, quick, delivered, damage):
    store = made_up.fill(("imp",), seeds=1, levels=0)
    other = subscribed(store, to=Destination("other"))
    path = other.path(store)
    write_json(path, {**read_json(path), **damage} if damage else {})
    work(store, subscribed(store).id, Leave())
    assert delivered == [("ltsweep", [0])]


def test_a_vanished_store_is_not_made_again(made_up, tmp_path):
    made_up.store.root.rename(tmp_path / "moved")
    work(made_up.store, "0", Leave())
    assert not made_up.store.root.exists()


class Started:
    """In place of the process: who was started, and when it was told to end."""

    def __init__(self, store, monkeypatch):
        self.count = 0
        monkeypatch.setattr(DeliveryProcess, "_start", self._start)

    def _start(self, *_):
        self.count += 1


def test_whoever_finishes_a_level_starts_a_process_where_none_holds_the_lease(made_up, monkeypatch):
    store = made_up.fill(("imp",), seeds=1, levels=0)
    started = Started(store, monkeypatch)
    delivery = DeliveryProcess(store, subscribed(store))
    delivery.wake()
    delivery.wake()  # it has been started, and will have the lease soon
    assert started.count == 1
    delivery = DeliveryProcess(store, subscribed(store))
    with lease(store) as claim:
        assert claim is not None
        delivery.wake()
        assert started.count == 1
    monkeypatch.setattr(process, "_START_SECONDS", 0.0)
    delivery.wake()
    assert started.count == 2


def test_a_short_sweep_starts_none_before_its_end(made_up, monkeypatch):
    store = made_up.fill(("imp",), seeds=1, levels=0)
    started = Started(store, monkeypatch)
    delivery = DeliveryProcess(store, subscribed(store), delay=3600)
    delivery.leave(60)  # nothing is new
    delivery.wake()
    delivery.leave(0)  # there is no time for it
    assert started.count == 0
    delivery.leave(60)
    assert started.count == 1
    delivery = DeliveryProcess(store, subscribed(store), delay=3600)
    assert delivery.wait(read_curves(store), 0.01) == "1 of 1 curves not delivered yet"
    assert started.count == 2


def test_a_process_that_was_killed_is_replaced_at_the_next_level(made_up, monkeypatch):
    store = made_up.fill(("imp",), seeds=1, levels=0)
    started = Started(store, monkeypatch)
    directory = store.leases_dir / "wandb"
    directory.mkdir(parents=True)
    dead = Owner.of_this_process("wandb")
    claims.acquire(directory, Owner(**{**vars(dead), "started": dead.started - 1000}))
    DeliveryProcess(store, subscribed(store)).wake()
    assert started.count == 1


def test_waiting_has_an_end_whatever_becomes_of_the_delivery(made_up, monkeypatch):
    store = made_up.fill(("imp",), seeds=2, levels=0)
    curves = read_curves(store)
    Started(store, monkeypatch)
    monkeypatch.setattr(process, "_LOOK_SECONDS", 0.01)
    delivery = DeliveryProcess(store, subscribed(store))
    assert delivery.wait(curves, 0.05) == "2 of 2 curves not delivered yet"
    deliveries = Deliveries(store, HERE)

    def fail():
        for curve in curves:
            deliveries.fail(curve.id, "no network")

    threading.Timer(0.2, fail).start()
    began = time.monotonic()
    assert delivery.wait(curves, 60) == "2 of 2 curves not delivered: no network"
    assert time.monotonic() - began < 30
    monkeypatch.setattr(Deliveries, "_has_file", lambda *_: True)
    for curve in curves:
        deliveries.write(curve.id, _whole(curve))
    assert delivery.wait(curves, 60) == ""


def test_a_file_in_the_place_of_its_directory_costs_a_line(made_up, monkeypatch):
    store = made_up.fill(("imp",), seeds=1, levels=0)
    Started(store, monkeypatch)
    (store.root / "wandb").write_text("not mine")
    delivery = DeliveryProcess(store, Subscription.of("auto", HERE, []))
    delivery.wake()
    left = delivery.wait(read_curves(store), 60)
    assert left.startswith("1 curves not delivered: ") and f"{store.root}/wandb" in left


def test_the_whole_process_delivers_and_ends_when_it_is_told(made_up, monkeypatch):
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    store = made_up.fill(("imp",), seeds=1, levels=0)
    delivery = DeliveryProcess(store, subscribed(store))
    assert delivery.wait(read_curves(store), 200) == ""
    delivery.leave(200)
    assert holder(store) is None
    assert (store.root / "wandb" / "delivery.log").read_text() == ""


def test_a_killed_process_takes_its_client_along_and_the_next_goes_on(made_up, account):
    store = made_up.fill(("imp",), seeds=1, levels=0)
    account.hangs.set()
    delivery = DeliveryProcess(store, subscribed(store))
    hurry(store)
    delivery.wake()
    progress = store.root / "wandb" / "unfinished" / "progress"
    wait_for(lambda: progress.exists() and "begin" in progress.read_text(), "the delivery")
    (client,) = psutil.Process(holder(store).owner.pid).children()
    os.kill(holder(store).owner.pid, signal.SIGKILL)
    delivery.leave(0)
    wait_for(lambda: not client.is_running(), "end of the client")
    account.hangs.clear()
    (curve,) = read_curves(store)
    second = DeliveryProcess(store, subscribed(store))
    assert second.wait([curve], 200) == ""
    second.leave(200)
    assert account.levels(curve.id) == [0]
