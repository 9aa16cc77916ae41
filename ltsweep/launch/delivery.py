"""What a launch has delivered to Weights & Biases while it runs."""

import os
from collections.abc import Iterable, Mapping

from ltsweep.config.settings import Logger
from ltsweep.store.store import Store
from ltsweep.views.wandb.credentials import wanted_mode
from ltsweep.views.wandb.deliveries import Destination, server_of
from ltsweep.views.wandb.process import DeliveryProcess
from ltsweep.views.wandb.subscriptions import Subscription

_SHARE = 0.02


def last_seconds(took: float, least: float) -> float:
    """How long what took so many seconds may wait for its last deliveries: a small share of it."""
    return max(least, _SHARE * took)


def as_wandb_reads(logger: Logger, environment: Mapping[str, str]) -> Logger:
    """The logger that is meant where wandb's own variables are set, which go before.

    They may be set where a launch is submitted and not where its jobs run.
    """
    destination = Destination.of(environment, logger.project, logger.entity)
    return logger.model_copy(
        update={
            "mode": wanted_mode(environment, logger.mode),
            "project": destination.project,
            "entity": destination.entity,
        }
    )


def delivery_process(logger: Logger, store: Store, points: Iterable[str]) -> DeliveryProcess | None:
    """Has these curves delivered as the logger says; None if it says that none shall be."""
    if logger.mode == "disabled":
        return None
    destination = Destination(logger.project, logger.entity, server_of(os.environ))
    subscription = Subscription.of(logger.mode, destination, points)
    return DeliveryProcess(store, subscription, logger.delay_seconds)
