"""How a job comes by its stages: from its launcher or, if that died behind sbatch, by itself."""

import time
from collections.abc import Callable
from pathlib import Path

from ltsweep.launch import jobs
from ltsweep.launch.jobs import JobRecord
from ltsweep.launch.under_way import describe
from ltsweep.store import claims
from ltsweep.store.claims import Claim, Owner, newest_claim
from ltsweep.store.store import Store

POLL_SECONDS = 0.5


def take_over(
    launch_directory: Path, store: Store, record: JobRecord, must_stop: Callable[[], bool]
) -> str | None:
    """Sees to it that a job has all of its stages; a sentence where it does not get them.

    A living launcher hands them over at once, which is waited for. The stages of a dead one are
    free. The job takes all or none of them: with a part it might wait for a job that waits for it.
    """
    assert record.id is not None and record.stages is not None
    own = record.id, launch_directory.name

    def missing() -> dict[str, Claim | None]:
        open_ = [key for key in record.stages or () if not _has_ended(store, key)]
        newest = {key: newest_claim(store.stage(key).path) for key in open_}
        return {key: c for key, c in newest.items() if c is None or not _belongs(c, own)}

    while (left := missing()) and any(c and _is_of_launcher(c, own[1]) for c in left.values()):
        if must_stop():
            return None
        time.sleep(POLL_SECONDS)
    taken: list[Claim] = []
    for key in left:
        claim = claims.acquire(store.stage(key).path, Owner.of_waiting_job(own[1], record.id))
        if claim is None:
            for each in taken:
                each.release()
            others = {k: c for k, c in missing().items() if c is not None and c.is_live()}
            return (
                f"nothing is done here: {describe(others)}; the same command again submits what is "
                "left"
            )
        taken.append(claim)
    if all(record.id != known.id for known in jobs.read(launch_directory)):
        jobs.append(launch_directory, [record])
    return None


def _belongs(claim: Claim, own: tuple[str, str]) -> bool:
    return (claim.owner.slurm, claim.owner.launch) == own


def _is_of_launcher(claim: Claim, launch: str) -> bool:
    """Whether it is that of the living launcher, which is about to hand the stage over."""
    return claim.owner.slurm is None and claim.owner.launch == launch and claim.is_live()


def _has_ended(store: Store, key: str) -> bool:
    directory = store.stage(key)
    return directory.is_done() or directory.failure() is not None
