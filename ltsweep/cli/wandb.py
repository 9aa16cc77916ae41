"""`ltsweep wandb sync | status`: what Weights & Biases has of a store, and giving it the rest."""

import argparse
import json
import os
import sys
from collections.abc import Callable

from ltsweep.foundations.errors import RequestError, not_a_choice
from ltsweep.store.store import Store
from ltsweep.views.wandb.credentials import is_logged_in, wrong_names, wrong_variables
from ltsweep.views.wandb.deliveries import Destination, server_of
from ltsweep.views.wandb.lease import holder
from ltsweep.views.wandb.overview import overview, wanted_points
from ltsweep.views.wandb.subscriptions import Subscription

FAILED = 1
_PROJECT = "ltsweep"
_SHOWN = 10  # errors
_TURN_SECONDS = 150.0  # that another process may take to end its round


def add_wandb(add: Callable[[str, str], argparse.ArgumentParser]) -> None:
    """Adds the parsers; `add` makes one from a command's name and what it does."""
    sync = add("sync", "send all curves to Weights & Biases, offline ones too, from the records")
    sync.add_argument("--experiment", help="only the curves of this experiment")
    sync.add_argument("--project", help="default: those that launches named, or ltsweep")
    sync.add_argument("--entity", help="default: those that launches named, or your own")
    sync.set_defaults(run=_sync)
    status = add("status", "what Weights & Biases has, what it lacks, and why")
    status.add_argument("--json", action="store_true", help="JSON for scripts")
    status.set_defaults(run=_status)


def _sync(store: Store, options: argparse.Namespace) -> int:
    from ltsweep.views.splits import declared_curves
    from ltsweep.views.wandb.deliver import deliver
    from ltsweep.views.wandb.deliveries import Deliveries
    from ltsweep.views.wandb.lease import lease

    given = (("--project ", options.project), ("--entity ", options.entity))
    if wrong := [*wrong_variables(os.environ), *wrong_names(*given)]:
        raise RequestError(wrong)
    if not is_logged_in(os.environ):
        raise RequestError(
            ["wandb finds no account here; set WANDB_API_KEY, or run `wandb login`, and try again"]
        )
    is_done = True
    with lease(store, _TURN_SECONDS) as claim:
        if claim is None:
            print(f"ltsweep: {_at_work(store)}; try again when it has ended", file=sys.stderr)
            return FAILED
        for destination, points in _destinations(store, options).items():
            Subscription.of("online", destination, points).touch(store)
            curves = declared_curves(store, points)
            trouble = deliver(store, Deliveries(store, destination), "online", curves)
            is_done = is_done and not trouble
            if trouble:
                print(f"{destination.words}: {trouble}", file=sys.stderr)
            else:
                finished = sum(bool(curve.finished) for curve in curves)
                print(f"{destination.words}: has all that is finished of {finished} curves")
    return 0 if is_done else FAILED


def _status(store: Store, options: argparse.Namespace) -> None:
    server = server_of(os.environ)
    found = [overview(store, *wanted) for wanted in wanted_points(store, server).items()]
    if options.json:
        claim = holder(store)
        process = claim and {"host": claim.owner.host, "pid": claim.owner.pid}
        destinations = [one.as_plain() for one in found]
        print(json.dumps({"destinations": destinations, "process": process}, indent=1))
        return
    for one in found:
        counts = ", ".join(f"{count} {state}" for state, count in one.states.items())
        print(f"{one.destination.words}: {counts or 'no curves'}")
        for curve, error in [*one.errors.items()][:_SHOWN]:
            print(f"  {curve}: {error}")
        if len(one.errors) > _SHOWN:
            print(f"  and {len(one.errors) - _SHOWN} more; --json names all")
    if not found:
        print("no launch of this store has asked for Weights & Biases; ltsweep wandb sync sends it")
    print(_at_work(store))


def _destinations(store: Store, options: argparse.Namespace) -> dict[Destination, list[str]]:
    """Which points go where: as launches asked for, or where the options say."""
    server = server_of(os.environ)
    points = _points(store, options.experiment)
    wanted = wanted_points(store, server)
    if options.project or options.entity or not wanted:
        project = options.project or os.environ.get("WANDB_PROJECT") or _PROJECT
        entity = options.entity or os.environ.get("WANDB_ENTITY")
        return {Destination(project, entity, server): sorted(points)}
    return {there: [p for p in theirs if p in points] for there, theirs in wanted.items()}


def _points(store: Store, experiment: str | None) -> set[str]:
    points = store.points()
    known = {point.experiment for point in points if point.experiment}
    if experiment is not None and experiment not in known:
        raise RequestError([not_a_choice(f"--experiment {experiment}", experiment, sorted(known))])
    return {point.id for point in points if experiment in (None, point.experiment)}


def _at_work(store: Store) -> str:
    claim = holder(store)
    if claim is None:
        return "no process is delivering now"
    return f"process {claim.owner.pid} on {claim.owner.host} is delivering"
