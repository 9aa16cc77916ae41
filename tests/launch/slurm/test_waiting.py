"""A launcher that has to wait, for its turn or for a Slurm that does not answer, says so."""

import pytest

from ltsweep.launch.engine import Outcome
from ltsweep.launch.slurm import submit
from ltsweep.launch.slurm.submit import Queued
from ltsweep.store.claims import Owner, acquire

from ...slurm_made_up import MadeUpSlurm
from .conftest import ONE, Launcher, hurry

pytestmark = pytest.mark.process  # made-up commands of Slurm's


def test_one_launcher_submits_at_a_time(
    launcher: Launcher, cluster: MadeUpSlurm, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn = launcher.store.leases_dir / "submission"
    turn.mkdir(parents=True)
    other = acquire(turn, Owner.of_this_process("another launch"))
    assert other is not None
    hurry(monkeypatch, lambda seconds: other.release())
    assert launcher.submit(axes=ONE) == Queued(refused=0)
    waits = "another launcher is submitting to this store; waiting for it ..."
    assert launcher.said.count(waits) == 1


def test_while_slurm_is_silent_nobody_says_that_its_jobs_have_ended(
    launcher: Launcher, cluster: MadeUpSlurm, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [None, None, True, None, False]
    monkeypatch.setattr(submit, "is_in_queue", lambda job, user: answers.pop(0))
    hurry(monkeypatch, lambda seconds: None)
    outcome = launcher.submit("wait=true", axes=ONE)
    assert isinstance(outcome, Outcome) and outcome.unfinished == 2
    silent, again = "Slurm does not answer; waiting ...", "Slurm answers again"
    told = [line for line in launcher.said if line in (silent, again)]
    assert (told, answers) == ([silent, again, silent, again], [])
