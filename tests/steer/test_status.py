"""The status of made-up stores: what is counted, advised and printed, and the keys of JSON."""

import json
from pathlib import Path

import pytest

from ltsweep.cli.main import main
from ltsweep.launch.slurm.client import JobState
from ltsweep.steer.selectors import choose
from ltsweep.steer.status import CurveStatus, SweepStatus, ago, status_of
from ltsweep.store.claims import Owner, acquire

from .conftest import ARGUMENTS, MadeUpLaunch, make_launch

FAR = {"host": "node7", "pid": 42}  # another machine's clock counts: its last sign is recent
QUEUE = {"123_4": JobState("PENDING", "Priority"), "123_6": JobState("CANCELLED")}


def test_a_dead_process_is_no_sign_of_life(made_up: MadeUpLaunch, dead_pid: int) -> None:
    made_up.running("imp", 0, pid=dead_pid)
    assert status_of(choose(made_up.store, [])).stages_by_state == {"open": 1, "waiting": 6}


def test_the_queue_cannot_be_asked_where_there_is_no_slurm(
    made_up: MadeUpLaunch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    made_up.done("imp", 0)
    made_up.queued("imp", 1, "123_4")
    made_up.done("random_reinit", 1)
    found = status_of(choose(made_up.store, []))
    assert [curve.state for curve in found.curves] == ["unknown", "waiting"]


@pytest.mark.process  # squeue is asked
def test_workers_of_a_pool_take_what_an_older_job_has_lost(
    made_up: MadeUpLaunch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ltsweep.steer.slurm_jobs.job_states", lambda ids: QUEUE)
    made_up.queued("imp", 0, "123_6")
    owner = Owner.of_waiting_job(made_up.launch.id, "123_6")
    assert acquire(made_up.stage("imp", 0).path, owner) is not None
    newer = make_launch(made_up.store.root, "20260102-120000-bbbbbb", *ARGUMENTS)
    found = status_of(choose(newer.store, []))
    assert {curve.state for curve in found.curves} == {"open"}


def test_what_to_do_while_others_work_on_the_rest(
    made_up: MadeUpLaunch,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("ltsweep.steer.slurm_jobs.job_states", lambda ids: QUEUE)
    made_up.done("imp", 0)
    made_up.queued("imp", 1, "123_5")
    made_up.done("random_reinit", 1)
    made_up.running("random_reinit", 2, age=1, **FAR)
    main(["status", "--store", str(made_up.store.root)])
    store = f"--store {made_up.store.root}"
    assert capsys.readouterr().out.splitlines()[-2:] == [
        f"jobs ended before their stages were done; why: ltsweep logs {store}",
        f"nobody works on some of what is missing; to go on: ltsweep retry {store}",
    ]


def test_why_jobs_ended_is_a_column_where_slurm_can_tell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The queue remembers some ended jobs, accounting others, and of some nobody knows."""
    axes = ("method=dense", "seed=0,1,2,3,4", "cluster=slurm")
    made = make_launch(tmp_path / "store", "20260101-120000-abcdef", *axes)
    ends = {"1": JobState("TIMEOUT", "TimeLimit"), "2": JobState("OUT_OF_MEMORY")}
    monkeypatch.setattr("ltsweep.steer.slurm_jobs.job_states", lambda ids: ends)
    asked: list[set[str]] = []

    def accounting(ids: set[str]) -> dict[str, JobState]:
        asked.append(set(ids))
        return {"3": JobState("NODE_FAIL")}

    monkeypatch.setattr("ltsweep.steer.slurm_jobs.ended_states", accounting)
    for seed in range(4):
        made.queued("dense", 0, str(seed + 1), seed=seed)
    main(["status", "--store", str(made.store.root)])
    heading, _, *rows = capsys.readouterr().out.splitlines()[2:]
    begin, end = heading.index("job ended"), heading.index("state")
    column = [row[begin:end].strip() for row in rows if row.split()[1:2] == ["dense"]]
    assert column == ["time limit", "out of memory", "node failed", "", ""]
    assert asked == [{"3", "4"}], "once, and of those alone that the queue has forgotten"
    texts = [curve.text for curve in status_of(choose(made.store, [])).curves]
    assert texts[0].endswith("its Slurm job 1 has ended (TIMEOUT: TimeLimit)")
    assert texts[2].endswith("its Slurm job 3 has ended (NODE_FAIL)")
    assert texts[3].endswith("its Slurm job 4 has ended")


def test_settings_that_vary_tell_curves_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    axes = ("optimizer.lr=0.05,0.5", "init.scale=1,2", "levels=1")
    made = make_launch(tmp_path / "store", "20260101-120000-abcdef", *axes)
    main(["status", "--store", str(made.store.root)])
    lines = [line.split()[1:6] for line in capsys.readouterr().out.splitlines()]
    assert lines[2] == ["method", "seed", "init.scale", "optimizer.lr", "level"]
    assert [line for line in lines if line[0:1] == ["imp"]] == [
        ["imp", "0", "1", "0.05", "-/1"],
        ["imp", "0", "1", "0.5", "-/1"],
        ["imp", "0", "2", "0.05", "-/1"],
        ["imp", "0", "2", "0.5", "-/1"],
    ]


def test_the_whole_text_without_a_terminal(
    made_up: MadeUpLaunch, capsys: pytest.CaptureFixture[str]
) -> None:
    """100 columns, no colours, and a long reason is there to its end."""
    made_up.done("imp", 0)
    made_up.failed("imp", 1, "ValueError: this goes over the edge of the page, and to an end")
    made_up.done("random_reinit", 1)
    main(["status", "--store", str(made_up.store.root)])
    imp, reinit = (point.id[:6] for point in made_up.points)
    store = made_up.store.root
    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()] == [
        "launch 20260101-120000-abcdef: 2 curves, 1 failed, 1 blocked",
        "stages: 2 done, 1 failed, 4 blocked",
        "curve   method         seed  level     val  state",
        "─" * 100,
        f"{imp}  imp               0    0/3  90.0 %  "
        "level 1 failed: ValueError: this goes over the edge of",
        f"{'':44}the page, and to an end",
        f"{reinit}  random_reinit     0    1/3  90.0 %  "
        "level 2 is blocked: imp, seed 0, level 1 failed:",
        f"{'':44}ValueError: this goes over the edge of the page, and to",
        f"{'':44}an end",
        f"why in full: ltsweep logs --store {store}",
        "nobody works on what is missing; when mended, or for another try: ltsweep retry "
        f"--store {store}",
    ]


def test_json_has_these_keys_and_nothing_else_is_printed(
    made_up: MadeUpLaunch, capsys: pytest.CaptureFixture[str]
) -> None:
    made_up.done("imp", 0)
    made_up.running("imp", 1, age=100, **FAR)
    made_up.done("random_reinit", 1)
    assert main(["status", "--json", "--store", str(made_up.store.root)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert list(told) == [
        "store",
        "selection",
        "launches",
        "at_work",
        "slurm_silence",
        "curves_by_state",
        "stages_by_state",
        "curves",
    ]
    (running,) = [curve for curve in told["curves"] if curve["state"] == "running"]
    assert list(running) == [
        "curve",
        "experiment",
        "method",
        "seed",
        "setting",
        "level",
        "levels",
        "val_accuracy",
        "state",
        "text",
        "stage",
        "host",
        "pid",
        "slurm",
        "log",
        "step",
        "steps",
        "heartbeat_age",
        "job_ended",
    ]
    assert running["stage"] == made_up.key("imp", 1)
    assert (running["host"], running["pid"], running["steps"]) == ("node7", 42, 400)
    assert 100 <= running["heartbeat_age"] < 120
    assert told["at_work"] is True
    assert told["stages_by_state"] == {"done": 2, "running": 1, "waiting": 4}
    assert set(CurveStatus.model_fields) == set(running)
    assert set(SweepStatus.model_fields) == set(told)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (-3600, "0 s"),
        (89, "89 s"),
        (90, "2 min"),
        (5400, "2 h"),
        (2 * 86400 - 1, "48 h"),
        (2 * 86400, "2 days"),
        (1e300, f"{int(1e300 // 86400)} days"),
    ],
)
def test_how_long_ago_it_was_is_told_of_any_time(seconds: float, told: str) -> None:
    assert ago(seconds) == told
