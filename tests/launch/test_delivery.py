"""Workers say when a level is finished, so that it is delivered to W&B while others train."""

import time

import pytest

from ltsweep.config.settings import Logger
from ltsweep.launch.delivery import as_wandb_reads, delivery_process, last_seconds
from ltsweep.store.store import Store
from ltsweep.views.wandb.process import DeliveryProcess
from ltsweep.views.wandb.subscriptions import read_subscription, subscriptions

from ..sweeps_here import train

LOGGER = Logger(name="wandb", mode="auto", project="ltsweep", entity=None)
NAMES = ("WANDB_MODE", "WANDB_PROJECT", "WANDB_ENTITY", "WANDB_BASE_URL")


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch):
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


def test_a_level_is_told_of_when_it_is_finished_with_what_was_asked_for_at_the_launch(
    tmp_path, monkeypatch
):
    finished = []

    def wake(self):
        self._subscription.touch(self._store)
        finished.append(len([*self._store.stages_dir.glob("*/DONE")]))

    monkeypatch.setattr(DeliveryProcess, "wake", wake)
    monkeypatch.setenv("WANDB_PROJECT", "mine")
    made, _ = train(tmp_path, "logger=wandb", "method=imp", "seed=0")
    assert finished == [1, 2, 3]
    (name,) = subscriptions(made.store)
    subscription = read_subscription(made.store, name)
    assert (subscription.destination.project, subscription.mode) == ("mine", "auto")
    assert subscription.points == tuple(made.point_ids)


def test_wandbs_variables_count_where_a_launch_is_submitted():
    variables = {"WANDB_MODE": "offline", "WANDB_PROJECT": "mine", "WANDB_ENTITY": "us"}
    found = as_wandb_reads(LOGGER, variables)
    assert (found.mode, found.project, found.entity) == ("offline", "mine", "us")
    assert as_wandb_reads(LOGGER, {}) == LOGGER


def test_a_disabled_logger_starts_nothing(tmp_path):
    off = LOGGER.model_copy(update={"mode": "disabled"})
    assert delivery_process(off, Store(tmp_path), ["a"]) is None


def test_the_first_delivery_comes_after_the_delay(tmp_path):
    began = time.monotonic()
    logger = LOGGER.model_copy(update={"delay_seconds": 3600})
    process = delivery_process(logger, Store(tmp_path), ["a"])
    assert process._not_before - began >= 3600


def test_deliveries_may_take_a_small_share_of_what_was_trained():
    assert last_seconds(3600, least=1) == 72
    assert last_seconds(10, least=1) == 1
