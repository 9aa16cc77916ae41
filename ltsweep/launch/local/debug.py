"""cluster=debug: the whole launch in this process, one pack after the other."""

from collections.abc import Callable

from ltsweep.launch import jobs
from ltsweep.launch.cancellation import BY_USER, is_cancelled, why_cancelled
from ltsweep.launch.jobs import JobRecord
from ltsweep.launch.launch import Launch
from ltsweep.launch.live import telling_beside
from ltsweep.launch.state import LaunchState
from ltsweep.store.claims import Owner


def run_here(launch: Launch, state: LaunchState, say: Callable[[str], None]) -> bool:
    """Runs all stages here; True if Ctrl-C or `cancel` ended it, everything saved.

    `state` is that of the launch. It is looked at beside the training, to say how far that is.
    """
    # imported here because torch's threads are set for the process that trains
    from ltsweep.launch.worker import StopFlag, Worker

    stop, owner, log = StopFlag(), Owner.of_this_process(launch.id), launch.logs / "debug.out"
    record = JobRecord.of_process(0, "debug", owner.pid, log)
    jobs.append(launch.directory, [record])
    with stop.listening(), log.open("a", encoding="utf-8") as file:

        def note(text: str) -> None:
            say(text)
            print(text, file=file, flush=True)

        with telling_beside(launch, state, note):
            Worker(launch, "0", owner, stop, note, log_file=log).run()
    if is_cancelled(launch.directory):
        why = why_cancelled(launch.directory)
        say(why)
        return why == BY_USER
    return stop()
