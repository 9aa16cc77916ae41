"""Cancels launches: jobs in Slurm by scancel, all workers by a marker that they look for.

No process is signalled: a number on this machine may belong to somebody else by now, and the marker
reaches workers on other hosts as well.
"""

import time
from collections.abc import Callable, Iterator, Sequence

from ltsweep.foundations.errors import RequestError, listed
from ltsweep.foundations.squeue import SlurmError
from ltsweep.launch import cancellation
from ltsweep.launch.slurm.client import cancel_jobs
from ltsweep.steer.launches import StoredLaunch, processes_of
from ltsweep.steer.selectors import Chosen
from ltsweep.steer.stage_states import Stages
from ltsweep.store.launch_record import launch_ids

Say = Callable[[str], None]

POLL_SECONDS = 0.5
_SHOWN = 5  # workers that a sentence names
LEAVE_SECONDS = 30.0  # that workers have to save before somebody is told that they are still there


def cancel(chosen: Chosen, say: Say) -> bool:
    """Stops the launches of these curves as a whole; whether all of it left in time.

    Older launches that have some of the stages under way are stopped too, unless a launch was
    named. What is finished stays, and what was begun has been saved. RequestError where none is at
    work.
    """
    launches = chosen.launches if chosen.named else chosen.all_launches
    working = [launch for launch in launches if list(at_work(chosen, launch))]
    if not working:
        raise RequestError([f"nothing to cancel: no process and no job works on {chosen.words}"])
    for launch in working:
        cancellation.cancel(launch.directory)
        say(f"cancelled launch {launch.id} ({len(launch.points)} curves); its workers save ...")
    for launch in working:
        _cancel_jobs(launch)
    deadline = time.monotonic() + LEAVE_SECONDS
    while left := [at for launch in working for at in at_work(chosen, launch)]:
        if time.monotonic() > deadline:
            say(f"not known to have left: {some(left)}; workers leave at their next step")
            return False
        time.sleep(POLL_SECONDS)
    newest = launch_ids(chosen.store)[:1] == [launch.id for launch in working]
    for launch in working:
        which = "" if newest else f" {launch.id}"
        say(f"all have left; go on with: ltsweep retry{which} --store {chosen.store.root}")
    return True


def some(workers: Sequence[str]) -> str:
    """A list that stays readable however many there are."""
    more = [f"{len(workers) - _SHOWN} more"] if len(workers) > _SHOWN else []
    return listed([*workers[:_SHOWN], *more])


def at_work(chosen: Chosen, launch: StoredLaunch) -> Iterator[str]:
    """In words, the processes and jobs of a launch that live, or may live as Slurm is silent."""
    processes = list(processes_of(chosen.store, launch))
    yield from processes
    stages = Stages(chosen.store, [launch])
    jobs = stages.slurm.live()
    yield from (f"Slurm job {id_} ({said})" for id_, said in jobs.items())
    unknown = stages.unknown_jobs()
    yield from (f"Slurm {name} (not known: {stages.slurm.silence})" for name in unknown)
    told = {*processes}
    for key in launch.pending - chosen.store.done_among(launch.pending):  # nobody has what is done
        claim = stages.state(key).claim
        if claim is None or claim.owner.launch != launch.id or claim.owner.slurm in jobs:
            continue
        process = f"process {claim.owner.pid} on {claim.owner.host}"
        if process not in told:
            told.add(process)
            yield process


def _cancel_jobs(launch: StoredLaunch) -> None:
    ids = [record.id for record in launch.jobs if record.id is not None]
    if not ids:
        return
    try:
        cancel_jobs(ids)
    except SlurmError as error:
        raise RequestError(
            [f"{error}; the workers that run will stop, but jobs in the queue stay there"]
        ) from error
