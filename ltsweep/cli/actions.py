"""What one command does from composed configurations to exit code: plan, submit, status, ..."""

import os
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from math import nan
from pathlib import Path
from typing import Any

from ltsweep.cli.compared import missing_contrasts
from ltsweep.cli.examine import examine, unfit_store
from ltsweep.cli.tunable import untunable
from ltsweep.config.sentences import show
from ltsweep.foundations.collector import uncollected
from ltsweep.foundations.errors import RequestError
from ltsweep.foundations.files import is_disk_full, place_of
from ltsweep.launch.declare import declare
from ltsweep.launch.delivery import as_wandb_reads, delivery_process, last_seconds
from ltsweep.launch.engine import (
    Selection,
    disk_full_message,
    prepare_store,
    submit,
    write_points,
)
from ltsweep.launch.outcome import Outcome
from ltsweep.launch.pending import Pending, find_pending
from ltsweep.launch.seeds import about_seeds
from ltsweep.launch.slurm.submit import Queued
from ltsweep.launch.summary import summarize, write_plan
from ltsweep.launch.under_way import describe, under_way
from ltsweep.plan.points import make_plan
from ltsweep.steer.commands import cancel, logs, status
from ltsweep.steer.parts import folders_of
from ltsweep.steer.retry import prepare_retry, what_to_retry
from ltsweep.steer.selectors import Chosen, choose_points, why_no_launch
from ltsweep.store.store import Store
from ltsweep.views.shown import of_selection, selection_name
from ltsweep.views.splits import declared_curves
from ltsweep.views.wandb.credentials import unusable

DONE, FAILED, WRONG_REQUEST = 0, 1, 2
_BEFORE_JOBS = ("plan", "submit")  # other actions take a part of what is compared, too
_A_SECOND = 1e13  # multiply-adds that a GPU may reach: a guess, as long as there are no records
_LEAST_SECONDS = 1.0  # that a sweep waits for its last deliveries, which then go on without it
REPORT_SECONDS = 60.0  # the same, of a report


def perform(
    configs: Sequence[Mapping[str, Any]],
    experiment: str | None,
    notices: Sequence[str] = (),
    search_path: Sequence[str] = (),
    size: str | None = None,
) -> int:
    """Runs a request and returns the exit code: 0 done, 1 a stage failed, 2 a wrong request.

    `notices` are told with those of the plan; `search_path` has the folders of parts, beside conf/,
    that the configurations come from; `size` is the one that was chosen for the experiment.
    """
    try:
        selection = _select(configs, experiment)
        selection = replace(selection, search_path=tuple(search_path), size=size)
        selection.plan.notices += notices
        return _ACTIONS[selection.run.action](selection)
    except RequestError as error:
        error.tell()
        return WRONG_REQUEST
    except OSError as error:
        store = Path(str(configs[0].get("store", "store"))).expanduser().absolute()
        if is_disk_full(error):
            print(f"ltsweep: {disk_full_message(store)}", file=sys.stderr)
        elif (place := place_of(error)) is not None and place.is_relative_to(store):
            print(f"ltsweep: {place}: {error.strerror}", file=sys.stderr)
        else:
            raise
        return FAILED


def find_problems(configs: Sequence[Mapping[str, Any]], doubtful: Collection[str]) -> list[str]:
    """What else is wrong with a request whose sections in `doubtful` are known to be wrong."""
    return examine(configs, doubtful)[0].problems


def deepest_accuracies(configs: Sequence[Mapping[str, Any]]) -> list[float]:
    """Validation accuracies of configurations that were run, at their deepest levels.

    NaN where a ladder diverged before that level.
    """
    request, find_facts = examine(configs)
    assert find_facts is not None
    store = Store(request.run.store.expanduser().absolute())
    found = []
    for config in request.points:
        (point,) = make_plan([config], find_facts).points
        end = store.stage(point.stages[-1]).end()
        found.append(nan if end is None or end.val_accuracy is None else end.val_accuracy)
    return found


@uncollected()
def _select(configs: Sequence[Mapping[str, Any]], experiment: str | None) -> Selection:
    request, find_facts = examine(configs)
    if request.problems or find_facts is None:
        raise RequestError(request.problems)
    plan = make_plan(request.points, find_facts)
    problems = [*untunable(plan.points), *missing_contrasts(plan.points)]
    if request.run.action in _BEFORE_JOBS and problems:
        raise RequestError(problems)
    plan.notices += request.notices
    name = experiment or selection_name(point.id for point in plan.points)
    return Selection(plan=plan, run=request.run, name=name, experiment=experiment)


@uncollected()
def _plan(selection: Selection) -> int:
    prepare_store(selection)
    pending = find_pending(selection.plan, selection.store)
    summary = summarize(selection, pending)
    path = write_plan(selection, summary)
    saved = summary["trainings_without_sharing"] - summary["stages"]
    print(
        f"{summary['points']} points need {summary['stages']} unique stages\n"
        f"{summary['trainings']} trainings to run "
        f"({summary['stages'] - summary['trainings']} already done)\n"
        f"{summary['trainings_without_sharing']} trainings without sharing: {saved} saved"
    )
    if others := under_way(pending.stages, selection.store):
        print(describe(others))
    for resource in summary["resources"]:
        asks = "".join(f", {name}={show(value)}" for name, value in resource["asks"].items())
        print(
            f"cluster={resource['cluster']}, {resource['device']}{asks}: {resource['trainings']} "
            f"trainings in {resource['packs']} packs, {resource['jobs']} jobs"
        )
    print(f"device-hours: {_device_hours(summary)}")
    for line in summary["published"]:
        print(f"expected: {line}")
    if told := about_seeds(selection):
        print(f"seeds: {told}")
    print(f"plan: {path}")
    for description in summary["own_models"]:
        print(description)
    for notice in summary["notices"]:
        print(f"note: {notice}")
    return DONE


def _device_hours(summary: Mapping[str, Any]) -> str:
    hours, covered, trainings = (
        summary[name] for name in ("device_hours", "device_hours_cover", "trainings")
    )
    if hours is None:
        unknown, work = "unknown, no record of a like stage yet", summary["multiply_adds"]
        if work is None:
            return unknown
        guess = f"{work / _A_SECOND / 3600:.2g} hours at 1e13 a second"
        return f"{unknown}; {work:.2g} multiply-adds as if dense, {guess}"
    some = f" for {covered} of {trainings} trainings, no record like the others"
    return f"about {hours:.2g}" + (some if covered < trainings else "")


def _submit(selection: Selection) -> int:
    prepare_store(selection)
    with uncollected():
        pending = find_pending(selection.plan, selection.store)
        summary = summarize(selection, pending)
    write_plan(selection, summary)
    for notice in summary["notices"]:
        print(f"note: {notice}")
    declare(selection, _files_of_experiment(selection))
    return _train(selection, pending)


def _files_of_experiment(selection: Selection) -> Iterator[Path]:
    """The experiment's file and, if it has sizes, that of its size, in the folders of parts."""
    size = selection.size
    name = (selection.experiment or "").removesuffix(f"-{size}")
    for file in (f"{name}.yaml", *([f"{name}/{size}.yaml"] if size else [])):
        folders = folders_of(selection.search_path).values()
        paths = (folder / "experiment" / file for folder in folders)
        yield from [path for path in paths if path.is_file()][:1]


def retry(chosen: Chosen) -> int:
    """Submits what a launch left undone again, as it was submitted; the exit code of that."""
    selection, pending = prepare_retry(chosen)
    run = selection.run
    if problems := [*unusable(os.environ, run.logger.mode), *unfit_store(run)]:
        raise RequestError(problems)
    return _train(selection, pending)


def _train(selection: Selection, pending: Pending) -> int:
    began = time.monotonic()
    outcome = submit(selection, pending, _say)
    if isinstance(outcome, Queued):
        return outcome.exit_code
    _tell(outcome, selection.store)
    if not outcome.interrupted:
        _make_views(selection, last_seconds(time.monotonic() - began, _LEAST_SECONDS))
    return outcome.exit_code


def _retry(selection: Selection) -> int:
    pending = find_pending(selection.plan, selection.store)
    return _train(selection, what_to_retry(pending, _chosen(selection)))


def _status(selection: Selection) -> int:
    return status(_chosen(selection))


def _logs(selection: Selection) -> int:
    return logs(_chosen(selection))


def _cancel(selection: Selection) -> int:
    return cancel(_chosen(selection))


def _chosen(selection: Selection) -> Chosen:
    """The selection as the store has it. RequestError where no launch has any of it."""
    chosen = choose_points(selection.store, selection.point_ids, selection.name)
    if not chosen.launches:
        points = f"any of these {len(selection.point_ids)} points"
        reason = why_no_launch(selection.store, points)
        raise RequestError([f"{reason}; action=submit submits them"])
    return chosen


def _refuse_unknown(selection: Selection) -> None:
    """RequestError where no launch ever had any of these points, and no stage of them was begun."""
    begun = selection.store.keys()
    if begun.isdisjoint(key for point in selection.plan.points for key in point.stages):
        _chosen(selection)


def _report(selection: Selection) -> int:
    _refuse_unknown(selection)
    prepare_store(selection)
    write_points(selection, is_submitted=False)
    _make_views(selection, REPORT_SECONDS)
    return DONE


def _make_views(selection: Selection, delivery_seconds: float) -> None:
    from ltsweep.views.report import make_and_print_report

    records = selection.records
    shown = of_selection(selection.store, selection.experiment, records, records[0].report)
    directory = make_and_print_report(selection.store, shown)
    _wait_for_delivery(selection, delivery_seconds)
    print(f"report: {directory}")
    print(f"dashboard: {directory / 'dashboard.html'}")


def _wait_for_delivery(selection: Selection, seconds: float) -> None:
    """Gives W&B what it lacks, in a process of its own: no logger can stop or slow anything."""
    store = selection.store
    logger = as_wandb_reads(selection.run.logger, os.environ)
    process = delivery_process(logger, store, selection.point_ids)
    if process is None:
        return
    if left := process.wait(declared_curves(store, selection.point_ids), seconds):
        how = f"a process of its own goes on; ltsweep wandb status --store {store.root} tells more"
        print(f"W&B: {' '.join(left.split())}; {how}", file=sys.stderr)


def _tell(outcome: Outcome, store: Store) -> None:
    if outcome.done:
        print(f"{outcome.done} stages done")
    elif not (outcome.failed or outcome.unfinished):
        print("nothing is left to train")
    for name in outcome.diverged:
        print(f"diverged: {name}; deeper levels of this ladder stop here")
    for text in outcome.failed:
        print(f"failed: {text}", file=sys.stderr)
    for text in outcome.blocked:
        print(f"not run: {text}", file=sys.stderr)
    if outcome.unfinished and not outcome.interrupted:
        print(f"{outcome.unfinished} stages were not run", file=sys.stderr)
    if outcome.failed:
        print(f"why in full: ltsweep logs --store {store.root}", file=sys.stderr)


def _say(text: str) -> None:
    print(text, flush=True)


_ACTIONS: dict[str, Callable[[Selection], int]] = {
    "plan": _plan,
    "submit": _submit,
    "status": _status,
    "logs": _logs,
    "retry": _retry,
    "cancel": _cancel,
    "report": _report,
}
