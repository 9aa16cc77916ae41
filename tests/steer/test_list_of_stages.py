"""A launch's list of stages is read where something is left to do, and its damage stops nothing."""

import logging
import os
from typing import Any

import pytest

from ltsweep.cli.main import main
from ltsweep.spec import StageSpec
from ltsweep.steer.selectors import choose
from ltsweep.steer.status import status_of

from .conftest import MadeUpLaunch


def _list(made_up: MadeUpLaunch) -> str:
    return str(made_up.launch.directory / "stages.jsonl.gz")


@pytest.mark.parametrize("command", [["status"], ["cancel"]])
def test_what_is_done_is_told_without_the_list(
    made_up: MadeUpLaunch, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    for level in range(4):
        made_up.done("imp", level)
        made_up.done("random_reinit", level)
    told = []
    for _ in range(2):
        code = main([*command, "--store", str(made_up.store.root)])
        told.append((code, capsys.readouterr()))
        if os.path.exists(_list(made_up)):
            os.unlink(_list(made_up))
    assert told[0] == told[1]


def test_damage_of_the_list_is_said_and_curves_are_told(
    made_up: MadeUpLaunch, caplog: pytest.LogCaptureFixture
) -> None:
    made_up.done("imp", 0)
    made_up.done("imp", 1)
    os.truncate(_list(made_up), 50)
    with caplog.at_level(logging.WARNING):
        status = status_of(choose(made_up.store, []))
    assert [curve.level for curve in status.curves] == [1, 0]
    assert [record.getMessage() for record in caplog.records] == [
        f"what stages of launch {made_up.launch.id} start from is not known: "
        f"{_list(made_up)} does not match its digest"
    ]


def test_stages_wait_for_what_the_list_says(made_up: MadeUpLaunch) -> None:
    made_up.running("imp", 0)
    status = status_of(choose(made_up.store, []))
    assert status.stages_by_state == {"running": 1, "waiting": 6}


def test_of_the_list_only_what_is_left_and_its_sources_are_read(
    made_up: MadeUpLaunch, monkeypatch: pytest.MonkeyPatch
) -> None:
    for level in range(4):
        made_up.done("imp", level)
    made_up.done("random_reinit", 1)
    read = []
    real = StageSpec.model_validate

    def noting(spec: dict[str, Any]) -> StageSpec:
        read.append(real(spec))
        return read[-1]

    monkeypatch.setattr(StageSpec, "model_validate", noting)
    status = status_of(choose(made_up.store, []))
    assert status.stages_by_state == {"done": 5, "open": 2}
    left = {made_up.key("random_reinit", level) for level in (2, 3)}
    assert {spec.key for spec in read} <= left | {made_up.key("imp", 0)}


def test_stages_as_another_version_plans_them_have_a_state_all_the_same(
    made_up: MadeUpLaunch, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = StageSpec.model_validate
    monkeypatch.setattr(StageSpec, "model_validate", lambda spec: real({**spec, "later": 1}))
    made_up.done("imp", 0)
    status = status_of(choose(made_up.store, []))
    assert status.stages_by_state == {"done": 1, "open": 6}


def test_a_launch_whose_list_is_damaged_is_not_retried(
    made_up: MadeUpLaunch, capsys: pytest.CaptureFixture[str]
) -> None:
    os.truncate(_list(made_up), 50)
    assert main(["retry", "--store", str(made_up.store.root)]) == 2
    told = capsys.readouterr().err
    assert f"{_list(made_up)} does not match its digest; run its launch.py command again" in told
