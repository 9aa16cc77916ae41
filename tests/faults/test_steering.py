"""Sweeps seen and steered from another process: status, logs, cancel, retry, without Hydra."""

import json
from pathlib import Path
from typing import Any

import pytest

from ..waiting import wait_for
from .sweeps import LONGER, Command, Sweep, assert_equal, wait_until_some_stage_is_done

HERE = Path(__file__).parent
FAILING = (
    "method=imp,random_reinit",
    "levels=2",
    "schedule.length=60it",
    "reset.step=5it",
    "logger=none",
    "optimizer._target_=faulty.raising",
    "~optimizer.momentum",
    "~optimizer.nesterov",
    "~optimizer.weight_decay",
    "optimizer.lr=0.05,0.5",
)


def _running(status: dict[str, Any]) -> list[dict[str, Any]]:
    return [curve for curve in status["curves"] if curve["state"] == "running"]


def _interrupted(launcher: Command) -> str:
    output = launcher.wait()
    assert launcher.process.returncode == 130, output
    return output


def test_a_sweep_is_watched_cancelled_and_retried_from_elsewhere(
    undisturbed: Sweep, tmp_path: Path
) -> None:
    sweep = Sweep(tmp_path / "store", LONGER)
    launcher = sweep.start(warm=True)
    wait_until_some_stage_is_done(sweep)
    with sweep.paused():
        status = sweep.status()
        assert status["at_work"] and status["stages_by_state"]["done"] >= 1
        pids = {process.pid for process in sweep.workers()}
        assert {curve["pid"] for curve in _running(status)} <= pids
        assert f"==> {sweep.store}/launches/" in sweep.ltsweep("logs")
        assert "still at work on what is missing" in sweep.ltsweep("retry", expect=2)

    assert "all have left; go on with: ltsweep retry" in sweep.ltsweep("cancel")
    output = _interrupted(launcher)
    assert "the launch was cancelled" in output and "Traceback" not in output
    assert not sweep.workers()
    assert "cancelled" in sweep.status()["stages_by_state"]
    assert "nothing to cancel" in sweep.ltsweep("cancel", expect=2)

    assert "report: " in sweep.ltsweep("retry")
    assert sweep.status()["curves_by_state"] == {"done": 6}
    assert "nothing to retry" in sweep.ltsweep("retry", expect=2)
    assert_equal(sweep, undisturbed)


def test_workers_without_a_launcher_hold_no_pipe_and_are_cancelled(
    undisturbed: Sweep, tmp_path: Path
) -> None:
    sweep = Sweep(tmp_path / "store", (*LONGER, "jobs=1", "wait=false"))
    launched = sweep.run_behind_a_pipe()
    assert sweep.workers()
    assert "ltsweep status shows how far they are" in launched
    assert sweep.status()["at_work"], "before a worker can say so itself"
    wait_until_some_stage_is_done(sweep)
    sweep.ltsweep("cancel")
    sweep.wait_for_silence()
    sweep.ltsweep("retry")
    sweep.wait_for_silence()
    assert_equal(sweep, undisturbed)


def test_launches_of_one_selection_are_cancelled_together_as_soon_as_they_start(
    tmp_path: Path,
) -> None:
    sweep = Sweep(tmp_path / "store", (*LONGER, "schedule.length=5000it", "jobs=1", "wait=false"))
    sweep.run(warm=False)
    sweep.run()
    older, newer = sorted(path.name for path in sweep.store.glob("launches/*"))
    cancelled = sweep.ltsweep("cancel")
    for launch in (older, newer):
        assert f"cancelled launch {launch}" in cancelled
        assert f"ltsweep retry {launch} --store" in cancelled
    assert not sweep.workers()


def test_a_sweep_in_one_process_is_cancelled(undisturbed: Sweep, tmp_path: Path) -> None:
    sweep = Sweep(tmp_path / "store", (*LONGER, "cluster=debug"))
    launcher = sweep.start(warm=True)
    wait_until_some_stage_is_done(sweep)
    (curve, *_) = wait_for(lambda: _running(sweep.status()), "curve that runs")
    assert curve["pid"] == launcher.process.pid
    assert Path(curve["log"]).name == "debug.out"
    assert "level 0: " in sweep.ltsweep("logs")
    sweep.ltsweep("cancel")
    _interrupted(launcher)
    sweep.run()
    assert_equal(sweep, undisturbed)


def test_a_failure_is_understood_from_status_and_logs_and_retried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep = Sweep(tmp_path / "store", FAILING, {"PYTHONPATH": str(HERE)})
    sweep.run(expect=1)
    trained = {key for key, times in sweep.endings().items() if times}
    status = sweep.ltsweep("status")
    assert "2 done, 2 failed" in status
    reason = " ".join(status.split())
    assert "the dense training failed: RuntimeError: this optimizer was told to fail" in reason
    logs = sweep.ltsweep("logs")
    assert logs.startswith(
        "failed: dense, seed 0, optimizer.lr 0.5: RuntimeError: this optimizer was told to fail\n"
        "Traceback (most recent call last):\n"
    )
    assert 'raise RuntimeError("this optimizer was told to fail")' in logs

    (retried,) = {c["curve"] for c in sweep.status()["curves"] if c["method"] == "imp"} - {
        c["curve"] for c in sweep.status()["curves"] if c["state"] == "done"
    }
    monkeypatch.setenv("FAULTS", "off")
    sweep.ltsweep("retry", retried)  # which finds faulty.py where the launch did
    assert sweep.status("all")["curves_by_state"] == {"done": 3, "open": 1}
    sweep.ltsweep("retry", "all")
    assert sweep.status("all")["curves_by_state"] == {"done": 4}
    assert set(sweep.endings().values()) == {1}, "only what was missing is trained"
    assert trained < set(sweep.endings())


def test_the_same_actions_on_the_selection_of_a_command_line(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path / "store", (*FAILING, "cluster=debug"), {"PYTHONPATH": str(HERE)})

    def act(action: str, *words: str, expect: int = 0) -> str:
        chosen = Sweep(
            sweep.store, (*sweep.arguments, *words, f"action={action}"), sweep.environment
        )
        return chosen.run(expect)

    never = "has any of these 4 points; action=submit submits them"
    assert all(never in act(name, expect=2) for name in ("status", "logs", "cancel", "retry"))
    sweep.run(expect=1)
    assert ": 4 curves, 2 done, 2 failed" in act("status")
    assert ": 2 curves, 1 done, 1 failed" in act("status", "method=imp")
    assert "this optimizer was told to fail" in act("logs", "optimizer.lr=0.5")
    assert "nothing to retry" in act("retry", "optimizer.lr=0.05", expect=2)
    assert "nothing to cancel" in act("cancel", expect=2)
    sweep.environment["FAULTS"] = "off"
    assert "report: " in act("retry")
    assert ": 4 curves, 4 done" in act("status")


def test_show_tells_where_a_curve_comes_from(undisturbed: Sweep) -> None:
    (imp,) = [
        curve
        for curve in undisturbed.status()["curves"]
        if (curve["method"], curve["seed"]) == ("imp", 1)
    ]
    text = undisturbed.ltsweep("show", imp["curve"][:8])
    assert text.startswith(f"curve {imp['curve']}: imp, seed 1, cell ")
    told = json.loads(undisturbed.ltsweep("show", imp["curve"], "--json"))
    assert list(told) == [
        *("curve", "cell", "experiment", "method", "seed"),
        *("config", "report", "levels", "ticket_data", "in_common", "command", "changed"),
    ]
    assert [level["level"] for level in told["levels"]] == list(range(4))
    level = told["levels"][3]
    assert list(level) == [
        *("level", "stage", "state", "kept", "prunable", "val_accuracy", "test_accuracy"),
        *("began", "ended", "seconds", "origin"),
    ]
    assert (level["state"], level["began"] <= level["ended"]) == ("done", True)
    assert list(level["origin"]) == ["host", "device", "slurm", "commit", "versions"]
    assert set(level["origin"]["versions"]) == {
        *("python", "torch", "numpy", "ltsweep", "submitit", "hydra-core"),
    }
    assert all(entry["stage"] in text for entry in told["levels"])
