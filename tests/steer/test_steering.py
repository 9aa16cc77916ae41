"""Retry and cancel on made-up launches: what is refused, and what is left alone."""

import sys
from hashlib import sha256
from pathlib import Path

import psutil
import pytest

from ltsweep.cli.main import main
from ltsweep.foundations.errors import RequestError
from ltsweep.foundations.files import read_json, write_json
from ltsweep.foundations.squeue import SlurmError
from ltsweep.launch.cancellation import is_cancelled
from ltsweep.launch.own_components import own_components
from ltsweep.launch.slurm.client import JobState
from ltsweep.steer.cancel import cancel
from ltsweep.steer.retry import prepare_retry
from ltsweep.steer.selectors import choose
from ltsweep.steer.status import status_of
from ltsweep.store.claims import Owner, acquire

from ..points import plan
from .conftest import ARGUMENTS, MadeUpLaunch, make_launch

LAUNCH = "launch 20260101-120000-abcdef"
FAR = {"host": "node7", "pid": 42}
AGAIN = "run its launch.py command again (ltsweep show CURVE prints that of a curve)"


def _retried(made_up: MadeUpLaunch, *selectors: str) -> set[tuple[str, int]]:
    """What would be submitted again, as method and level; the dense training is imp's level 0."""
    _, pending = prepare_retry(choose(made_up.store, selectors))
    names = {
        (method, level)
        for method in ("random_reinit", "imp")
        for level in range(4)
        if made_up.key(method, level) in pending.stages
    }
    return names - {("random_reinit", 0)}


def test_what_is_missing_is_retried(made_up: MadeUpLaunch) -> None:
    made_up.done("imp", 0)
    made_up.done("random_reinit", 1)
    made_up.failed("imp", 1)
    above = {("imp", 2), ("imp", 3), ("random_reinit", 2), ("random_reinit", 3)}
    assert _retried(made_up) == {("imp", 1)} | above
    (imp,) = (point.id for point in made_up.points if point.config.method.name == "imp")
    assert _retried(made_up, imp) == {("imp", 1), ("imp", 2), ("imp", 3)}
    assert _retried(made_up, made_up.key("imp", 1)) == {("imp", 1)}


def test_a_retry_leaves_the_files_of_points_as_they_are(tmp_path: Path) -> None:
    lines = ("method=imp,dense_transfer", "levels=1", "target.half=a")
    made = make_launch(tmp_path / "store", "20260101-120000-abcdef", *lines)
    selection, _ = prepare_retry(choose(made.store, []))
    again = [point.record(selection.experiment) for point in selection.plan.points]
    stored = made.store.points()
    assert sorted(again, key=lambda record: record.id) == stored
    assert [record.dense is None for record in stored].count(False) == 1
    assert all(record.overlap is not None for record in stored)


def test_while_the_launch_is_at_work_only_what_it_has_lost_is_retried(
    made_up: MadeUpLaunch,
) -> None:
    made_up.done("imp", 0)
    made_up.failed("imp", 1)
    made_up.running("random_reinit", 1, age=1, host="node7", pid=42)
    lost = {("imp", 1), ("imp", 2), ("imp", 3), ("random_reinit", 2), ("random_reinit", 3)}
    assert _retried(made_up) == lost


def test_what_an_ended_job_leaves_is_retried_while_others_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = {"7": JobState("RUNNING"), "8": JobState("CANCELLED")}
    monkeypatch.setattr("ltsweep.steer.slurm_jobs.job_states", lambda ids: queue)
    made = make_launch(
        tmp_path / "store",
        LAUNCH.removeprefix("launch "),
        *("method=imp,random_reinit", "levels=3", "cluster=slurm"),
    )
    made.done("imp", 0)
    for level in (1, 2):
        made.queued("imp", level, "7")
    for key in (("imp", 3), *(("random_reinit", level) for level in (1, 2, 3))):
        made.queued(*key, "8")
    made.running("imp", 1, age=1, slurm="7", **FAR)
    above = {("imp", 1), ("imp", 2)}  # submitted with the rest, and left to the job that has them
    lost = {("imp", 3), ("random_reinit", 1), ("random_reinit", 2), ("random_reinit", 3)}
    assert _retried(made) == lost | above
    del queue["8"]
    (imp,) = (point.id for point in made.points if point.config.method.name == "imp")
    assert _retried(made, imp) == {("imp", 3)} | above


def _refusal(made_up: MadeUpLaunch, *selectors: str) -> list[str]:
    with pytest.raises(RequestError) as refused:
        prepare_retry(choose(made_up.store, selectors))
    return refused.value.problems


def test_what_is_being_worked_on_is_not_retried(made_up: MadeUpLaunch) -> None:
    made_up.running("imp", 0, age=1, host="node7", pid=42)
    assert _refusal(made_up) == [
        f"nothing to retry: process 42 on node7 still at work on what is missing of {LAUNCH}"
    ]


def test_what_is_done_is_not_retried(made_up: MadeUpLaunch) -> None:
    for method in ("imp", "random_reinit"):
        for level in range(4):
            made_up.done(method, level)
    assert _refusal(made_up) == [f"nothing to retry: all stages of {LAUNCH} are done"]


def test_several_launches_are_not_retried_at_once(made_up: MadeUpLaunch, tmp_path: Path) -> None:
    make_launch(tmp_path / "store", "20260102-120000-bbbbbb", "method=random_mask")
    assert _refusal(made_up, "made-up") == [
        "experiment made-up was submitted by several launches; name one: 20260102-120000-bbbbbb "
        "or 20260101-120000-abcdef"
    ]


def test_of_several_launches_the_only_one_that_is_not_done_is_retried(
    made_up: MadeUpLaunch, tmp_path: Path
) -> None:
    done = make_launch(tmp_path / "store", "20260102-120000-bbbbbb", "method=dense", "seed=1")
    done.done("dense", 0, seed=1)
    assert len(_retried(made_up, "all")) == 1 + 3 + 3


def test_a_launch_of_another_version_is_not_retried(made_up: MadeUpLaunch) -> None:
    path = made_up.launch.directory / "launch.json"
    content = read_json(path)
    del content["run"]
    write_json(path, content)
    assert _refusal(made_up) == [f"{LAUNCH} was submitted by another version of ltsweep; {AGAIN}"]


def test_a_point_that_an_early_version_wrote_is_not_retried(made_up: MadeUpLaunch) -> None:
    path = made_up.store.points_dir / f"{made_up.points[0].id}.json"
    content = read_json(path)
    del content["reset_step"]
    write_json(path, content)
    assert _refusal(made_up) == [f"{LAUNCH} was submitted by another version of ltsweep; {AGAIN}"]


def test_a_curve_whose_launch_cannot_be_read_is_not_said_to_have_none(
    made_up: MadeUpLaunch,
) -> None:
    (curve, _) = sorted(point.id for point in made_up.points)
    root, name = made_up.store.root, made_up.launch.id
    (made_up.launch.directory / "launch.json").write_text("{")
    assert _refusal(made_up, curve) == [
        f"nothing to retry: no launch of {root} that can be read has curve {curve}, and {name} "
        f"cannot be read; {AGAIN}"
    ]
    made_up.launch.discard()
    assert _refusal(made_up, curve) == [
        f"nothing to retry: no launch of {root} has curve {curve}; {AGAIN}"
    ]


def test_edited_code_is_not_run_under_the_key_of_the_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The key of a stage says which source it was planned with; looking at it runs nothing."""
    source = tmp_path / "ownscores.py"
    source.write_text("def own(weights):\n    return weights\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    made = make_launch(
        tmp_path / "store", "20260101-120000-abcdef", "pruning._target_=ownscores.own"
    )
    del sys.modules["ownscores"]
    source.write_text("raise SystemExit('this must not run')\n")
    assert _refusal(made) == [
        f"the source of ownscores.own was edited, which makes other stages; {AGAIN}"
    ]
    assert main(["show", made.points[0].id, "--store", str(made.store.root)]) == 0
    shown = capsys.readouterr().out
    assert "no longer as it was: the source of ownscores.own was edited" in shown
    assert "the curve of today's code" in shown
    source.unlink()
    assert _refusal(made) == [f"the file of ownscores.own is not found any more; {AGAIN}"]
    assert "ownscores" not in sys.modules


def test_a_launch_says_which_code_outside_ltsweep_it_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "ownscores2.py"
    source.write_text("def own(weights):\n    return weights\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    made = plan("pruning._target_=ownscores2.own", "method=imp,random_mask", "levels=1")
    digest = sha256(source.read_bytes()).hexdigest()
    line = f"ownscores2.own in {source} (SHA-256 {digest[:16]})"
    assert own_components(made.stages.values()) == [line]
    source.write_text("# edited while it was planned with\n")
    assert own_components(made.stages.values()) == [f"ownscores2.own in a file of SHA-256 {digest}"]
    assert own_components(plan("method=imp").stages.values()) == []


def test_nothing_to_cancel(made_up: MadeUpLaunch, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cancel", "--store", str(made_up.store.root)]) == 2
    assert capsys.readouterr().err == (
        f"ltsweep: nothing to cancel: no process and no job works on {LAUNCH}\n"
    )
    assert not is_cancelled(made_up.launch.directory)


def test_cancel_signals_nobody_and_names_who_does_not_leave(
    made_up: MadeUpLaunch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This very process holds the claim: it would end if it were signalled."""
    monkeypatch.setattr("ltsweep.steer.cancel.LEAVE_SECONDS", 0.0)
    me = made_up.running("imp", 0)
    said: list[str] = []
    assert cancel(choose(made_up.store, []), said.append) is False
    assert said == [
        f"cancelled {LAUNCH} (2 curves); its workers save ...",
        f"not known to have left: process {me.pid} on {me.host}; workers leave at their next step",
    ]
    assert is_cancelled(made_up.launch.directory)


def test_a_process_that_took_the_number_of_a_worker_is_not_the_worker(
    made_up: MadeUpLaunch,
) -> None:
    me = psutil.Process()
    owner = made_up.running("imp", 0, started=me.create_time() - 3600)
    made_up.worker("", pid=owner.pid, host=owner.host, submitted=me.create_time() - 3600)
    with pytest.raises(RequestError, match="nothing to cancel"):
        cancel(choose(made_up.store, []), print)


def test_jobs_in_slurm_are_cancelled(
    made_up: MadeUpLaunch, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = {"123_4": JobState("PENDING", "Priority")}
    monkeypatch.setattr("ltsweep.steer.slurm_jobs.job_states", lambda ids: dict(queue))
    monkeypatch.setattr(
        "ltsweep.steer.cancel.cancel_jobs", lambda ids: [queue.pop(name) for name in ids]
    )
    made_up.queued("imp", 0, "123_4")
    said: list[str] = []
    assert cancel(choose(made_up.store, []), said.append) is True
    assert said[-1] == f"all have left; go on with: ltsweep retry --store {made_up.store.root}"
    assert queue == {}


def test_older_launches_at_work_on_the_same_stages_are_cancelled_too(
    made_up: MadeUpLaunch, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = make_launch(made_up.store.root, "20260102-120000-bbbbbb", *ARGUMENTS)
    queue = {"123_4": JobState("PENDING", "Priority"), "123_5": JobState("RUNNING")}
    monkeypatch.setattr(
        "ltsweep.steer.slurm_jobs.job_states", lambda ids: {i: queue[i] for i in ids if i in queue}
    )
    monkeypatch.setattr(
        "ltsweep.steer.cancel.cancel_jobs", lambda ids: [queue.pop(name) for name in ids]
    )
    monkeypatch.setattr("ltsweep.store.claims.is_in_queue", lambda job, user: job in queue)
    made_up.queued("imp", 0, "123_4")
    claim = acquire(made_up.stage("imp", 0).path, Owner.of_waiting_job(made_up.launch.id, "123_4"))
    assert claim is not None
    assert status_of(choose(made_up.store, [])).stages_by_state["queued"] == 1
    with pytest.raises(RequestError, match="nothing to cancel"):
        cancel(choose(made_up.store, [newer.launch.id]), print)
    said: list[str] = []
    assert cancel(choose(made_up.store, []), said.append) is True
    assert said[0].startswith(f"cancelled {LAUNCH}")
    assert said[-1].endswith(f"ltsweep retry {made_up.launch.id} --store {made_up.store.root}")
    assert set(queue) == {"123_5"} and not is_cancelled(newer.launch.directory)


def test_slurm_may_refuse(made_up: MadeUpLaunch, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(ids: list[str]) -> None:
        raise SlurmError("scancel did not answer within 8 seconds")

    monkeypatch.setattr(
        "ltsweep.steer.slurm_jobs.job_states",
        lambda ids: {"123_4": JobState("PENDING", "Priority")},
    )
    monkeypatch.setattr("ltsweep.steer.cancel.cancel_jobs", refuse)
    made_up.queued("imp", 0, "123_4")
    with pytest.raises(RequestError) as refused:
        cancel(choose(made_up.store, []), print)
    assert refused.value.problems == [
        "scancel did not answer within 8 seconds; the workers that run will stop, but jobs in the "
        "queue stay there"
    ]
