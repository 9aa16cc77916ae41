"""What is written down while a pack trains: validation records, snapshots and checkpoints."""

import math
import time
from collections.abc import Callable, Sequence

from ltsweep.foundations.files import is_disk_full
from ltsweep.foundations.tensor_files import save_tensors
from ltsweep.init.state import Tensors
from ltsweep.pruning.mask import pack
from ltsweep.stages.running import LostClaim, Running
from ltsweep.stages.workplace import Workplace
from ltsweep.store.records import ValidationRecord
from ltsweep.train.replicate import Replicate, Validation


class Saving:
    """The events of a pack's training: records, snapshots and checkpoints of its stages."""

    def __init__(
        self,
        running: Sequence[Running],
        place: Workplace,
        stop_requested: Callable[[], bool],
        log: Callable[[str], None],
        stepped: Callable[[str, int], None],
    ) -> None:
        self._running = {r.planned.key: r for r in running}
        self._place = place
        self._stop_requested = stop_requested
        self._log = log
        self._stepped = stepped
        self._began = self._saved = time.monotonic()

    def elapsed(self) -> float:
        """Seconds since the pack's training began."""
        return time.monotonic() - self._began

    def validated(self, replicate: Replicate, accuracy: float, loss: float) -> None:
        """See Events."""
        point = Validation(replicate.step, accuracy, loss if math.isfinite(loss) else None)
        replicate.validation.append(point)
        directory = self._running[replicate.key].directory
        if directory.is_done():  # by who took it over: its records are what DONE promises
            raise LostClaim(replicate.key)
        directory.append(record_of(point).stored())

    def snapshot(
        self, replicate: Replicate, step: int, state: Tensors, optimizer_state: Tensors
    ) -> None:
        """See Events."""
        running = self._running[replicate.key]
        of_optimizer = running.directory.optimizer_snapshot(step)
        for path in running.snapshot_files(step):
            if not path.exists():
                running.assert_owned()
                tensors = optimizer_state if path == of_optimizer else state
                save_tensors(path, tensors, {"key": replicate.key, "step": step})

    def checkpoint(self, replicate: Replicate, state: Tensors, optimizer_state: Tensors) -> None:
        """See Events. A checkpoint that does not fit on the disk is not worth a training."""
        running = self._running[replicate.key]
        running.assert_owned()
        tensors = {f"state/{name}": t for name, t in state.items()}
        tensors |= {f"optimizer/{name}": t for name, t in optimizer_state.items()}
        if replicate.dynamics is not None:
            tensors |= {f"mask/{name}": t for name, t in pack(replicate.mask).items()}
        about = {
            "step": replicate.step,
            "validation": replicate.validation,
            "changes": replicate.changes,
            "before": running.before,
            "began": running.began,
            "seconds": running.seconds + self.elapsed() / len(self._running),
        }
        try:
            save_tensors(running.directory.checkpoint, tensors, about)
        except OSError as error:
            if not is_disk_full(error):
                raise
            self._log(f"warning: no space for a checkpoint of {replicate.key}: {error}")
        self._saved = time.monotonic()

    def stepped(self, replicate: Replicate) -> None:
        """See Events."""
        self._stepped(replicate.key, replicate.step)

    def wants_checkpoint(self) -> bool:
        """See Events."""
        return time.monotonic() - self._saved >= self._place.checkpoint_seconds

    def wants_stop(self) -> bool:
        """See Events."""
        return self._stop_requested()


def record_of(point: Validation) -> ValidationRecord:
    """What is written down of a validation."""
    return ValidationRecord(event="validation", **point._asdict())
