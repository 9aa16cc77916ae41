"""Two launchers at once, a killed worker, Ctrl-C, more of the same: each stage once."""

import signal
from pathlib import Path

import pytest

from ltsweep.store.store import Store

from .sweeps import LONGER, Sweep, assert_equal, kill, wait_until_some_stage_is_done


def test_two_launchers_share_the_work(undisturbed: Sweep, tmp_path: Path) -> None:
    sweep = Sweep(tmp_path / "store", LONGER)
    launchers = [sweep.start(warm=True), sweep.start(warm=True)]
    outputs = [launcher.wait() for launcher in launchers]
    assert [launcher.process.returncode for launcher in launchers] == [0, 0], outputs
    assert_equal(sweep, undisturbed)


def test_a_killed_worker_is_replaced_while_the_launcher_lives(
    undisturbed: Sweep, tmp_path: Path
) -> None:
    sweep = Sweep(tmp_path / "store", LONGER)
    launcher = sweep.start()
    wait_until_some_stage_is_done(sweep)
    kill(sweep.workers()[:1])
    output = launcher.wait()
    assert launcher.process.returncode == 0, output
    assert_equal(sweep, undisturbed)


@pytest.mark.parametrize(
    ("number", "warm", "jobs"), [(signal.SIGINT, False, 1), (signal.SIGTERM, True, 2)]
)
def test_an_interrupted_launch_saves_and_goes_on(
    undisturbed: Sweep, tmp_path: Path, number: signal.Signals, warm: bool, jobs: int
) -> None:
    sweep = Sweep(tmp_path / "store", (*LONGER, f"jobs={jobs}"))
    launcher = sweep.start(warm=warm)
    wait_until_some_stage_is_done(sweep)
    launcher.process.send_signal(number)
    output = launcher.wait()
    assert launcher.process.returncode == 130
    assert "the same command goes on from here" in output
    assert "Traceback" not in output
    assert not sweep.workers()
    sweep.run()
    assert_equal(sweep, undisturbed)


def test_the_same_command_again_trains_nothing(undisturbed: Sweep) -> None:
    before = {p: p.stat().st_mtime_ns for p in undisturbed.store.glob("stages/*/*")}
    undisturbed.run()
    assert {p: p.stat().st_mtime_ns for p in undisturbed.store.glob("stages/*/*")} == before


def test_one_more_seed_and_level_train_only_what_is_new(tmp_path: Path) -> None:
    def arguments(seeds: str, levels: int) -> tuple[str, ...]:
        return (
            "method=imp,random_reinit",
            f"seed={seeds}",
            f"levels={levels}",
            "schedule.length=40it",
            "reset.step=5it",
            "logger=none",
        )

    sweep = Sweep(tmp_path / "store", arguments("0", 2))
    sweep.train_here()
    first = sweep.endings()
    assert len(first) == 1 + 2 + 2
    sweep.arguments = arguments("0,1", 3)
    sweep.train_here()
    second = sweep.endings()
    assert set(first) < set(second)
    assert len(second) == 2 * (1 + 3 + 3)
    assert set(second.values()) == {1}


def test_a_snapshot_asked_for_later_runs_only_the_prefix_again(tmp_path: Path) -> None:
    def arguments(step: str) -> tuple[str, ...]:
        return (
            "method=imp",
            f"reset.step={step}",
            "levels=2",
            "schedule.length=60it",
            "logger=none",
        )

    alone = Sweep(tmp_path / "alone", arguments("9it"))
    alone.train_here()
    sweep = Sweep(tmp_path / "store", arguments("5it"))
    sweep.train_here()
    sweep.arguments = arguments("9it")
    sweep.train_here()
    assert alone.rows() <= sweep.rows()
    prefixes = [s for s in Store(sweep.store).stages() if (s.spec() or {})["stop"] == 9]
    assert [s.snapshot(9).exists() for s in prefixes] == [True]
    sweep.arguments = arguments("5it,9it")
    sweep.train_here()
    assert len(list(Store(sweep.store).stages())) == 1 + 2 + 2 + 1, "all of it was there"


def test_debug_and_local_give_the_same_curves(tmp_path: Path) -> None:
    small = (
        "method=imp,random_mask",
        "seed=0,1",
        "levels=2",
        "schedule.length=60it",
        "logger=none",
    )
    local = Sweep(tmp_path / "local", small)
    debug = Sweep(tmp_path / "debug", (*small, "pack=1"))
    local.run()
    debug.train_here()
    assert local.curves() == debug.curves()
