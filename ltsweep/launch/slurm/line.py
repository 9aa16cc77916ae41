"""Jobs in line for Slurm's queue: submitted as arrays, as many at a time as the cluster takes."""

import os
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Sequence, Set
from dataclasses import dataclass, field, replace

from ltsweep.foundations.squeue import SlurmError
from ltsweep.launch import jobs
from ltsweep.launch.jobs import JobRecord
from ltsweep.launch.launch import Launch
from ltsweep.launch.slurm import sbatch
from ltsweep.launch.slurm.client import has_jobs, job_states, max_array_size
from ltsweep.launch.slurm.sbatch import Refusal
from ltsweep.launch.slurm.shares import Share


@dataclass(frozen=True)
class _Like:
    """Jobs with equal resources that wait for the same jobs, their numbers and others' ids."""

    numbers: tuple[int, ...]
    after: tuple[int, ...]
    foreign: frozenset[str]

    def halves(self) -> "list[_Like]":
        middle = len(self.numbers) // 2
        parts = (self.numbers[:middle], self.numbers[middle:])
        return [_Like(numbers, self.after, self.foreign) for numbers in parts]


@dataclass
class Line:
    """The jobs of a launch that are not queued yet, those first that others wait for.

    `queued` are the jobs that Slurm has taken, by number; `refusal` is why it took no more.
    `on_queued` is called with each of them, as soon as Slurm has it.
    """

    launch: Launch
    shares: Sequence[Share]
    on_queued: Callable[[JobRecord], None]
    queued: dict[int, JobRecord] = field(default_factory=dict)
    refusal: SlurmError | None = None
    _waiting: deque[_Like] = field(default_factory=deque)
    _is_late: bool = False

    def form(self, foreign_jobs: Callable[[Share], frozenset[str]]) -> None:
        """Puts all jobs in line. Refusal where no node can run some of them."""
        asked = [share.resources.model_dump_json() for share in self.shares]
        for share in dict(zip(asked, self.shares, strict=True)).values():
            sbatch.check(self.launch, share.resources)
        alike: dict[tuple[str, tuple[int, ...], frozenset[str]], list[int]] = defaultdict(list)
        for number, share in enumerate(self.shares):
            alike[asked[number], share.after, foreign_jobs(share)].append(number)
        largest = max_array_size() if self.shares else 0
        for (_, after, foreign), numbers in alike.items():
            for start in range(0, len(numbers), largest):
                self._waiting.append(_Like(tuple(numbers[start : start + largest]), after, foreign))

    @property
    def left(self) -> list[int]:
        """Numbers of the jobs that are not queued."""
        return [number for like in self._waiting for number in like.numbers]

    def waits_for_places(self) -> bool:
        """Whether the jobs that are left can be queued as others end."""
        return isinstance(self.refusal, Refusal) and self.refusal.for_now

    def advance(self, settled: Set[str] = frozenset()) -> None:
        """Queues jobs until Slurm takes no more; those that have only settled stages leave.

        An array that goes beyond a limit is cut until its beginning fits.
        """
        self.refusal = None
        while self._waiting and self.refusal is None:
            like = self._waiting.popleft()
            numbers = [n for n in like.numbers if not settled >= set(self.shares[n].keys)]
            if numbers:
                self._try(replace(like, numbers=tuple(numbers)))

    def _try(self, like: _Like) -> None:
        try:
            self._queue(like)
        except Refusal as refusal:
            if refusal.for_now and len(like.numbers) > 1:
                self._waiting.extendleft(reversed(like.halves()))
                return
            self._waiting.appendleft(like)
            self._is_late = True
            refusal.for_now &= has_jobs(os.getuid())  # else no place becomes free by itself
            self.refusal = refusal
        except (
            SlurmError
        ) as error:  # the jobs may be queued: not once more, and nothing behind them
            self._waiting.appendleft(like)
            self.refusal = error

    def _queue(self, like: _Like) -> None:
        keys = {number: self.shares[number].keys for number in like.numbers}
        resources = self.shares[like.numbers[0]].resources
        before = {self.queued[number].id or "" for number in like.after if number in self.queued}
        after = self._unended(before | like.foreign)
        records = sbatch.queue(self.launch, resources, keys, after)
        jobs.append(self.launch.directory, records)
        for record in records:
            self.queued[record.job] = record
            self.on_queued(record)

    def _unended(self, ids: Collection[str]) -> list[str]:
        """Of these jobs those that others can wait for; in time Slurm forgets ended ones."""
        if not self._is_late:
            return sorted(ids)
        try:
            said = job_states(ids)
        except SlurmError:
            return sorted(ids)
        return sorted(name for name in ids if name in said and not said[name].has_ended)
