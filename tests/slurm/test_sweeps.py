"""Sweeps in a real Slurm: the same curves as anywhere, through everything that happens to jobs."""

import os
import re
import shutil
from pathlib import Path

import pytest

from ltsweep.launch.under_way import under_way
from ltsweep.store.store import Store

from ..faults.sweeps import Sweep
from ..waiting import wait_for
from .cluster import MAX_ARRAY_SIZE, SlurmCluster
from .ladders import (
    BROAD,
    LADDER,
    MATRIX,
    SLOW,
    TINY,
    jobs_of,
    last_job,
    processes_of,
    reaches,
    reaches_targets,
    slow_down,
    sweep_in,
)


def test_slurm_and_debug_give_the_same_curves(tmp_path: Path, cluster: SlurmCluster) -> None:
    """In Slurm one job whose two processes share its stages, started as they are without tests."""
    where = ("cluster=slurm", "cluster.cpus_per_job=2", "wait=true")
    sweep = sweep_in(tmp_path / "slurm" / "store", cluster, *BROAD, *where, warm=False)
    assert "report: " in sweep.run()
    here = Sweep(tmp_path / "here" / "store", BROAD)
    here.train_here()
    assert sweep.curves() == here.curves()
    assert len(sweep.curves().splitlines()) == 1 + 2 * 3 * 4


def _requeue(cluster: SlurmCluster, sweep: Sweep) -> None:
    cluster.ask("scontrol", "requeue", last_job(sweep))


def _warn(cluster: SlurmCluster, sweep: Sweep) -> None:
    cluster.ask("scancel", "--signal=USR2", last_job(sweep))


def _terminate(cluster: SlurmCluster, sweep: Sweep) -> None:
    """As Slurm does before preemption where the cluster grants time for it."""
    cluster.ask("scancel", "--signal=TERM", last_job(sweep))


def _kill_process(cluster: SlurmCluster, sweep: Sweep) -> None:
    for process in processes_of(sweep, "python"):
        process.kill()


def _start_ladder(cluster: SlurmCluster, store: Path, seconds: float) -> Sweep:
    """A ladder in Slurm whose levels take longer by some seconds."""
    sweep = sweep_in(store, cluster, *LADDER, "cluster=slurm")
    slow_down(sweep, seconds)
    sweep.run()
    return sweep


def _assert_undisturbed(sweep: Sweep, ladder: Sweep) -> None:
    assert sweep.curves() == ladder.curves(), sweep.logs()
    assert set(sweep.endings().values()) == {1}, "a stage was trained twice"


def test_a_job_requeued_warned_terminated_and_killed_goes_on_each_time(
    ladder: Sweep, cluster: SlurmCluster, tmp_path: Path
) -> None:
    sweep = _start_ladder(cluster, tmp_path / "store", 1)
    for level, disturb in enumerate((_requeue, _warn, _terminate, _kill_process)):
        wait_for(reaches(sweep, level), f"stage of level {level}")
        disturb(cluster, sweep)
        wait_for(lambda run=f"run {level + 2}:": run in sweep.logs(), "next run")
    slow_down(sweep, 0)
    cluster.wait_until_empty()
    _assert_undisturbed(sweep, ladder)


def test_a_job_goes_on_behind_its_time_limit(
    ladder: Sweep, cluster: SlurmCluster, tmp_path: Path
) -> None:
    """The warning comes when Slurm looks at limits, every 30 seconds."""
    sweep = _start_ladder(cluster, tmp_path / "store", 15)
    wait_for(lambda: "level 0" in sweep.logs(), "start of the work")
    cluster.ask("scontrol", "update", f"JobId={last_job(sweep)}", "TimeLimit=1")
    wait_for(lambda: "saved; queued again" in sweep.logs(), "requeueing")
    cluster.ask("scontrol", "update", f"JobId={last_job(sweep)}", "TimeLimit=60")
    slow_down(sweep, 0)
    cluster.wait_until_empty()
    assert "run 2:" in sweep.logs()
    _assert_undisturbed(sweep, ladder)


def test_jobs_live_through_a_dead_slurmd_and_a_restarted_slurmctld(
    ladder: Sweep, cluster: SlurmCluster, tmp_path: Path
) -> None:
    sweep = _start_ladder(cluster, tmp_path / "store", 1)
    wait_for(reaches(sweep, 0), "stage of level 0")
    cluster.kill_node()
    cluster.restart_controller()
    cluster.start_node()
    cluster.wait_until_empty()
    assert "run 2:" not in sweep.logs()
    _assert_undisturbed(sweep, ladder)


def test_jobs_killed_in_the_middle_of_sources_and_targets_go_on(
    cluster: SlurmCluster, tmp_path: Path
) -> None:
    """Once while the ladders of the sources are made, once while tickets train on targets."""
    undisturbed = sweep_in(tmp_path / "undisturbed" / "store", cluster, *MATRIX, "cluster=debug")
    undisturbed.run()
    jobs = ("cluster=slurm", "jobs=2")
    sweep = sweep_in(tmp_path / "slurm" / "store", cluster, *MATRIX, *jobs)
    slow_down(sweep, 1)
    sweep.run()
    for number, is_time in enumerate((reaches(sweep, 0), lambda: reaches_targets(sweep))):
        wait_for(is_time, "the moment to kill")
        before = sweep.endings()
        _kill_process(cluster, sweep)
        assert sum(before.values()) < len(undisturbed.endings()), "nothing was left to be done"
        wait_for(lambda run=f"run {number + 2}:": run in sweep.logs(), "next run")
    slow_down(sweep, 0)
    cluster.wait_until_empty()
    _assert_undisturbed(sweep, undisturbed)


def test_after_scancel_the_same_command_completes_the_sweep(
    ladder: Sweep, cluster: SlurmCluster, tmp_path: Path
) -> None:
    sweep = _start_ladder(cluster, tmp_path / "store", 1)
    wait_for(reaches(sweep, 0), "stage of level 0")
    cluster.ask("scancel", last_job(sweep))
    cluster.wait_until_empty()
    assert "saved; Slurm says" in sweep.logs()
    assert sweep.curves() != ladder.curves()
    slow_down(sweep, 0)
    assert "submitted" in sweep.run()
    cluster.wait_until_empty()
    _assert_undisturbed(sweep, ladder)


def test_a_failed_stage_stops_only_its_dependents(tmp_path: Path, cluster: SlurmCluster) -> None:
    faulty = ("optimizer._target_=faulty.raising", *SLOW[1:], "optimizer.lr=0.05,0.5")
    arguments = (*TINY, *faulty, "method=imp,random_mask", "seed=0,1", "levels=1", "jobs=1")
    alone = sweep_in(tmp_path / "alone" / "store", cluster, *arguments, "cluster=debug")
    alone.environment["FAULTS"] = "off"
    alone.run()
    sweep = sweep_in(
        tmp_path / "store", cluster, *arguments, "cluster=slurm", "cluster.levels_per_job=1"
    )
    sweep.arguments += ("wait=true",)
    output = sweep.run(expect=1)
    assert "failed: dense, seed 0, optimizer.lr 0.5 (" in output
    assert "this optimizer was told to fail" in output
    assert "not run: imp, seed 1, level 1" in output and "waits for dense, seed 1" in output
    assert re.search(r"not run: seed 0, level 1 .*: waits for seed 0, level 0", sweep.logs())
    whole = alone.curves().splitlines()
    done = sweep.curves().splitlines()
    assert set(done) < set(whole)

    before = sweep.endings()
    sweep.environment["FAULTS"] = "off"
    missing = len(alone.endings()) - sum(before.values())
    assert f"{missing} of {len(alone.endings())} stages to train" in sweep.run()
    assert sweep.curves() == alone.curves()
    assert set(sweep.endings().values()) == {1}


def test_of_two_launchers_at_once_each_stage_has_one_training(
    tmp_path: Path, cluster: SlurmCluster
) -> None:
    arguments = (*BROAD, "cluster=slurm", "cluster.levels_per_job=2", "jobs=1")
    sweep = sweep_in(tmp_path / "store", cluster, *arguments)
    deeper = sweep_in(tmp_path / "store", cluster, *arguments, "levels=4")
    launchers = [launch.start(warm=True) for launch in (sweep, sweep, deeper)]
    outputs = [launcher.wait() for launcher in launchers]
    assert [launcher.process.returncode for launcher in launchers] == [0, 0, 0], outputs
    assert sum("are under way elsewhere: in job" in output for output in outputs) == 2
    owned = [key for record in jobs_of(sweep) for key in record.stages or ()]
    assert len(owned) == len(set(owned)) == 26
    here = sweep_in(tmp_path / "store", cluster, *BROAD, "levels=4", "cluster=local")
    assert "this launch waits for them" in here.run()
    cluster.wait_until_empty()
    assert set(sweep.endings().values()) == {1} and len(sweep.endings()) == 26
    assert len(here.curves().splitlines()) == 1 + 2 * 3 * 5


def test_more_jobs_than_an_array_may_have(tmp_path: Path, cluster: SlurmCluster) -> None:
    seeds = MAX_ARRAY_SIZE + 2
    axes = ("method=random_reinit", f"seed=range({seeds})", "levels=1", f"jobs={seeds}")
    sweep = sweep_in(tmp_path / "store", cluster, *TINY, *axes, "schedule.length=10it")
    sweep.arguments += ("cluster=slurm", "cluster.gpus_per_job=1", "device=cpu", "wait=true")
    sweep.run()
    ids = [(record.id or "").split("_") for record in jobs_of(sweep)]
    first, second = dict.fromkeys(array for array, _ in ids)
    assert ids == [
        *([first, str(n)] for n in range(MAX_ARRAY_SIZE)),
        *([second, str(n)] for n in range(2)),
    ]
    given = re.findall(r"run 1: 2 stages, GPU (\S+)", sweep.logs())
    assert len(given) == seeds and set(given) == {"0", "1"}, "each job has a GPU of its own"


def test_trainings_get_what_a_rule_asks_for_them(tmp_path: Path, cluster: SlurmCluster) -> None:
    """The dense trainings a GPU, a longer limit and more memory, the rest a core."""
    rule = "{when:{dense:true},set:{gpus_per_job:1,minutes:30,mem_gb:2}}"
    sweep = sweep_in(tmp_path / "store", cluster, *TINY, "method=imp", "seed=0", "levels=2")
    sweep.arguments += ("cluster=slurm", "cluster.minutes=10", f"cluster.per_stage=[{rule}]")
    sweep.arguments += ("device=cpu", "wait=true")
    sweep.run()
    asked = set()
    for job in jobs_of(sweep):
        told = cluster.ask("squeue", "-t", "all", "-h", "-o", "%l %b %m", "-j", job.id or "")
        specs = [Store(sweep.store).stage(key).spec() or {} for key in job.stages or ()]
        asked.add(
            (frozenset(spec["level"] for spec in specs), told.strip().replace("gres/", "gres:"))
        )
    assert asked == {
        (frozenset({0}), "30:00 gres:gpu:1 2G"),
        (frozenset({1, 2}), "10:00 N/A 0"),
    }
    assert set(sweep.endings().values()) == {1}


def test_a_launcher_that_dies_behind_sbatch_leaves_nothing_undone_or_done_twice(
    ladder: Sweep, cluster: SlurmCluster, tmp_path: Path
) -> None:
    """It has no time to hand its claims to the job, nor to the job what to do."""
    treacherous = tmp_path / "bin" / "sbatch"
    treacherous.parent.mkdir()
    sbatch = shutil.which("sbatch")
    treacherous.write_text(f'#!/bin/sh\n{sbatch} "$@"\n[ "$1" = --test-only ] || kill -9 $PPID\n')
    treacherous.chmod(0o755)
    path = os.environ["PATH"]
    sweep = sweep_in(tmp_path / "store", cluster, *LADDER, "cluster=slurm")
    sweep.environment["PATH"] = f"{treacherous.parent}:{path}"
    sweep.run(expect=-9, warm=False)
    (orphan,) = cluster.queue()
    assert {curve["slurm"] for curve in sweep.status()["curves"]} == {orphan}
    sweep.environment["PATH"] = path
    sweep.run()
    cluster.wait_until_empty()
    _assert_undisturbed(sweep, ladder)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ("cluster.partition=night", "invalid partition specified: night; "),
        ("cluster.mem_gb=900", "Requested node configuration is not available; they ask for"),
        ("+cluster.sbatch.colour=red", "unrecognized option '--colour=red'"),
    ],
)
def test_what_slurm_refuses_is_told_in_a_sentence(
    cluster: SlurmCluster, tmp_path: Path, wrong: str, sentence: str
) -> None:
    sweep = sweep_in(tmp_path / "store", cluster, *BROAD, "cluster=slurm", wrong)
    to_train, told = sweep.run(expect=2).splitlines()
    assert to_train == "20 of 20 stages to train"
    assert told.startswith(f"ltsweep: sbatch refuses such jobs: {sentence}")
    store = Store(sweep.store)
    assert not under_way((stage.key for stage in store.stages()), store)
