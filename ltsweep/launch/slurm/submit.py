"""cluster=slurm: the stages of a launch as jobs in Slurm's queue."""

import os
import time
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from ltsweep.foundations.errors import RequestError
from ltsweep.foundations.squeue import LOOK_SECONDS, SlurmError, is_in_queue
from ltsweep.launch.cancellation import BY_USER, is_cancelled, why_cancelled
from ltsweep.launch.jobs import JobRecord
from ltsweep.launch.launch import Launch
from ltsweep.launch.live import watching
from ltsweep.launch.slurm.arrays import unrecorded
from ltsweep.launch.slurm.line import Line
from ltsweep.launch.slurm.shares import Share, Sharing, share_out
from ltsweep.launch.state import LaunchState
from ltsweep.launch.under_way import describe, under_way
from ltsweep.store import claims
from ltsweep.store.claims import Claim, Heartbeat, Owner, newest_claim

Say = Callable[[str], None]
Curves = Iterable[Sequence[str]]

POLL_SECONDS = 1.0
_SHOWN = 10


@dataclass(frozen=True)
class Queued:
    """How a submission ended that nobody waits for: the jobs that Slurm did not take."""

    refused: int

    @property
    def exit_code(self) -> int:
        """0 if all jobs are in the queue, 1 if some are not."""
        return 1 if self.refused else 0


def run_slurm(
    launch: Launch,
    state: LaunchState,
    curves: Curves,
    how: Sharing,
    say: Say,
    *,
    wait: bool,
) -> Queued | bool:
    """Queues the stages that nobody else has under way and, if `wait`, waits until they have ended.

    Waiting, it feeds the queue where Slurm takes no more jobs at once, and returns True if Ctrl-C
    ended the waiting (the jobs go on) or the launch was cancelled. RequestError if Slurm takes none
    of the jobs.
    """
    submission = Submission(launch, state)
    interrupted = is_waiting = False
    try:
        with _alone(launch, say) as turn, Heartbeat() as heartbeat:
            heartbeat.keep([turn])
            submission.claim(turn.owner)
            heartbeat.keep([turn, *submission.held.values()])
            submission.submit(curves, how, wait=wait)
            submission.tell(say, wait=wait)
            is_waiting = wait
            if wait and submission.line.waits_for_places():
                interrupted = submission.watch(say, lambda: not submission.line.waits_for_places())
    finally:
        submission.release()
        if submission.left_no_trace and not is_waiting:
            launch.discard()
    if not wait:
        return Queued(len(submission.line.left))
    return interrupted or submission.watch(say)


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


class Submission:
    """A launch on its way into Slurm's queue.

    `held` are the stages that this launcher has claimed, `elsewhere` the claims of others on
    stages of the launch, `line` the jobs that are queued or wait to be.
    """

    def __init__(self, launch: Launch, state: LaunchState) -> None:
        self.launch, self.state = launch, state
        self.held: dict[str, Claim] = {}
        self.elsewhere: dict[str, Claim] = {}
        self.line = Line(launch, (), self._hand_over)
        self._is_silent = False

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

    @property
    def left_no_trace(self) -> bool:
        """Whether Slurm has no job of this launch, and cannot have one."""
        return not self.line.queued and not any(unrecorded(self.launch.directory, ()))

    def submit(self, curves: Curves, how: Sharing, *, wait: bool) -> None:
        """Queues jobs and hands the claims over to them, as many as Slurm takes.

        Jobs with equal resources that wait for the same jobs form an array. RequestError, in a
        sentence, if sbatch takes none and nobody waits until it does.
        """
        shares = make_shares(self.state, self.held, curves, how)
        self.line = Line(self.launch, shares, self._hand_over)
        try:
            self.line.form(self._foreign_jobs)
        except SlurmError as error:
            raise RequestError([str(error)]) from error
        self.line.advance()
        refusal, may_wait = self.line.refusal, self.line.waits_for_places()
        if refusal and not self.line.queued and not (wait and may_wait):
            told = self._what_is_left(refusal, wait) if may_wait else str(refusal)
            raise RequestError([told]) from refusal

    def tell(self, say: Say, *, wait: bool) -> None:
        """Tells the user what was queued, what others have under way, and where to look."""
        if self.elsewhere:
            say(describe(self.elsewhere))
        if not self.line.queued and not self.line.left:
            say("nothing to submit")
            return
        records = self.line.queued.values()
        arrays = dict.fromkeys((record.id or "").partition("_")[0] for record in records)
        stages = sum(len(record.stages or ()) for record in records)
        store = self.launch.settings.store
        if records:
            say(
                f"submitted {stages} stages in {len(records)} jobs: {' '.join([*arrays][:_SHOWN])}"
                f"{' ...' if len(arrays) > _SHOWN else ''}"
            )
        if self.line.refusal is not None:
            say(self._what_is_left(self.line.refusal, wait))
        say(
            f"how they are doing: squeue --me, or ltsweep status --store {store}\n"
            f"logs: {self.launch.logs}\n"
            "the same command with action=report shows what is done"
        )

    def _what_is_left(self, refusal: SlurmError, wait: bool) -> str:
        left = self.line.left
        stages = sum(len(self.line.shares[number].keys) for number in left)
        told = f"{refusal}: {stages} stages in {len(left)} jobs are not submitted"
        if not self.line.waits_for_places():
            return f"{told}; the same command submits what is left"
        if wait:
            return f"{told} yet; they are as places become free"
        return (
            f"{told}; the same command submits them when places have become free, and wait=true "
            "waits for that"
        )

    def watch(self, say: Say, until: Callable[[], bool] = lambda: False) -> bool:
        """Waits until all is settled, nobody works on the rest, or `until`. True if interrupted.

        Meanwhile it feeds the queue where jobs are left.
        """
        last_look = time.monotonic()
        try:
            with watching(self.launch, self.state, say) as show:
                while not until():
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
                        self._feed(say)
                        if not self.line.waits_for_places() and not self._somebody_works(say):
                            return False
                    time.sleep(POLL_SECONDS)
                return False
        except KeyboardInterrupt:
            say("the jobs go on without this launcher; ltsweep cancel ends them")
            return True

    def _feed(self, say: Say) -> None:
        if not self.line.waits_for_places():
            return
        before = len(self.line.queued)
        self.line.advance(self.state.settled())
        if (more := len(self.line.queued) - before) or not self.line.waits_for_places():
            left = len(self.line.left)
            say(f"submitted {more} more jobs; " + (f"{left} are left" if left else "none is left"))
        if self.line.refusal is not None and not self.line.waits_for_places():
            say(self._what_is_left(self.line.refusal, wait=True))

    def _hand_over(self, record: JobRecord) -> None:
        for key in record.stages or ():
            owner = Owner.of_waiting_job(self.launch.id, record.id or "")
            self.held.pop(key).hand_over(owner)

    def _foreign_jobs(self, share: Share) -> frozenset[str]:
        """Jobs of other launches that have stages which this share's stages start from."""
        needs = {n for key in share.keys for n in self.state.needs(self.state.planned(key))}
        owners = [self.elsewhere[need].owner.slurm for need in needs if need in self.elsewhere]
        return frozenset(job for job in owners if job is not None)

    def _somebody_works(self, say: Say) -> bool:
        """Whether a job or another launcher works on what is left, or may while Slurm is silent."""
        user = os.getuid()
        answers = [is_in_queue(record.id or "", user) for record in self.line.queued.values()]
        is_silent = None in answers
        if is_silent != self._is_silent:
            say("Slurm does not answer; waiting ..." if is_silent else "Slurm answers again")
        self._is_silent = is_silent
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
