"""Submits what a launch left undone once more, from its frozen specifications and settings."""

import sys
from collections.abc import Iterable, Mapping

from ltsweep.config.parse import without
from ltsweep.config.settings import PointConfig
from ltsweep.foundations.errors import RequestError, listed
from ltsweep.foundations.files import DamagedFile
from ltsweep.launch.engine import Selection
from ltsweep.launch.launch import ForeignLaunch, Launch
from ltsweep.launch.pending import Pending, find_pending
from ltsweep.plan.plan import Plan, Point
from ltsweep.plan.stage import PlannedStage
from ltsweep.steer.cancel import at_work, some
from ltsweep.steer.launches import StoredLaunch
from ltsweep.steer.selectors import Chosen, choose_points, why_no_launch
from ltsweep.steer.sources import changed_sources, import_path, unusable_components
from ltsweep.steer.stage_states import Stages
from ltsweep.store.point_record import SOURCE_ALONE, PointRecord

_AGAIN = "run its launch.py command again (ltsweep show CURVE prints that of a curve)"


def prepare_retry(chosen: Chosen) -> tuple[Selection, Pending]:
    """What to submit. RequestError where nothing is missing, or all of it is being worked on."""
    chosen = _unfinished(chosen)
    stored = _only(chosen)
    if changed := [*changed_sources(stored)]:
        raise RequestError([f"{sentence}; {_AGAIN}" for sentence in changed])
    sys.path += [folder for folder in import_path(stored) if folder not in sys.path]
    if unusable := [*unusable_components(stored)]:
        raise RequestError([f"{sentence}; {_AGAIN}" for sentence in unusable])
    launch = _load(stored)
    selection = _selection(chosen, launch, stored)
    pending = find_pending(selection.plan, selection.store)
    return selection, what_to_retry(pending, chosen)


def what_to_retry(pending: Pending, chosen: Chosen) -> Pending:
    """What is missing, or while its launch is at work, what that will not do any more.

    RequestError where there is nothing of it.
    """
    if not pending.stages:
        raise RequestError([f"nothing to retry: all stages of {chosen.words} are done"])
    stages = Stages.of(chosen)
    workers = [at for launch in chosen.launches for at in at_work(chosen, launch)]
    states = {key: stages.state(key).state for key in pending.stages}
    given_up = {"damaged", "failed", "blocked", "lost"}
    under_way = {"running", "queued", "unknown"}
    lost = [
        key
        for key, state in states.items()
        if key in pending.reopen  # which counts as done to whoever is at work
        or (state in given_up if workers else state not in under_way)
    ]
    if not lost and stages.unknown_jobs():
        raise RequestError(
            [
                f"whether jobs still work on what is missing of {chosen.words} is not known: "
                f"{stages.slurm.silence}; try again when Slurm answers"
            ]
        )
    if not lost:
        where = some(workers) or "processes of another launch"
        raise RequestError(
            [f"nothing to retry: {where} still at work on what is missing of {chosen.words}"]
        )
    found = _with_missing_parents(lost, pending.stages)
    return Pending(
        {key: stage for key, stage in pending.stages.items() if key in found},
        {key: reason for key, reason in pending.reopen.items() if key in found},
    )


def _with_missing_parents(keys: Iterable[str], missing: Mapping[str, PlannedStage]) -> set[str]:
    found: set[str] = set()
    waiting = list(keys)
    while waiting:
        key = waiting.pop()
        if key in missing and key not in found:
            found.add(key)
            waiting.extend(missing[key].spec.parents)
    return found


def _unfinished(chosen: Chosen) -> Chosen:
    """Of curves that several launches brought, those that are not done: one launch may be left."""
    if len(chosen.launches) == 1:
        return chosen
    stages = Stages.of(chosen)
    left = [
        point.id
        for point in chosen.points
        if any(stages.state(key).state not in ("done", "diverged") for key in point.stages)
    ]
    if chosen.points and not left:
        raise RequestError([f"nothing to retry: all stages of {chosen.words} are done"])
    return choose_points(chosen.store, left, chosen.words, chosen.stages)


def _only(chosen: Chosen) -> StoredLaunch:
    if not chosen.launches:
        reason = why_no_launch(chosen.store, chosen.words)
        raise RequestError([f"nothing to retry: {reason}; {_AGAIN}"])
    if len(chosen.launches) > 1:
        ids = [launch.id for launch in chosen.launches]
        raise RequestError(
            [f"{chosen.words} was submitted by several launches; name one: {listed(ids, 'or')}"]
        )
    return chosen.launches[0]


def _load(launch: StoredLaunch) -> Launch:
    """The frozen launch. RequestError where its specifications do not mean today what they did."""
    try:
        frozen = Launch.load(launch.directory)
    except ForeignLaunch as error:
        raise _of_another_version(launch) from error
    except DamagedFile as error:
        raise RequestError([f"{error}; {_AGAIN}"]) from error
    if not {stage.key for stage in frozen.stages}.issuperset(frozen.pending):
        raise _of_another_version(launch)
    return frozen


def _of_another_version(launch: StoredLaunch) -> RequestError:
    return RequestError(
        [f"launch {launch.id} was submitted by another version of ltsweep; {_AGAIN}"]
    )


def _selection(chosen: Chosen, launch: Launch, stored: StoredLaunch) -> Selection:
    plan = Plan(points=[_point(record, stored) for record in chosen.points])
    stages = {stage.key: stage for stage in launch.stages}
    needed = [key for point in chosen.points for key in point.stages]
    if chosen.stages is not None:
        needed = [key for key in needed if key in chosen.stages]
    wanted = _with_missing_parents(needed, stages)
    plan.stages = {key: stage for key, stage in stages.items() if key in wanted}
    return Selection(
        plan=plan,
        run=launch.run,
        name=launch.name,
        experiment=launch.experiment,
        search_path=launch.search_path,
    )


def _point(record: PointRecord, launch: StoredLaunch) -> Point:
    if record.reset_step is None and record.ticket is None:
        raise _of_another_version(launch)
    raw = {**record.config, "report": record.report.stored()}
    of_sources = frozenset(SOURCE_ALONE if record.ticket is not None else ())
    return Point(
        id=record.id,
        cell=record.cell,
        config=without(PointConfig, raw, of_sources),
        reset_step=record.reset_step,
        stages=record.stages,
        dense=record.dense,
        ticket=record.ticket,
        overlap=record.overlap,
    )
