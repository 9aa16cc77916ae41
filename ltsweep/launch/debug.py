"""cluster=debug: the whole launch in this process, one pack after the other."""

from collections.abc import Callable

from ltsweep.claims import Owner
from ltsweep.launch.frozen import Launch


def run_here(launch: Launch, say: Callable[[str], None]) -> bool:
    """Runs all stages here; True if Ctrl-C ended it, everything saved."""
    # imported here because torch's threads are set for the process that trains
    from ltsweep.launch.worker import StopFlag, Worker

    stop = StopFlag()
    with stop.listening():
        Worker(launch, 0, Owner.of_this_process(launch.id), stop, say).run()
    return stop.raised
