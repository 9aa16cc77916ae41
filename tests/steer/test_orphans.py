"""Jobs of a launcher that died right behind sbatch: status and cancel know them all the same."""

import pytest

from ltsweep.foundations.squeue import SlurmError
from ltsweep.launch.slurm import orphans
from ltsweep.launch.slurm.arrays import ArrayFile
from ltsweep.launch.slurm.client import JobState
from ltsweep.steer.cancel import cancel
from ltsweep.steer.selectors import choose
from ltsweep.steer.status import SweepStatus, status_of

from ..points import request
from .conftest import MadeUpLaunch, make_launch


@pytest.fixture
def launch(tmp_path) -> MadeUpLaunch:
    """Two jobs were submitted as an array, and nobody noted it."""
    axes = ("method=dense", "seed=0,1", "cluster=slurm")
    made = make_launch(tmp_path / "store", "20260101-120000-abcdef", *axes)
    shares = {number: (made.key("dense", 0, seed=number),) for number in range(2)}
    cluster = request("cluster=slurm").run.cluster
    file = ArrayFile.create(made.launch.directory, cluster, shares)
    file.script.write_text("#!/bin/bash\n")
    return made


def _status(launch: MadeUpLaunch) -> SweepStatus:
    return status_of(choose(launch.store, []))


def _slurm_has(monkeypatch: pytest.MonkeyPatch, queue: dict[str, JobState]) -> None:
    monkeypatch.setattr(
        orphans, "arrays_by_script", lambda scripts, user: dict.fromkeys(scripts, [*queue])
    )
    monkeypatch.setattr("ltsweep.steer.slurm_jobs.job_states", lambda ids: dict(queue))


def test_status_finds_them_by_their_script(
    launch: MadeUpLaunch, monkeypatch: pytest.MonkeyPatch
) -> None:
    _slurm_has(monkeypatch, {"12_0": JobState("RUNNING"), "12_1": JobState("PENDING", "Priority")})
    status = _status(launch)
    assert status.at_work is True
    assert [(curve.seed, curve.state, curve.slurm) for curve in status.curves] == [
        (0, "open", "12_0"),
        (1, "queued", "12_1"),
    ]


def test_cancel_cancels_them(launch: MadeUpLaunch, monkeypatch: pytest.MonkeyPatch) -> None:
    queue = {"12_0": JobState("RUNNING"), "12_1": JobState("PENDING", "Priority")}
    _slurm_has(monkeypatch, queue)
    monkeypatch.setattr(
        "ltsweep.steer.cancel.cancel_jobs", lambda ids: [queue.pop(name) for name in ids]
    )
    assert cancel(choose(launch.store, []), lambda text: None) is True
    assert queue == {}


def test_a_launcher_that_died_before_sbatch_left_none(
    launch: MadeUpLaunch, monkeypatch: pytest.MonkeyPatch
) -> None:
    _slurm_has(monkeypatch, {})
    status = _status(launch)
    assert status.at_work is False and status.stages_by_state == {"lost": 2}
    assert all(c.text.endswith("training is not done, and no job has it") for c in status.curves)


def test_a_silent_slurm_may_have_them(
    launch: MadeUpLaunch, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silence(*_: object) -> None:
        raise SlurmError("squeue did not answer within 8 seconds")

    monkeypatch.setattr(orphans, "arrays_by_script", silence)
    status = _status(launch)
    assert status.at_work is None and status.stages_by_state == {"unknown": 2}
    assert "last known: a job of unknown id was submitted 0 s ago" in status.curves[0].text
    monkeypatch.setattr("ltsweep.steer.cancel.LEAVE_SECONDS", 0.0)
    said: list[str] = []
    assert cancel(choose(launch.store, []), said.append) is False
    assert "a job of unknown id (not known: squeue did not answer" in said[-1]


def test_recorded_jobs_are_not_looked_for(
    launch: MadeUpLaunch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orphans, "arrays_by_script", None)
    monkeypatch.setattr(
        "ltsweep.steer.slurm_jobs.job_states", lambda ids: {"12_0": JobState("PENDING")}
    )
    launch.queued("dense", 0, "12_0")
    assert _status(launch).curves[0].state == "queued"
