"""Claims: one owner at a time, dead owners displaced, live ones never."""

import json
import multiprocessing
import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from ltsweep.store import claims
from ltsweep.store.claims import Owner, acquire, deaths, newest_claim


@pytest.fixture
def me() -> Owner:
    return Owner.of_this_process("launch-1")


@pytest.fixture
def dead(me: Owner) -> Owner:
    process = subprocess.Popen(["true"])
    process.wait()
    return replace(me, pid=process.pid, token="dead", launch="launch-1")


def test_a_live_claim_stands(tmp_path: Path, me: Owner) -> None:
    first = acquire(tmp_path, me)
    assert first is not None and first.is_held() and first.is_live()
    other = Owner.of_this_process("launch-2")
    assert acquire(tmp_path, other) is None
    assert first.is_held()


def test_a_released_claim_can_be_followed(tmp_path: Path, me: Owner) -> None:
    first = acquire(tmp_path, me)
    assert first is not None
    first.release()
    second = acquire(tmp_path, Owner.of_this_process("launch-2"))
    assert second is not None and second.number == 2
    assert not first.is_held() and second.is_held()
    assert deaths(tmp_path, "launch-1") == 0, "who releases has not died"


def test_a_dead_process_is_displaced_at_once_and_counted(
    tmp_path: Path, me: Owner, dead: Owner
) -> None:
    assert acquire(tmp_path, dead) is not None
    assert deaths(tmp_path, "launch-1") == 1
    claim = acquire(tmp_path, me)
    assert claim is not None and claim.number == 2
    assert deaths(tmp_path, "launch-1") == 1
    assert deaths(tmp_path, "launch-2") == 0, "every launch counts its own"


@pytest.mark.parametrize(
    "change",
    [{"boot": "another boot"}, {"started": 12.0}],
    ids=["the machine was restarted", "the pid belongs to a younger process"],
)
def test_a_process_that_only_looks_alive_is_dead(
    tmp_path: Path, me: Owner, change: dict[str, object]
) -> None:
    assert acquire(tmp_path, replace(me, token="earlier", **change)) is not None
    assert acquire(tmp_path, me) is not None


@pytest.mark.parametrize("seconds", [-86400.0, 86400.0])
def test_a_clock_that_was_set_kills_nobody(tmp_path: Path, me: Owner, seconds: float) -> None:
    """The system counts start times from the boot, whose own time moves with the clock."""
    assert me.booted is not None
    before = replace(me, started=me.started + seconds, booted=me.booted + seconds)
    claim = acquire(tmp_path, before)
    assert claim is not None and claim.is_live()
    assert not replace(before, booted=None).process_lives(), "claims of early versions do not tell"


def test_a_zombie_is_dead(tmp_path: Path, me: Owner) -> None:
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as process:
        running = claims.psutil.Process(process.pid)
        zombie = replace(me, pid=process.pid, started=running.create_time(), token="zombie")
        assert acquire(tmp_path, zombie) is not None
        assert acquire(tmp_path, me) is None
        assert process.stdin is not None
        process.stdin.close()
        while running.status() != claims.psutil.STATUS_ZOMBIE:
            time.sleep(0.01)  # it has ended, and nobody has asked for its exit code yet
        assert acquire(tmp_path, me) is not None


@pytest.mark.parametrize("change", [{"host": "elsewhere"}, {"namespace": "pid:[1]"}])
def test_elsewhere_the_heartbeat_decides(tmp_path: Path, me: Owner, change: dict[str, str]) -> None:
    far = replace(me, token="far", pid=1, **change)
    claim = acquire(tmp_path, far)
    assert claim is not None
    assert acquire(tmp_path, me) is None, "a fresh heartbeat"
    old = claim.path.stat().st_mtime - claims.STALE_SECONDS - 1
    os.utime(claim.path, (old, old))
    claim.beat()
    assert acquire(tmp_path, me) is None, "it beat again"
    os.utime(claim.path, (old, old))
    assert acquire(tmp_path, me) is not None


def test_a_late_taker_never_displaces_a_fresh_claim(
    tmp_path: Path, me: Owner, dead: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two see the same dead claim; one is held up until the other has taken over."""
    acquire(tmp_path, dead)
    stale = newest_claim(tmp_path)
    fast = acquire(tmp_path, me)
    monkeypatch.setattr(claims, "newest_claim", lambda _: stale)
    assert acquire(tmp_path, Owner.of_this_process("slow")) is None
    monkeypatch.undo()
    assert fast is not None and fast.is_held()


@pytest.mark.process
def test_of_many_processes_one_wins(tmp_path: Path, dead: Owner) -> None:
    for number in range(5):
        directory = tmp_path / str(number)
        directory.mkdir()
        acquire(directory, dead)
        context = multiprocessing.get_context("fork")
        barrier, wins = context.Barrier(8), context.Queue()
        racers = [context.Process(target=_race, args=(directory, barrier, wins)) for _ in range(8)]
        for racer in racers:
            racer.start()
        results = [wins.get(timeout=240) for _ in racers]
        for racer in racers:
            racer.join()
        assert sorted(results) == [False] * 7 + [True]


def _race(directory: Path, barrier: object, wins: object) -> None:
    owner = Owner.of_this_process("race")
    barrier.wait()  # type: ignore[attr-defined]
    won = acquire(directory, owner) is not None
    wins.put(won)  # type: ignore[attr-defined]
    barrier.wait()  # type: ignore[attr-defined]  # nobody dies while others still try


DAMAGED = {
    "empty": b"",
    "cut": b'{"host": "here", "boot": "b", "pid": 4',
    "zeros": bytes(64),
    "a list": b"[1, 2]",
    "nothing": b"null",
    "no fields": b"{}",
    "fields of other types": b'{"host": 1, "pid": "x"}',
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_claim_is_an_attempt_and_the_next_number_is_free(
    tmp_path: Path, me: Owner, content: bytes
) -> None:
    first = acquire(tmp_path, me)
    assert first is not None
    first.path.write_bytes(content)
    standing = newest_claim(tmp_path)
    assert standing is not None and standing.number == 1 and not standing.is_live()
    assert first.is_held(), "whoever made it works on as long as nobody takes over"
    second = acquire(tmp_path, Owner.of_this_process("launch-2"))
    assert second is not None and second.number == 2 and second.is_held()
    assert not first.is_held()
    assert deaths(tmp_path, "launch-1") == 0, "nobody knows whose it was"


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo, lambda path: path.symlink_to(path)])
def test_what_is_no_file_in_place_of_a_claim_is_a_damaged_claim(
    tmp_path: Path, me: Owner, make: Callable[[Path], None]
) -> None:
    make(tmp_path / "claim-000007.json")
    claim = acquire(tmp_path, me)
    assert claim is not None and claim.number == 8


def test_a_claim_that_only_its_owner_may_read_is_nobody_elses(
    tmp_path: Path, me: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may well be alive, and so may one on a file system that is out of order."""

    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    assert acquire(tmp_path, me) is not None
    monkeypatch.setattr(claims, "open_to_read", refuse)
    with pytest.raises(PermissionError):
        acquire(tmp_path, replace(me, token="other"))


def test_what_a_later_version_adds_to_a_claim_disturbs_nobody(tmp_path: Path, me: Owner) -> None:
    later = {**asdict(me), "rack": 7}
    (tmp_path / "claim-000001.json").write_text(json.dumps(later))
    assert acquire(tmp_path, replace(me, token="other")) is None


def test_a_heartbeat_from_the_future_counts_as_one_of_now(
    tmp_path: Path, me: Owner, caplog: pytest.LogCaptureFixture
) -> None:
    far = acquire(tmp_path, replace(me, token="far", host="elsewhere"))
    assert far is not None
    tomorrow = far.path.stat().st_mtime + 86400
    os.utime(far.path, (tomorrow, tomorrow))
    assert acquire(tmp_path, me) is None, "its owner may be alive"
    assert f"{far.path} has a sign of life 86400 s in the future" in caplog.text
    now = far.path.stat().st_mtime
    assert now < tomorrow - 86000
    os.utime(far.path, (now - claims.STALE_SECONDS - 1,) * 2)
    assert acquire(tmp_path, me) is not None, "two minutes without another one"


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The jobs that Slurm's queue holds."""
    held = {"7_1"}
    monkeypatch.setattr(claims, "is_in_queue", lambda job, user: job in held)
    return held


def _in_job(job: str, restart: int = 0, launch: str = "launch-1") -> Owner:
    return Owner.of_this_process(launch, job, restart)


def _hand_over(directory: Path, me: Owner, job: str) -> None:
    claim = acquire(directory, me)
    assert claim is not None and claim.hand_over(Owner.of_waiting_job(me.launch, job))


def test_a_job_in_the_queue_is_a_live_claim_and_its_own_to_take(
    tmp_path: Path, me: Owner, queue: set[str]
) -> None:
    _hand_over(tmp_path, me, "7_1")
    for other in (Owner.of_this_process("launch-2"), me, _in_job("7_2"), _in_job("7_1", 0, "x")):
        assert acquire(tmp_path, other) is None
    running = acquire(tmp_path, _in_job("7_1"))
    assert running is not None and running.is_held() and running.number == 3
    assert deaths(tmp_path, "launch-1") == 0


def test_a_job_that_has_left_the_queue_leaves_its_stages(
    tmp_path: Path, me: Owner, queue: set[str]
) -> None:
    _hand_over(tmp_path, me, "7_1")
    queue.clear()
    assert acquire(tmp_path, Owner.of_this_process("launch-2")) is not None


def test_the_next_run_of_a_requeued_job_takes_over_and_the_former_loses(
    tmp_path: Path, queue: set[str]
) -> None:
    """After a node's failure the former process may even live on, cut off from Slurm."""
    first = acquire(tmp_path, _in_job("7_1"))
    assert acquire(tmp_path, _in_job("7_1")) is None, "two processes of one run"
    second = acquire(tmp_path, _in_job("7_1", restart=1))
    assert first is not None and second is not None
    assert second.is_held() and not first.is_held()
    assert not first.hand_over(Owner.of_waiting_job("launch-1", "7_1"))
    assert second.is_held(), "what the former run leaves behind displaces nobody"


def test_a_dead_process_of_a_job_in_the_queue_is_replaced_by_the_job_alone(
    tmp_path: Path, dead: Owner, queue: set[str]
) -> None:
    acquire(tmp_path, replace(dead, slurm="7_1"))
    assert acquire(tmp_path, Owner.of_this_process("launch-2")) is None
    assert acquire(tmp_path, _in_job("7_1")) is not None
    assert deaths(tmp_path, "launch-1") == 1


def test_a_run_that_saved_and_left_has_not_died(tmp_path: Path, queue: set[str]) -> None:
    for restart in range(5):
        claim = acquire(tmp_path, _in_job("7_1", restart))
        assert claim is not None and claim.hand_over(Owner.of_waiting_job("launch-1", "7_1"))
    assert deaths(tmp_path, "launch-1") == 0


def test_where_no_slurm_answers_a_job_counts_for_a_week(
    tmp_path: Path, me: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "is_in_queue", lambda job, user: None)
    _hand_over(tmp_path, me, "7_1")
    waiting = newest_claim(tmp_path)
    assert waiting is not None and waiting.is_live()
    old = waiting.path.stat().st_mtime - claims.FORGOTTEN_SECONDS - 1
    os.utime(waiting.path, (old, old))
    assert not waiting.is_live()


def test_a_process_of_a_job_elsewhere_that_slurm_lost_keeps_its_heartbeat(
    tmp_path: Path, me: Owner, queue: set[str]
) -> None:
    far = replace(_in_job("8"), host="elsewhere")
    claim = acquire(tmp_path, far)
    assert claim is not None and acquire(tmp_path, me) is None
    old = claim.path.stat().st_mtime - claims.STALE_SECONDS - 1
    os.utime(claim.path, (old, old))
    assert acquire(tmp_path, me) is not None
