"""Slurm that does not answer: nobody says that nothing works, and what was known last is told."""

import json

import pytest

from ltsweep.cli.main import main
from ltsweep.foundations.errors import RequestError
from ltsweep.foundations.squeue import SlurmError
from ltsweep.launch import cancellation
from ltsweep.launch.cancellation import is_cancelled
from ltsweep.steer import follow as follow_module
from ltsweep.steer.cancel import cancel
from ltsweep.steer.retry import prepare_retry
from ltsweep.steer.selectors import choose
from ltsweep.steer.status import SweepStatus, status_of
from ltsweep.store.claims import FORGOTTEN_SECONDS

from .conftest import MadeUpLaunch

SILENCE = "squeue did not answer within 8 seconds"
FAR = {"host": "node7", "pid": 42}


@pytest.fixture(autouse=True)
def _silent(monkeypatch: pytest.MonkeyPatch) -> None:
    def silence(ids: object) -> None:
        raise SlurmError(SILENCE)

    monkeypatch.setattr("ltsweep.steer.slurm_jobs.job_states", silence)
    monkeypatch.setattr("ltsweep.store.claims.is_in_queue", lambda job, user: None)


def _status(made_up: MadeUpLaunch) -> SweepStatus:
    return status_of(choose(made_up.store, []))


def test_status_tells_that_it_does_not_know_and_what_was_known_last(
    made_up: MadeUpLaunch, capsys: pytest.CaptureFixture[str]
) -> None:
    made_up.done("imp", 0)
    made_up.queued("imp", 1, "123_4")
    made_up.queued("random_reinit", 1, "123_5")
    made_up.running("random_reinit", 1, age=600, slurm="123_5", **FAR)
    status = _status(made_up)
    assert status.at_work is None and status.slurm_silence == SILENCE
    assert status.stages_by_state == {"done": 1, "unknown": 2, "waiting": 4}
    texts = {curve.method: curve.text for curve in status.curves}
    beginning = "level 1 is not done; Slurm did not answer; last known: "
    assert texts == {
        "imp": f"{beginning}job 123_4 was submitted 2 h ago",
        "random_reinit": f"{beginning}job 123_5 ran it on node7, last seen 10 min ago",
    }
    assert main(["status", "--store", str(made_up.store.root)]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == f"Slurm did not answer: {SILENCE}; what its jobs do is not known"


def test_what_waits_for_an_unknown_stage_says_so(made_up: MadeUpLaunch) -> None:
    made_up.queued("imp", 0, "123_4")
    made_up.done("random_reinit", 1)
    (reinit,) = (c for c in _status(made_up).curves if c.method == "random_reinit")
    assert reinit.state == "unknown"
    made_up.done("imp", 0)
    made_up.queued("imp", 1, "123_4")
    (reinit,) = (c for c in _status(made_up).curves if c.method == "random_reinit")
    assert reinit.text == (
        "level 2 waits for imp, seed 0, level 1 (Slurm does not tell about job 123_4)"
    )


def test_a_process_that_shows_signs_of_life_is_known(made_up: MadeUpLaunch) -> None:
    made_up.queued("imp", 0, "123_4")
    made_up.running("imp", 0, age=10, slurm="123_4", **FAR)
    status = _status(made_up)
    assert status.at_work is True and status.stages_by_state == {"running": 1, "waiting": 6}


def test_of_what_is_done_nothing_is_unknown(made_up: MadeUpLaunch) -> None:
    for level in range(4):
        made_up.done("imp", level)
        made_up.done("random_reinit", level)
        made_up.queued("imp", level, "123_4")
    status = _status(made_up)
    assert status.at_work is False and status.slurm_silence is None
    with pytest.raises(RequestError, match="^nothing to cancel: no process and no job works"):
        cancel(choose(made_up.store, []), print)


def test_a_job_of_long_ago_is_no_longer_expected(
    made_up: MadeUpLaunch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store that has left its cluster is not stuck for ever."""
    made_up.queued("imp", 0, "123_4")
    monkeypatch.setattr("ltsweep.steer.slurm_jobs.FORGOTTEN_SECONDS", 3600.0)
    assert FORGOTTEN_SECONDS > 3600
    status = _status(made_up)
    assert status.at_work is False and status.stages_by_state == {"open": 1, "waiting": 6}
    _, pending = prepare_retry(choose(made_up.store, []))
    assert len(pending.stages) == 7


def test_cancel_cancels_and_does_not_say_that_all_have_left(
    made_up: MadeUpLaunch, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr("ltsweep.steer.cancel.LEAVE_SECONDS", 0.0)
    monkeypatch.setattr("ltsweep.steer.cancel.cancel_jobs", told.extend)
    made_up.queued("imp", 0, "123_4")
    said: list[str] = []
    for _ in range(2):  # the marker that the first one leaves is no news of the jobs
        assert cancel(choose(made_up.store, []), said.append) is False
        assert said[-1] == (
            f"not known to have left: Slurm job 123_4 (not known: {SILENCE}); workers leave at "
            "their next step"
        )
    assert told == ["123_4"] * 2 and is_cancelled(made_up.launch.directory)


def test_all_launches_are_told_to_stop_before_slurm_refuses_one(
    made_up: MadeUpLaunch, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(ids: list[str]) -> None:
        raise SlurmError("scancel did not answer within 8 seconds")

    monkeypatch.setattr("ltsweep.steer.cancel.cancel_jobs", refuse)
    made_up.queued("imp", 0, "123_4")
    with pytest.raises(RequestError, match="^scancel did not answer within 8 seconds; the workers"):
        cancel(choose(made_up.store, []), print)
    assert is_cancelled(made_up.launch.directory)


def test_retry_waits_for_an_answer(made_up: MadeUpLaunch) -> None:
    made_up.queued("imp", 0, "123_4")
    made_up.queued("imp", 1, "123_4")
    made_up.done("imp", 0)
    for method, level in [("imp", 2), ("imp", 3), *(("random_reinit", n) for n in (1, 2, 3))]:
        made_up.done(method, level)
    with pytest.raises(RequestError) as refused:
        prepare_retry(choose(made_up.store, []))
    assert refused.value.problems == [
        "whether jobs still work on what is missing of launch 20260101-120000-abcdef is not known: "
        f"{SILENCE}; try again when Slurm answers"
    ]


def test_logs_are_followed_as_long_as_jobs_may_work(
    made_up: MadeUpLaunch,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    log = made_up.launch.logs / "123_4_0_log.out"
    log.write_text("before\n")
    made_up.queued("imp", 0, "123_4")
    looks = iter(range(3))

    def sleep(seconds: float) -> None:
        if next(looks, None) is None:
            raise KeyboardInterrupt

    monkeypatch.setattr(follow_module, "POLLS", 1)
    monkeypatch.setattr(follow_module.time, "sleep", sleep)
    assert main(["logs", "-f", "--store", str(made_up.store.root)]) == 0
    assert "no process and no job works" not in capsys.readouterr().out
    assert next(looks, None) is None, "it went on until somebody interrupted it"


def test_json_has_null_for_what_is_not_known(
    made_up: MadeUpLaunch, capsys: pytest.CaptureFixture[str]
) -> None:
    made_up.queued("imp", 0, "123_4")
    cancellation.cancel(made_up.launch.directory)
    assert main(["status", "--json", "--store", str(made_up.store.root)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["at_work"] is None and told["slurm_silence"] == SILENCE
    assert told["stages_by_state"] == {"cancelled": 7}
