"""Which logs are shown of made-up launches, and how."""

import json
from pathlib import Path

import pytest

from ltsweep.cli.main import main
from ltsweep.foundations.errors import RequestError
from ltsweep.steer.logs import Failure, Log, Logs, logs_of
from ltsweep.steer.selectors import choose

from .conftest import MadeUpLaunch


def _log(made_up: MadeUpLaunch, name: str) -> str:
    path = made_up.launch.logs / name
    path.write_text("".join(f"{name} line {number}\n" for number in range(40)))
    return str(path)


def test_a_failure_is_told_first_and_once_for_all_stages_that_it_happened_to(
    made_up: MadeUpLaunch, capsys: pytest.CaptureFixture[str]
) -> None:
    log = _log(made_up, "7_0_log.out")
    made_up.done("imp", 0)
    for method in ("imp", "random_reinit"):
        made_up.stage(method, 1).fail("ValueError: no", "Traceback ...\nValueError: no\n", log)
    assert main(["logs", "-n", "2", "--store", str(made_up.store.root)]) == 0
    both = "imp, seed 0, level 1; random_reinit, seed 0, level 1"
    assert capsys.readouterr().out.splitlines() == [
        f"failed: {both}: ValueError: no",
        "Traceback ...",
        "ValueError: no",
        "",
        f"==> {log} <==  ({both})",
        "7_0_log.out line 38",
        "7_0_log.out line 39",
        "",
    ]


def test_the_log_of_what_runs_is_that_of_its_process(made_up: MadeUpLaunch) -> None:
    logs = [_log(made_up, name) for name in ("7_0_log.out", "8_0_log.out")]
    made_up.worker(logs[0], pid=41, host="node7")
    made_up.worker(logs[1], pid=42, host="node7")
    made_up.done("imp", 0)
    made_up.running("imp", 1, age=1, pid=42, host="node7")
    found = logs_of(choose(made_up.store, []), 1)
    assert found.failures == []
    assert [(log.file, log.names, log.lines) for log in found.logs] == [
        (logs[1], ["imp, seed 0, level 1"], ["8_0_log.out line 39"])
    ]


def test_the_log_of_a_slurm_job_is_that_of_its_stages(made_up: MadeUpLaunch) -> None:
    log = _log(made_up, "123_4_0_log.out")
    made_up.worker(log, cluster="slurm", id="123_4", stages=(made_up.key("imp", 0),))
    made_up.failed("imp", 0)
    assert [one.file for one in logs_of(choose(made_up.store, []), 1).logs] == [log]


def test_without_failures_and_processes_it_is_what_came_last(made_up: MadeUpLaunch) -> None:
    with pytest.raises(RequestError, match="has no logs: none of its stages was begun"):
        logs_of(choose(made_up.store, []), 1)
    log = _log(made_up, "7_0_log.out")  # of a process that died before it could say anything
    assert [one.file for one in logs_of(choose(made_up.store, []), 1).logs] == [log]


def test_a_log_that_is_gone_is_named_all_the_same(made_up: MadeUpLaunch) -> None:
    made_up.worker("/none/7.out", pid=42, host="node7")
    made_up.running("imp", 0, age=1, pid=42, host="node7")
    (log,) = logs_of(choose(made_up.store, []), 1).logs
    assert log.lines == ["(cannot be read: No such file or directory)"]


def test_json_keys(made_up: MadeUpLaunch, capsys: pytest.CaptureFixture[str]) -> None:
    log = _log(made_up, "7_0_log.out")
    made_up.stage("imp", 0).fail("ValueError: no", "Traceback", log)
    main(["logs", "--json", "--store", str(made_up.store.root)])
    told = json.loads(capsys.readouterr().out)
    assert list(told) == ["store", "selection", "failures", "logs"] == list(Logs.model_fields)
    (failure,), (shown,) = told["failures"], told["logs"]
    assert list(failure) == ["stage", "name", "error", "traceback"] == list(Failure.model_fields)
    assert list(shown) == ["file", "stages", "names", "lines"] == list(Log.model_fields)
    assert shown["file"] == str(Path(log)) and len(shown["lines"]) == 30
