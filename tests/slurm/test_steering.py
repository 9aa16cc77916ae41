"""A sweep in Slurm, seen and steered from its store: in the queue, running, cancelled, retried."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from ..faults.sweeps import Sweep
from .cluster import SlurmCluster, wait_for
from .test_sweeps import LADDER, _jobs, _last_job, _reaches, _sweep


def _ltsweep(sweep: Sweep, *words: str, expect: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "ltsweep.cli", *words, "--store", str(sweep.store)],
        capture_output=True,
        text=True,
        env={**os.environ, **sweep.environment},
        timeout=240,
    )
    assert done.returncode == expect, done.stdout + done.stderr
    return done.stdout + done.stderr


def _status(sweep: Sweep, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_ltsweep(sweep, "status", "--json", *words))
    return found


def test_a_sweep_in_slurm_is_watched_cancelled_and_retried(
    cluster: SlurmCluster, tmp_path: Path
) -> None:
    undisturbed = _sweep(tmp_path / "undisturbed" / "store", cluster, *LADDER, "cluster=debug")
    undisturbed.run()
    sweep = _sweep(
        tmp_path / "sweep" / "store", cluster, *LADDER, "cluster=slurm", "cluster.levels_per_job=3"
    )
    (sweep.store.parent / "slow").write_text("1")
    sweep.run()
    wait_for(_reaches(sweep, 1), "stage of level 1")
    first, last = (job.id for job in _jobs(sweep))
    status = _status(sweep)
    assert status["at_work"] and status["stages_by_state"]["queued"] == 2 * 2
    (curve, *_) = (c for c in status["curves"] if c["state"] == "running")
    assert curve["slurm"] == first and f", job {first}" in curve["text"]
    assert f"{first}_0_log.out <==" in _ltsweep(sweep, "logs")
    assert "still at work on what is missing" in _ltsweep(sweep, "retry", expect=2)

    assert "all have left" in _ltsweep(sweep, "cancel")
    assert cluster.queue() == []
    status = _status(sweep)
    assert not status["at_work"] and set(status["curves_by_state"]) == {"cancelled"}
    (sweep.store.parent / "slow").write_text("0")
    assert "jobs: " in _ltsweep(sweep, "retry")
    assert _last_job(sweep) != last
    wait_for(lambda: not cluster.queue(), "end of the jobs")
    assert set(_status(sweep)["curves_by_state"]) == {"done"}
    assert sweep.curves() == undisturbed.curves()
    assert set(sweep.endings().values()) == {1}, "a stage was trained twice"
