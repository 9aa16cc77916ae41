"""Every state that a curve of a made-up store can be in, and some of them word for word."""

import os
import socket
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from ltsweep.launch import cancellation
from ltsweep.launch.slurm.client import JobState
from ltsweep.steer.selectors import choose
from ltsweep.steer.stage_states import Stages
from ltsweep.steer.status import status_of
from ltsweep.store.records import ValidationRecord
from ltsweep.store.stage_dir import StageDir

from ..records import closing_record
from .conftest import MadeUpLaunch

HOST = socket.gethostname()
FAR = {"host": "node7", "pid": 42}  # another machine's clock counts: its last sign is recent

QUEUE = {
    "123_4": JobState("PENDING", "Priority"),
    "123_6": JobState("CANCELLED"),
    "123_7": JobState("RUNNING"),
}


def _nothing(launch: MadeUpLaunch) -> None:
    pass


def _dense_runs(launch: MadeUpLaunch) -> None:
    launch.running("imp", 0)
    validation = ValidationRecord(event="validation", step=20, accuracy=0.5, loss=1.0)
    launch.stage("imp", 0).append(validation.stored())


def _ticket_runs_elsewhere(launch: MadeUpLaunch) -> None:
    launch.done("imp", 0)
    launch.running("imp", 1, age=100, **FAR)
    launch.done("random_reinit", 1)


def _ticket_runs_and_controls_are_ahead(launch: MadeUpLaunch) -> None:
    _ticket_runs_elsewhere(launch)
    launch.done("random_reinit", 2)


def _ticket_failed(launch: MadeUpLaunch) -> None:
    launch.done("imp", 0)
    launch.failed("imp", 1, "RuntimeError: out of luck\nand more of it")
    launch.done("random_reinit", 1)


def _ticket_diverged(launch: MadeUpLaunch) -> None:
    launch.done("imp", 0)
    launch.done("imp", 1, outcome="diverged")
    launch.done("random_reinit", 1)


def _ticket_is_queued(launch: MadeUpLaunch) -> None:
    launch.done("imp", 0)
    launch.queued("imp", 1, "123_4")
    launch.done("random_reinit", 1)


def _job_of_ticket_has_ended(launch: MadeUpLaunch) -> None:
    launch.done("imp", 0)
    launch.queued("imp", 1, "123_5")
    launch.done("random_reinit", 1)


def _job_of_dense_training_was_cancelled(launch: MadeUpLaunch) -> None:
    launch.queued("imp", 0, "123_6")


def _process_of_a_job_was_killed(launch: MadeUpLaunch) -> None:
    process = subprocess.Popen(["true"])
    process.wait()
    launch.queued("imp", 0, "123_7")
    launch.running("imp", 0, pid=process.pid, slurm="123_7")


def _cancelled(launch: MadeUpLaunch) -> None:
    launch.done("imp", 0)
    cancellation.cancel(launch.launch.directory)


def _all_done(launch: MadeUpLaunch) -> None:
    for level in range(4):
        launch.done("imp", level)
        launch.done("random_reinit", level)


def _last_sign_was_long_ago(launch: MadeUpLaunch) -> None:
    launch.done("imp", 0)
    launch.running("imp", 1, age=3600, **FAR)


ON_NODE7 = {"host": "node7", "pid": 42, "steps": 400}
TICKET = "imp, seed 0, level 1"


def _about(
    state: str, level: int | None, *about: str | int, says: str = "", **keys: object
) -> dict:
    """What is told of a curve: `about` is the stage that holds it up, `says` a part of the text."""
    return {"state": state, "level": level, "about": about, "says": says, **keys}


DENSE = ("imp", 0)  # which both curves share
STATES = [
    (_nothing, *[_about("open", None, *DENSE)] * 2),
    (
        _dense_runs,
        *[_about("running", None, *DENSE, host=HOST, pid=os.getpid(), step=20, steps=400)] * 2,
    ),
    (
        _ticket_runs_elsewhere,
        _about("running", 0, "imp", 1, **ON_NODE7),
        _about("waiting", 1, "random_reinit", 2, says=f"{TICKET} (runs on node7, process 42)"),
    ),
    (
        _ticket_runs_and_controls_are_ahead,
        _about("running", 0, "imp", 1, **ON_NODE7),
        _about(
            "waiting", 2, "random_reinit", 3, says=f"imp, seed 0, level 2, and that for {TICKET}"
        ),
    ),
    (
        _ticket_failed,
        _about("failed", 0, "imp", 1, says="RuntimeError: out of luck"),
        _about(
            "blocked", 1, "random_reinit", 2, says=f"{TICKET} failed: RuntimeError: out of luck"
        ),
    ),
    (
        _ticket_diverged,
        _about("diverged", 0, "imp", 1, says="the ladder ends here"),
        _about("blocked", 1, "random_reinit", 2, says=f"{TICKET} diverged"),
    ),
    (
        _ticket_is_queued,
        _about("queued", 0, "imp", 1, slurm="123_4", says="for 2 h (PENDING: Priority)"),
        _about("waiting", 1, "random_reinit", 2, says=f"{TICKET} (queued in Slurm as job 123_4)"),
    ),
    (
        _job_of_ticket_has_ended,
        _about("lost", 0, "imp", 1, slurm="123_5", says="has ended"),
        _about("waiting", 1, "random_reinit", 2, says=f"{TICKET} (its job has ended)"),
    ),
    (
        _job_of_dense_training_was_cancelled,
        *[_about("lost", None, *DENSE, slurm="123_6", says="has ended (CANCELLED)")] * 2,
    ),
    (
        _process_of_a_job_was_killed,
        *[_about("open", None, *DENSE, slurm="123_7", says="next in Slurm job 123_7 (RUNNING)")]
        * 2,
    ),
    (
        _cancelled,
        _about("cancelled", 0, "imp", 1),
        _about("cancelled", 0, "random_reinit", 1),
    ),
    (
        _last_sign_was_long_ago,
        _about("open", 0, "imp", 1),
        _about("open", 0, "random_reinit", 1),
    ),
    (_all_done, _about("done", 3), _about("done", 3)),
]


@pytest.fixture
def _queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ltsweep.steer.slurm_jobs.job_states", lambda ids: QUEUE)
    monkeypatch.setattr("ltsweep.store.claims.is_in_queue", lambda job, user: job == "123_7")


@pytest.mark.usefixtures("_queue")
@pytest.mark.parametrize(("came_to_pass", "imp", "random_reinit"), STATES)
def test_every_state_and_the_stage_that_it_is_about(
    made_up: MadeUpLaunch,
    came_to_pass: Callable[[MadeUpLaunch], None],
    imp: dict[str, Any],
    random_reinit: dict[str, Any],
) -> None:
    came_to_pass(made_up)
    wanted = {"imp": imp, "random_reinit": random_reinit}
    curves = status_of(choose(made_up.store, [])).curves
    assert {curve.method for curve in curves} == wanted.keys()
    for curve in curves:
        expected = wanted[curve.method]
        about, says = expected["about"], expected["says"]
        keys = expected.keys() - {"about", "says"}
        told = curve.model_dump()
        assert {key: told[key] for key in keys} == {key: expected[key] for key in keys}
        assert curve.stage == (made_up.key(*about) if about else None)
        silent = {"host", "pid", "slurm", "step", "steps"} - keys
        assert curve.state in ("open", "lost") or not any(told[key] for key in silent), told
        assert says in curve.text and bool(curve.text) == bool(about)


@pytest.mark.usefixtures("_queue")
@pytest.mark.parametrize(
    ("came_to_pass", "method", "text"),
    [
        (
            _dense_runs,
            "imp",
            f"the dense training runs on {HOST}, process {os.getpid()}: step 20 of 400, "
            "validation 50.0 %; last sign of life 10 min ago",
        ),
        (
            _ticket_runs_and_controls_are_ahead,
            "random_reinit",
            "level 3 waits for imp, seed 0, level 2, and that for imp, seed 0, level 1 "
            "(runs on node7, process 42)",
        ),
        (
            _ticket_is_queued,
            "imp",
            "level 1 is queued in Slurm as job 123_4, for 2 h (PENDING: Priority)",
        ),
        (_last_sign_was_long_ago, "imp", "level 1 is ready; no process has it yet"),
    ],
)
def test_some_states_word_for_word(
    made_up: MadeUpLaunch, came_to_pass: Callable[[MadeUpLaunch], None], method: str, text: str
) -> None:
    came_to_pass(made_up)
    curves = status_of(choose(made_up.store, [])).curves
    assert [curve.text for curve in curves if curve.method == method] == [text]


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda stage: (stage.path / "DONE").write_bytes(b""), "DONE"),
        (lambda stage: stage.ticket.write_bytes(b"half of"), "has 7 bytes instead of 14"),
        (lambda stage: stage.ticket.unlink(), "is missing"),
    ],
    ids=["an empty DONE", "a cut ticket", "no ticket"],
)
def test_a_stage_that_would_be_trained_again_is_not_done(
    made_up: MadeUpLaunch, damage: Callable[[StageDir], object], told: str
) -> None:
    made_up.done("imp", 0)
    stage = made_up.stage("imp", 1)
    stage.ticket.write_bytes(b"half of a mask")
    stage.append(closing_record(level=1).stored())
    stage.finish("trained", [stage.ticket])
    states = Stages(made_up.store, [])
    assert states.state(stage.key).state == "done"
    damage(stage)
    found = Stages(made_up.store, []).state(stage.key)
    assert found.state == "damaged" and told in found.reason
