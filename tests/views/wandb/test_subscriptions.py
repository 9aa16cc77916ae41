"""What W&B shall have is written down once, and again where its file is damaged."""

import os

import pytest

from ltsweep.foundations.notices import warn_once
from ltsweep.views.wandb.deliveries import Destination
from ltsweep.views.wandb.subscriptions import Subscription, read_subscription, subscriptions

WANTED = Subscription.of("online", Destination("tickets", "us"), ["b", "a"])


@pytest.fixture
def path(made_up):
    """The file of the subscription, which a worker has touched."""
    warn_once.cache_clear()
    WANTED.touch(made_up.store)
    return WANTED.path(made_up.store)


def directory(path):
    path.unlink()
    path.mkdir()


def pipe(path):
    path.unlink()
    os.mkfifo(path)


DAMAGES = [
    lambda path: path.write_bytes(b""),
    lambda path: path.write_bytes(path.read_bytes()[:40]),
    lambda path: path.write_bytes(b"{}"),
    lambda path: path.write_bytes(path.read_bytes().replace(b"tickets", b"tackets")),
    directory,
    pipe,
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_one_is_told_and_written_anew_by_who_has_something_for_it(
    made_up, path, damage, caplog
):
    damage(path)
    assert read_subscription(made_up.store, WANTED.id) is None
    assert caplog.messages[0].startswith(f"a subscription is left out: {path} ")
    WANTED.touch(made_up.store)
    assert read_subscription(made_up.store, WANTED.id) == WANTED


def test_a_whole_one_is_only_touched(made_up, path):
    before, (at,) = path.stat().st_ino, subscriptions(made_up.store).values()
    WANTED.touch(made_up.store)
    assert path.stat().st_ino == before
    assert subscriptions(made_up.store)[WANTED.id] > at


def test_one_that_is_gone_is_no_damage(made_up, path, caplog):
    path.unlink()
    assert read_subscription(made_up.store, WANTED.id) is None
    assert caplog.messages == []
