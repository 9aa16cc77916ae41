"""The engine: submits a plan, waits for its stages, and says how they ended. No Hydra here."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ltsweep.config.clusters import Debug, Local, Slurm
from ltsweep.config.settings import RunConfig
from ltsweep.foundations.errors import RequestError
from ltsweep.launch.delivery import as_wandb_reads
from ltsweep.launch.launch import Launch, new_launch_id
from ltsweep.launch.local.debug import run_here
from ltsweep.launch.local.workers import import_path, run_local
from ltsweep.launch.names import stage_names
from ltsweep.launch.outcome import Outcome
from ltsweep.launch.own_components import own_components
from ltsweep.launch.pending import Pending
from ltsweep.launch.settings import make_settings
from ltsweep.launch.slurm.resources import resources_by_stage
from ltsweep.launch.slurm.shares import Sharing
from ltsweep.launch.slurm.submit import Queued, run_slurm
from ltsweep.launch.state import LaunchState
from ltsweep.launch.under_way import describe, under_way
from ltsweep.plan.overlaps import count_overlaps
from ltsweep.plan.plan import Plan
from ltsweep.plan.stage import PlannedStage
from ltsweep.plan.yardsticks import fit_yardsticks
from ltsweep.store.point_record import PointRecord
from ltsweep.store.store import Store
from ltsweep.store.tickets import keep_ticket

Say = Callable[[str], None]


@dataclass(frozen=True)
class Selection:
    """What the user asked for: a plan, how to run it, and the name its report goes by.

    `search_path` has the folders of parts, beside conf/, that its points were composed from; `size`
    is the one that was chosen for the experiment, if it has sizes.
    """

    plan: Plan
    run: RunConfig
    name: str
    experiment: str | None
    search_path: tuple[str, ...] = ()
    size: str | None = None

    @property
    def store(self) -> Store:
        """The store of this selection, its path made absolute."""
        return Store(self.run.store.expanduser().absolute())

    @property
    def point_ids(self) -> list[str]:
        """Ids of the points, in the order of the plan."""
        return [point.id for point in self.plan.points]

    @cached_property
    def records(self) -> list[PointRecord]:
        """The points as the store has them, in the order of the plan."""
        return [point.record(self.experiment) for point in self.plan.points]


def prepare_store(selection: Selection) -> None:
    """Creates the store. RequestError if that is not possible."""
    try:
        selection.store.create()
    except OSError as error:
        place = f" at {error.filename}" if error.filename is not None else ""
        reason = f"{error.strerror or error}{place}"
        raise RequestError(
            [f"the store {selection.store.root} cannot be written: {reason}; choose store=DIR"]
        ) from error


def write_points(selection: Selection, *, is_submitted: bool = True) -> None:
    """Writes down the points, with what is told of their data.

    That is what sources and targets have in common, and linear classifiers of the same inputs.
    """
    for record in selection.records:
        selection.store.write_point(record, is_submitted=is_submitted)
    data_dir = selection.run.data_dir.expanduser().absolute()
    count_overlaps(selection.plan.pairs, selection.store, data_dir)
    fit_yardsticks(selection.plan.yardsticks, selection.store, data_dir)


def submit(selection: Selection, pending: Pending, say: Say) -> Outcome | Queued:
    """Trains the pending stages. `Queued` if jobs train them and nobody waits for these jobs.

    RequestError where the file of a ticket was changed since it was planned with.
    """
    store = selection.store
    for digest, path in selection.plan.tickets.items():
        keep_ticket(store, path, digest)
    write_points(selection)
    for component in own_components({**selection.plan.stages, **pending.stages}.values()):
        say(f"runs code of yours: {component}")
    _report_damage(pending, say)
    pending.reopen_damaged(store)
    _restore_specifications(selection, pending)
    for key in pending.stages:
        store.stage(key).forget_failure()
    launch = freeze(selection, pending)
    state = LaunchState(launch, store)
    state.refresh()
    interrupted = False
    if not state.is_finished():
        launch.save()
        wait = _waits(selection.run)
        started = _start(selection, launch, state, say, wait=wait)
        if isinstance(started, Queued):
            return started
        if not wait:
            return Queued(refused=0)
        interrupted = started
    state.refresh()
    return _outcome(selection, state, interrupted)


def _waits(run: RunConfig) -> bool:
    match run.cluster:
        case Debug():
            return True
        case Slurm():
            return run.wait is True
        case Local():
            return run.wait is not False


def _start(
    selection: Selection, launch: Launch, state: LaunchState, say: Say, *, wait: bool
) -> Queued | bool:
    """Starts the jobs and, if `wait`, waits for them. True if the waiting was interrupted."""
    to_train = f"{len(launch.pending)} of {len(selection.plan.stages)} stages to train"
    run = selection.run
    if isinstance(run.cluster, Slurm):
        say(to_train)
        curves = [point.stages for point in selection.plan.points]
        how = make_sharing(selection, run.cluster, state.stages)
        return run_slurm(launch, state, curves, how, say, wait=wait)
    say(f"{to_train} in {launch.settings.jobs} jobs; logs in {launch.logs}")
    if others := under_way(launch.pending, launch.store):
        say(f"{describe(others)}; this launch waits for them")
    if isinstance(run.cluster, Local):
        return run_local(launch, state, run.cluster, say, wait=wait)
    return run_here(launch, state, say)


def make_sharing(
    selection: Selection, cluster: Slurm, stages: Mapping[str, PlannedStage]
) -> Sharing:
    """How to spread these stages over the cluster's jobs."""
    resources = resources_by_stage(cluster, stages)
    return Sharing(selection.run.jobs, cluster.levels_per_job, resources)


def disk_full_message(store: Path) -> str:
    """What to tell the user when the disk is full."""
    return (
        f"no space is left for the store {store}; everything finished is kept: free some space "
        "and run the same command again"
    )


def freeze(selection: Selection, pending: Pending) -> Launch:
    """A selection and its pending stages as a launch: all that workers need to know."""
    stages = {**selection.plan.stages, **pending.stages}
    needed = selection.plan.ancestry(key for key in pending.stages if key in selection.plan.stages)
    data_dir = selection.run.data_dir.expanduser().absolute()
    logger = as_wandb_reads(selection.run.logger, os.environ)
    places = {"store": selection.store.root, "data_dir": data_dir, "logger": logger}
    return Launch(
        id=new_launch_id(),
        name=selection.name,
        experiment=selection.experiment,
        run=selection.run.model_copy(update=places),
        import_path=import_path(),
        search_path=selection.search_path,
        settings=make_settings(selection.run, len(pending.stages)),
        points=tuple(selection.point_ids),
        pending=tuple(pending.stages),
        stages=tuple(stages[key] for key in stages if key in needed or key in pending.stages),
    )


def _restore_specifications(selection: Selection, pending: Pending) -> None:
    """Writes down anew what stages are that have been begun, where that is gone or damaged."""
    stages = {**selection.plan.stages, **pending.stages}
    for key in stages.keys() & selection.store.keys():
        selection.store.stage(key).create(stages[key].spec.model_dump(mode="json"))


def _report_damage(pending: Pending, say: Say) -> None:
    for key, reason in pending.reopen.items():
        say(f"stage {key} is trained again: {reason}")


def _outcome(selection: Selection, state: LaunchState, interrupted: bool) -> Outcome:
    untrained = state.failed or state.blocked or state.diverged
    return Outcome.of(state, _names(selection) if untrained else {}, interrupted=interrupted)


def _names(selection: Selection) -> dict[str, str]:
    """For each stage, by key, its name in words with its key."""
    names = stage_names(selection.records, selection.plan.stages)
    return {key: f"{name} ({key})" for key, name in names.items()}
