"""What `ltsweep forget` chooses of made-up stores, and that it leaves a launch at work alone."""

import os
import socket
import time

import pytest

from ltsweep.foundations.errors import RequestError
from ltsweep.steer.forget import failed, older, to_discard
from ltsweep.steer.needs import Needs
from ltsweep.steer.selectors import choose
from ltsweep.store.overlap import Overlap
from ltsweep.store.yardsticks import Yardsticks
from ltsweep.views.wandb.deliveries import Deliveries, Destination

from .conftest import MadeUpLaunch

DAY = 86400.0


def test_curves_that_wait_for_a_failed_stage_of_another_have_failed_too(
    made_up: MadeUpLaunch,
) -> None:
    made_up.done("imp", 0)
    made_up.done("random_reinit", 1)
    assert failed(made_up.store).points == []
    made_up.failed("imp", 1)
    assert {point.method for point in failed(made_up.store).points} == {"imp", "random_reinit"}


def test_a_curve_is_as_old_as_what_was_written_of_it_last(made_up: MadeUpLaunch) -> None:
    for level in range(2):
        made_up.done("imp", level)
    for path in made_up.store.root.rglob("*"):
        os.utime(path, (time.time() - 40 * DAY,) * 2)
    assert len(older(made_up.store, 30 * DAY).points) == 2
    os.utime(made_up.stage("imp", 1).records_path)
    assert [point.method for point in older(made_up.store, 30 * DAY).points] == ["random_reinit"]
    assert older(made_up.store, 50 * DAY).points == []


def test_nothing_goes_while_a_launch_is_at_work(made_up: MadeUpLaunch) -> None:
    """Its worker has claimed nothing yet."""
    made_up.worker("", pid=os.getpid(), host=socket.gethostname())
    with pytest.raises(RequestError) as refused:
        to_discard(choose(made_up.store, ["all"]))
    assert refused.value.problems == [
        f"launch {made_up.launch.id} is at work on store {made_up.store.root}; ltsweep cancel "
        "stops it"
    ]


def test_files_that_only_a_curve_has_go_with_it(
    made_up: MadeUpLaunch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both curves have an overlap and a ticket in common, and a yardstick and a ticket each."""
    store = made_up.store
    one, other = store.points()
    for point in (one, other):
        store.write_point(point.model_copy(update={"overlap": "shared", "yardsticks": point.id}))
        Yardsticks(classifiers=()).save(store, point.id)
        Deliveries(store, Destination("tickets")).fail(point.id, "no network")
    Overlap(duplicates=0, test_images=1, training_images=2).save(store, "shared")
    store.tickets_dir.mkdir()
    shared, own = "a" * 64, "b" * 64
    for digest in (shared, own):
        store.ticket(digest).touch()
    for level in range(4):
        made_up.stage(one.method, level)
        made_up.stage(other.method, level)
    last = made_up.key(one.method, 3)
    monkeypatch.setattr(Needs, "tickets", lambda _, keys: {shared, *([own] * (last in keys))})
    going = to_discard(choose(store, [one.id]))
    assert {path.relative_to(store.root).parts[0]: path.stem for path in going.files} == {
        "points": one.id, "wandb": one.id, "tickets": own, "yardsticks": one.id
    }  # fmt: skip
    assert len(going.files) == 4


def test_a_launch_goes_with_the_last_of_its_curves(made_up: MadeUpLaunch) -> None:
    one, other = made_up.store.points()
    assert to_discard(choose(made_up.store, [one.id])).launches == []
    directory = made_up.launch.directory
    assert to_discard(choose(made_up.store, [one.id, other.id])).launches == [directory]
