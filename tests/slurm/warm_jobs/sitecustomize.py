"""Has forks of a warm Python do the work of Slurm's jobs; Python imports this file as it starts.

The process that srun has started stays. It passes signals on to the fork and ends as the fork ends,
and the fork is killed with it.
"""

import os
import sys
from pathlib import Path

if "WARM_PYTHON" in os.environ and sys.orig_argv[1:4] == ["-u", "-m", "ltsweep.launch.slurm.job"]:
    import signal
    from contextlib import suppress
    from types import FrameType

    sys.path.insert(0, str(Path(__file__).parents[3]))
    from tests.warm import processes

    fork = processes.start(
        sys.orig_argv,
        stdout=sys.stdout,
        stderr=sys.stderr,
        cwd=Path.cwd(),
        env=os.environ,
        bound=True,
    )

    def pass_on(number: int, frame: FrameType | None) -> None:
        """Gives a signal to the fork, if it still lives."""
        with suppress(ProcessLookupError):
            os.kill(fork.pid, number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR2):
        signal.signal(number, pass_on)
    code = fork.wait(timeout=None)
    if code < 0:
        with suppress(OSError):  # nobody chooses what SIGKILL does
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)
