"""A worker: one process that takes ready stages of a launch, pack by pack, until none is left."""

import os
import signal
import time
import traceback
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import torch
from submitit import JobEnvironment

from ltsweep.foundations.files import DamagedFile, is_disk_full
from ltsweep.foundations.output import spell_out_unknown
from ltsweep.foundations.provenance import code_version
from ltsweep.launch import gpu_errors, jobs
from ltsweep.launch.cancellation import StopOrCancel
from ltsweep.launch.delivery import delivery_process
from ltsweep.launch.failures import Failures
from ltsweep.launch.jobs import JobRecord
from ltsweep.launch.launch import Launch
from ltsweep.launch.memory import largest_pack, memory_of, workspaces_on
from ltsweep.launch.packs import Packer
from ltsweep.launch.settings import Settings
from ltsweep.launch.state import LaunchState
from ltsweep.launch.worker_status import StatusFile
from ltsweep.plan.stage import PlannedStage
from ltsweep.stages.run import run_pack
from ltsweep.stages.running import LostClaim
from ltsweep.stages.workplace import Workplace
from ltsweep.store import claims
from ltsweep.store.claims import Claim, Heartbeat, Owner
from ltsweep.store.store import Store
from ltsweep.train.loop import Interrupted

POLL_SECONDS = 0.2
MOST_DEATHS = 3  # of the processes that run a stage, in one launch, before it counts as failed


class StopFlag:
    """Becomes true at SIGTERM or SIGINT. A worker then saves and leaves instead of dying."""

    def __init__(self) -> None:
        self.raised = False

    def __call__(self) -> bool:
        """Whether a signal has come."""
        return self.raised

    @contextmanager
    def listening(self, *more: signal.Signals) -> Iterator[None]:
        """Handles these signals, and `more`, until the block ends."""
        numbers = (signal.SIGTERM, signal.SIGINT, *more)
        before = {n: signal.signal(n, self._raise) for n in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _raise(self, number: int, frame: FrameType | None) -> None:
        self.raised = True


def work(launch_directory: str, slot: int, gpu: str, lease: str) -> None:
    """What a local job runs: a worker that works on a launch until nothing is left.

    `gpu` is the id of the only GPU that the worker sees, or empty. `lease` names the worker's core,
    or its share of the GPU. The worker leases it from the store first. Workers of a dead launcher
    go on and keep their leases, so the next launcher's workers wait and share nothing with them.
    """
    spell_out_unknown()
    os.environ["CUDA_VISIBLE_DEVICES"] = gpu  # before anything asks CUDA what there is
    stop = StopFlag()
    with stop.listening():
        try:
            launch = Launch.load(Path(launch_directory))
        except DamagedFile as error:
            _print_line(f"worker {slot}: nothing is done here: {error}")
        else:
            _work(launch, slot, lease, stop)


def _work(launch: Launch, slot: int, place: str, stop: StopFlag) -> None:
    owner = Owner.of_this_process(launch.id)
    log_file = JobEnvironment().paths.stdout
    record = JobRecord.of_process(slot, "local", owner.pid, log_file)
    jobs.append(launch.directory, [record])
    leases = launch.store.leases_dir / owner.host / place
    leases.mkdir(parents=True, exist_ok=True)
    worker = Worker(launch, str(slot), owner, stop, log_file=log_file)
    gpu, threads = os.environ["CUDA_VISIBLE_DEVICES"] or "none", torch.get_num_threads()
    _print_line(f"worker {slot}: {place}, CUDA_VISIBLE_DEVICES {gpu}, {threads} threads")
    told = False
    while (lease := claims.acquire(leases, owner)) is None:
        if worker.must_stop() or worker.is_finished():
            return
        if not told:
            _print_line(f"worker {slot}: waits until the process that has {place} ends")
        told = True
        time.sleep(POLL_SECONDS)
    try:
        worker.run(lease)
    finally:
        lease.release()


class Worker:
    """Takes and runs packs of one launch, until all its stages are settled.

    `own` restricts the worker to some of the launch's stages. `slot` names the worker among those
    of the launch: numbers with dots between them. `settings` replace those of the launch where its
    jobs differ.
    """

    def __init__(
        self,
        launch: Launch,
        slot: str,
        owner: Owner,
        stop: Callable[[], bool],
        log: Callable[[str], None] | None = None,
        log_file: Path | None = None,
        own: Collection[str] | None = None,
        settings: Settings | None = None,
    ) -> None:
        self._launch, self._owner = launch, owner
        self._status = StatusFile(launch.directory, slot)
        self.must_stop = StopOrCancel(stop, launch.directory)
        self._log = log or _print_line
        self._failures = Failures(launch, self.must_stop, self._log, log_file or launch.logs)
        settings = self._settings = settings or launch.settings
        self._packer = Packer({}, settings.jobs, settings.pack)
        self._store = Store(settings.store)
        self._state = LaunchState(launch, self._store, own)
        self._place = Workplace(
            store=self._store,
            data_dir=Path(settings.data_dir),
            device=torch.device(settings.device),
            keep_all=settings.keep_all,
            checkpoint_seconds=settings.checkpoint_seconds,
            kept_ends=frozenset(stage.key for stage in launch.stages if stage.keeps_end),
        )
        self.delivery = delivery_process(launch.run.logger, self._store, launch.points)
        code_version()  # as it was read, whatever is edited while this process lives
        torch.set_num_threads(settings.threads)
        torch.set_flush_denormal(True)

    def is_finished(self) -> bool:
        """Whether every stage is done, failed, or can no longer be reached."""
        self._state.refresh()
        return self._state.is_finished()

    def run(self, lease: Claim | None = None) -> None:
        """Works until all stages are settled or the worker must stop. OSError on a full disk."""
        with Heartbeat() as heartbeat:
            while not self.must_stop():
                if self.is_finished():
                    return
                taken = self._take_pack()
                if not taken:
                    time.sleep(POLL_SECONDS)
                    continue
                held = [claim for _, claim in taken]
                heartbeat.keep(held if lease is None else [*held, lease])
                try:
                    self._note(taken)
                    self._run_splitting(taken)
                    self._failures.tell_repeated()
                finally:
                    for stage, claim in taken:
                        if not self._store.stage(stage.key).is_done():
                            self._leave(claim)
                if self.delivery is not None:
                    self.delivery.wake()
        self._log("told to stop: this process leaves, and what it had begun is saved")

    @property
    def state(self) -> LaunchState:
        """What has become of its stages, as of its last look at the store."""
        return self._state

    def _leave(self, claim: Claim) -> None:
        """Gives up a stage that is not done.

        A Slurm job that was told to stop may run again, so its claims go back to the waiting job.
        """
        if self._owner.slurm is not None and self.must_stop() and not self.must_stop.is_cancelled:
            claim.hand_over(Owner.of_waiting_job(self._owner.launch, self._owner.slurm))
        else:
            claim.release()

    def _take_pack(self) -> list[tuple[PlannedStage, Claim]]:
        """Claims the most urgent ready stage that nobody else has, and companions for its pack."""
        packer = self._current_packer()
        ready = self._state.ready()
        for first in packer.by_priority(ready):
            claim = self._acquire(first)
            if claim is None:
                continue
            taken = [(self._state.stages[first], claim)]
            if self._deaths(first):
                return taken  # it may have killed its process: alone, it takes nobody with it
            companions = packer.companions(first, ready)
            size = min(packer.size(first, len(companions) + 1), self._most(first))
            for key in companions:
                if len(taken) == size:
                    break
                if not self._deaths(key) and (companion := self._acquire(key)) is not None:
                    taken.append((self._state.stages[key], companion))
            return taken
        return []

    def _current_packer(self) -> Packer:
        if len(self._packer.stages) != len(self._state.stages):  # at first, and with a new prefix
            stages = dict(self._state.stages)
            self._packer = Packer(stages, self._settings.jobs, self._settings.pack)
        return self._packer

    def _most(self, key: str) -> int:
        """How many stages like this one a pack may have: `pack`, or as many as memory holds."""
        if self._settings.pack != "auto":
            return self._settings.pack
        each, device = self._state.stages[key].means.memory, self._place.device
        sharing = self._settings.sharing
        return largest_pack(each, memory_of(device), sharing, workspaces_on(device))

    def _acquire(self, key: str) -> Claim | None:
        """A claim on a stage that is still to be done. None if the stage is taken or settled.

        The stage counts as failed after `MOST_DEATHS` processes have died with it.
        """
        directory = self._store.stage(key)
        directory.create(self._state.stages[key].spec.model_dump(mode="json"))
        claim = claims.acquire(directory.path, self._owner)
        if claim is None:
            return None
        if directory.is_done() or directory.failure():
            claim.release()
            return None
        deaths = self._deaths(key)
        if deaths >= MOST_DEATHS:
            died = f"the process that ran it died {deaths} times (killed, or out of memory)"
            self._failures.add(key, died, "")
            claim.release()
            return None
        return claim

    def _deaths(self, key: str) -> int:
        return claims.deaths(self._store.stage(key).path, self._launch.id)

    def _run_splitting(self, pack: Sequence[tuple[PlannedStage, Claim]]) -> None:
        """Runs a pack. If the pack raises, runs its halves, so that only the culprit fails."""
        if self.must_stop():
            return
        try:
            run_pack(pack, self._place, self.must_stop, self._log, self._status.stepped)
            return
        except Interrupted:
            return
        except LostClaim as error:
            self._log(f"stage {error} was taken over by another process; leaving it to that one")
            return
        except Exception as error:
            if is_disk_full(error):
                raise
            if gpu_errors.is_lost():
                text = traceback.format_exc()
                self._log(f"the GPU is lost to this process, which ends here:\n{text}")
                gpu_errors.die()
            if len(pack) == 1:
                summary = f"{type(error).__name__}: {error}"
                self._failures.add(pack[0][0].key, summary, traceback.format_exc())
                return
            self._failures.split(len(pack), error)
        gpu_errors.free_memory()
        middle = len(pack) // 2
        self._run_splitting(pack[:middle])
        self._run_splitting(pack[middle:])

    def _note(self, taken: Sequence[tuple[PlannedStage, Claim]]) -> None:
        """Writes what this worker is doing, to the log and for the live view."""
        levels = sorted({stage.spec.level for stage, _ in taken})
        keys = [stage.key for stage, _ in taken]
        depth = f"{levels[0]}" if len(levels) == 1 else f"{levels[0]}-{levels[-1]}"
        self._log(f"level {depth}: {len(taken)} stages {' '.join(keys)}")
        self._status.begin(keys, depth)


def _print_line(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)
