"""cluster=slurm: the stages of a launch as jobs in Slurm's queue."""

import os
import time
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from ltsweep.foundations.errors import RequestError
from ltsweep.foundations.squeue import LOOK_SECONDS, SlurmError, is_in_queue
from ltsweep.launch import jobs
from ltsweep.launch.cancellation import BY_USER, is_cancelled, why_cancelled
from ltsweep.launch.jobs import JobRecord
from ltsweep.launch.launch import Launch
from ltsweep.launch.live import watching
from ltsweep.launch.slurm import sbatch
from ltsweep.launch.slurm.client import max_array_size
from ltsweep.launch.slurm.shares import Share, Sharing, share_out
from ltsweep.launch.state import LaunchState
from ltsweep.launch.under_way import describe, under_way
from ltsweep.store import claims
from ltsweep.store.claims import Claim, Heartbeat, Owner, newest_claim

Say = Callable[[str], None]
Curves = Iterable[Sequence[str]]

POLL_SECONDS = 1.0
_SHOWN = 10


def run_slurm(
    launch: Launch,
    state: LaunchState,
    curves: Curves,
    how: Sharing,
    say: Say,
    *,
    wait: bool,
) -> bool:
    """Queues the stages that nobody else has under way and, if `wait`, waits until they have ended.

    True if Ctrl-C ended the waiting (the jobs go on) or the launch was cancelled. RequestError if
    Slurm refuses a job.
    """
    submission = Submission(launch, state)
    try:
        with _alone(launch, say) as turn, Heartbeat() as heartbeat:
            heartbeat.keep([turn])
            submission.claim(turn.owner)
            heartbeat.keep([turn, *submission.held.values()])
            submission.submit(curves, how)
    except SlurmError as error:
        raise RequestError([str(error)]) from error
    finally:
        submission.release()
        if not submission.queued and not wait:
            launch.discard()
    submission.tell(say)
    return submission.watch(say) if wait else False


@contextmanager
def _alone(launch: Launch, say: Say) -> Iterator[Claim]:
    """Lets one launcher submit at a time: two could get jobs that wait for each other."""
    owner = Owner.of_this_process(launch.id)
    turn = launch.store.leases_dir / "submission"
    turn.mkdir(parents=True, exist_ok=True)
    told = False
    while (lease := claims.acquire(turn, owner)) is None:
        if not told:
            say("another launcher is submitting to this store; waiting for it ...")
        told = True
        time.sleep(POLL_SECONDS)
    try:
        yield lease
    finally:
        lease.release()


@dataclass
class Submission:
    """A launch on its way into Slurm's queue.

    `held` are the stages that this launcher has claimed, `elsewhere` the claims of others on
    stages of the launch, `queued` the jobs that it has submitted, by number.
    """

    launch: Launch
    state: LaunchState
    held: dict[str, Claim] = field(default_factory=dict)
    elsewhere: dict[str, Claim] = field(default_factory=dict)
    queued: dict[int, JobRecord] = field(default_factory=dict)

    def claim(self, owner: Owner) -> None:
        """Claims every stage that is still to be done and not under way elsewhere."""
        for key, stage in self.state.stages.items():
            directory = self.launch.store.stage(key)
            directory.create(stage.spec.model_dump(mode="json"))
            claim = claims.acquire(directory.path, owner)
            if claim is not None:
                self.held[key] = claim
            elif (standing := newest_claim(directory.path)) is not None:
                self.elsewhere[key] = standing
        self.state.refresh()
        for key in self.held.keys() & self.state.done:
            self.held.pop(key).release()

    def release(self) -> None:
        """Releases the claims that no job has taken over."""
        for claim in self.held.values():
            claim.release()

    def submit(self, curves: Curves, how: Sharing) -> None:
        """Queues the jobs and hands the claims over to them.

        Jobs with equal resources that wait for the same jobs form an array. SlurmError, in a
        sentence, if sbatch refuses; jobs that were queued before stay queued.
        """
        shares = make_shares(self.state, self.held, curves, how)
        largest = max_array_size() if shares else 0
        alike: dict[tuple[str, tuple[int, ...], frozenset[str]], list[int]] = defaultdict(list)
        for number, share in enumerate(shares):
            asked = share.resources.model_dump_json()
            alike[asked, share.after, self._foreign_jobs(share)].append(number)
        for (_, after, foreign), numbers in alike.items():
            for start in range(0, len(numbers), largest):
                ids = {self.queued[number].id or "" for number in after} | foreign
                self._queue({n: shares[n] for n in numbers[start : start + largest]}, sorted(ids))

    def tell(self, say: Say) -> None:
        """Tells the user what was queued, what others have under way, and where to look."""
        if self.elsewhere:
            say(describe(self.elsewhere))
        if not self.queued:
            say("nothing to submit")
            return
        records = self.queued.values()
        arrays = dict.fromkeys((record.id or "").partition("_")[0] for record in records)
        stages = sum(len(record.stages or ()) for record in records)
        store = self.launch.settings.store
        say(
            f"submitted {stages} stages in {len(self.queued)} jobs: {' '.join([*arrays][:_SHOWN])}"
            f"{' ...' if len(arrays) > _SHOWN else ''}\n"
            f"how they are doing: squeue --me, or ltsweep status --store {store}\n"
            f"logs: {self.launch.logs}\n"
            "the same command with action=report shows what is done"
        )

    def watch(self, say: Say) -> bool:
        """Waits until all is settled or nobody works on the rest. True if interrupted."""
        last_look = time.monotonic()
        try:
            with watching(self.launch, self.state, say) as show:
                while True:
                    self.state.refresh()
                    show()
                    if self.state.is_finished():
                        return False
                    if is_cancelled(self.launch.directory):
                        why = why_cancelled(self.launch.directory)
                        say(why)
                        return why == BY_USER
                    if time.monotonic() - last_look > LOOK_SECONDS:
                        last_look = time.monotonic()
                        if not self._somebody_works():
                            return False
                    time.sleep(POLL_SECONDS)
        except KeyboardInterrupt:
            say("the jobs go on without this launcher; ltsweep cancel ends them")
            return True

    def _queue(self, shares: dict[int, Share], after: Sequence[str]) -> None:
        keys = {number: share.keys for number, share in shares.items()}
        resources = next(iter(shares.values())).resources
        ids = sbatch.queue(self.launch, resources, keys, after)
        records = {
            number: JobRecord(
                job=number,
                cluster="slurm",
                id=ids[number],
                pid=None,
                host=None,
                log=str(sbatch.log_path(self.launch, ids[number])),
                stages=share.keys,
                submitted=time.time(),
            )
            for number, share in shares.items()
        }
        jobs.append(self.launch.directory, records.values())
        self.queued |= records
        for number, share in shares.items():
            for key in share.keys:
                self.held.pop(key).hand_over(Owner.of_waiting_job(self.launch.id, ids[number]))

    def _foreign_jobs(self, share: Share) -> frozenset[str]:
        """Jobs of other launches that have stages which this share's stages start from."""
        needs = {n for key in share.keys for n in self.state.needs(self.state.planned(key))}
        owners = [self.elsewhere[need].owner.slurm for need in needs if need in self.elsewhere]
        return frozenset(job for job in owners if job is not None)

    def _somebody_works(self) -> bool:
        answers = (is_in_queue(record.id or "", os.getuid()) for record in self.queued.values())
        if any(answer is not False for answer in answers):
            return True
        return bool(under_way(self.elsewhere.keys() - self.state.settled(), self.launch.store))


def make_shares(
    state: LaunchState, keys: Container[str], curves: Curves, how: Sharing
) -> list[Share]:
    """The jobs for these stages of a launch."""
    stages = {key: stage for key, stage in state.stages.items() if key in keys}
    needs = {key: state.needs(stage) for key, stage in stages.items()}
    return share_out(stages, needs, curves, how)
