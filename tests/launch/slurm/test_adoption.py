"""A job whose launcher died right behind sbatch finds its stages, or learns who has them."""

from dataclasses import replace
from pathlib import Path

import pytest

from ltsweep.launch import jobs
from ltsweep.launch.jobs import JobRecord
from ltsweep.launch.slurm import adoption
from ltsweep.launch.slurm.adoption import take_over
from ltsweep.store.claims import Owner, acquire, newest_claim
from ltsweep.store.store import Store

LAUNCH = "20260101-120000-abcdef"
KEYS = ("a" * 20, "b" * 20, "c" * 20)
JOB = JobRecord(
    job=0, cluster="slurm", id="7_1", pid=None, host=None, log="", stages=KEYS, submitted=0.0
)
LIVING = Owner.of_this_process(LAUNCH)
DEAD = replace(LIVING, started=LIVING.started - 3600, token="dead")
IN_QUEUE = Owner.of_waiting_job("20260102-120000-bbbbbb", "9")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setattr("ltsweep.store.claims.is_in_queue", lambda job, user: job in ("7_1", "9"))
    store = Store(tmp_path)
    store.create()
    (store.launches_dir / LAUNCH).mkdir(parents=True)
    for key in KEYS:
        store.stage(key).create({})
    return store


def _claim(store: Store, owner: Owner, *keys: str) -> None:
    for key in keys:
        assert acquire(store.stage(key).path, owner) is not None


def _take_over(store: Store, must_stop: bool = False) -> str | None:
    return take_over(store.launches_dir / LAUNCH, store, JOB, lambda: must_stop)


def _owners(store: Store) -> list[str | None]:
    claims = [newest_claim(store.stage(key).path) for key in KEYS]
    return [c.owner.slurm if c is not None and c.is_live() else None for c in claims]


def _recorded(store: Store) -> list[JobRecord]:
    return jobs.read(store.launches_dir / LAUNCH)


def test_the_stages_of_a_dead_launcher_are_the_jobs_and_the_launch_knows_the_job(
    store: Store,
) -> None:
    _claim(store, DEAD, *KEYS)
    assert _take_over(store) is None
    assert _owners(store) == ["7_1"] * 3 and _recorded(store) == [JOB]
    before = newest_claim(store.stage(KEYS[0]).path)
    assert _take_over(store) is None, "its other processes, and its next run, find it done"
    assert newest_claim(store.stage(KEYS[0]).path) == before and _recorded(store) == [JOB]


def test_what_its_launcher_handed_over_stays_as_it_is(store: Store) -> None:
    _claim(store, Owner.of_waiting_job(LAUNCH, "7_1"), *KEYS)
    jobs.append(store.launches_dir / LAUNCH, [JOB])
    before = [newest_claim(store.stage(key).path) for key in KEYS]
    assert _take_over(store) is None
    assert [newest_claim(store.stage(key).path) for key in KEYS] == before
    assert _recorded(store) == [JOB]


def test_it_waits_for_a_living_launcher_to_hand_over(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    _claim(store, LIVING, *KEYS)

    def hand_over(seconds: float) -> None:
        for key in KEYS:
            claim = newest_claim(store.stage(key).path)
            assert claim is not None
            claim.hand_over(Owner.of_waiting_job(LAUNCH, "7_1"))
        jobs.append(store.launches_dir / LAUNCH, [JOB])

    monkeypatch.setattr(adoption.time, "sleep", hand_over)
    assert _take_over(store) is None
    assert _owners(store) == ["7_1"] * 3 and _recorded(store) == [JOB]


def test_a_job_that_is_told_to_stop_does_not_wait(store: Store) -> None:
    _claim(store, LIVING, *KEYS)
    assert _take_over(store, must_stop=True) is None
    assert _owners(store) == [None] * 3 and _recorded(store) == []


@pytest.mark.parametrize("taken", [KEYS, KEYS[1:], KEYS[:1]], ids=["all", "the end", "the start"])
def test_where_another_job_has_some_of_them_it_takes_none_and_says_so(
    store: Store, taken: tuple[str, ...]
) -> None:
    """With a part it might wait for that job, which may wait for its end."""
    _claim(store, DEAD, *KEYS)
    _claim(store, IN_QUEUE, *taken)
    assert _take_over(store) == (
        f"nothing is done here: {len(taken)} stages are under way elsewhere: in job 9; the same "
        "command again submits what is left"
    )
    assert _owners(store) == ["9" if key in taken else None for key in KEYS]
    assert _recorded(store) == []


def test_stages_that_are_settled_are_nobodys_concern(store: Store) -> None:
    _claim(store, IN_QUEUE, KEYS[0])
    store.stage(KEYS[0]).finish("trained", [])
    _claim(store, IN_QUEUE, KEYS[1])
    store.stage(KEYS[1]).fail("RuntimeError: out of luck", "", "")
    _claim(store, DEAD, KEYS[2])
    assert _take_over(store) is None
    assert _owners(store)[2] == "7_1"
