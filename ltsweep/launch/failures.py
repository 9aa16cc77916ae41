"""The failures that a worker meets: marked in the store, told once, and counted by `stop_after`."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from ltsweep.launch.cancellation import StopOrCancel
from ltsweep.launch.launch import Launch


class Failures:
    """Marks stages failed. Of equal errors the first is told in full, the others are counted.

    Where the launch says `stop_after`, so many stages with the same error, on whatever hosts, end
    it.
    """

    def __init__(
        self, launch: Launch, must_stop: StopOrCancel, log: Callable[[str], None], log_file: Path
    ) -> None:
        self._launch, self._must_stop = launch, must_stop
        self._log, self._log_file = log, log_file
        self._met: Counter[str] = Counter()
        self._told: Counter[str] = Counter()
        self._split: set[str] = set()

    def add(self, key: str, error: str, traceback: str) -> None:
        """Marks a stage failed."""
        if not self._met[error]:
            self._told[error] = 1
            self._log(f"stage {key} failed:\n{traceback or error}")
        self._met[error] += 1
        self._launch.store.stage(key).fail(error, traceback, str(self._log_file))
        self._end_if_equal(error)

    def split(self, size: int, error: Exception) -> None:
        """Tells that a pack of this size is tried in halves; of the halves' halves it is silent."""
        if repr(error) not in self._split:
            self._split.add(repr(error))
            self._log(f"a pack of {size} raised {error!r}; trying its halves")

    def tell_repeated(self) -> None:
        """Tells how many stages failed with errors that were told before."""
        for error, number in self._met.items():
            if number > self._told[error]:
                self._told[error] = number
                self._log(f"{number} stages failed with this error so far: {error}")

    def _end_if_equal(self, error: str) -> None:
        most = self._launch.run.stop_after
        if most is None:
            return
        failures = (self._launch.store.stage(key).failure() for key in self._launch.pending)
        alike = sum(failure is not None and failure["error"] == error for failure in failures)
        if alike >= most:
            self._must_stop.cancel(
                f"stop_after={most} ended the sweep: {alike} stages failed with the same error"
            )
