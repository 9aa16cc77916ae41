"""How far W&B is: what each destination has of the curves that it shall have."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ltsweep.store.store import Store
from ltsweep.views.records import Curve
from ltsweep.views.splits import declared_curves
from ltsweep.views.wandb.deliveries import Deliveries, Destination
from ltsweep.views.wandb.subscriptions import read_subscription, subscriptions

# In the order in which they are told. A curve that is "waiting" has a level that was not sent yet;
# an "unsynced" one was sent or tried, and not confirmed.
STATES = ("synced", "offline", "waiting", "unsynced", "unfinished")


@dataclass(frozen=True)
class Overview:
    """The curves of one destination: how many are in each state, and what went wrong with some."""

    destination: Destination
    states: Mapping[str, int]
    errors: Mapping[str, str]

    def as_plain(self) -> dict[str, Any]:
        """The same for scripts."""
        return {
            "entity": self.destination.entity,
            "project": self.destination.project,
            "server": self.destination.server or None,
            "states": dict(self.states),
            "errors": dict(self.errors),
        }


def wanted_points(store: Store, server: str) -> dict[Destination, list[str]]:
    """Which points each destination on this server shall have, by what launches asked for."""
    wanted: dict[Destination, set[str]] = defaultdict(set)
    for name in subscriptions(store):
        subscription = read_subscription(store, name)
        if subscription is not None:
            there = replace(subscription.destination, server=server)
            wanted[there].update(subscription.points)
    known = {path.stem for path in store.points_dir.glob("*.json")}
    return {there: sorted(points & known) for there, points in wanted.items()}


def overview(store: Store, destination: Destination, points: list[str]) -> Overview:
    """What one destination has of these points."""
    deliveries = Deliveries(store, destination)
    states: Counter[str] = Counter()
    errors = {}
    for curve in declared_curves(store, points):
        state, error = _state(deliveries, curve)
        states[state] += 1
        if error:
            errors[curve.id] = error
    counts = {state: states[state] for state in STATES if states[state]}
    return Overview(destination, counts, errors)


def _state(deliveries: Deliveries, curve: Curve) -> tuple[str, str]:
    if not curve.finished:
        return "unfinished", ""
    known = deliveries.read(curve.id)
    if deliveries.is_delivered(curve, "auto") and known is not None:
        return known.state, known.error
    if known is not None and known.error:
        return "unsynced", known.error
    return "waiting", ""
