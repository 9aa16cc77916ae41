"""A sweep in Slurm, seen and steered from its store: in the queue, running, cancelled, retried."""

from pathlib import Path

from ..faults.sweeps import Sweep
from ..waiting import wait_for
from .cluster import SlurmCluster
from .ladders import LADDER, jobs_of, last_job, reaches, slow_down, sweep_in


def test_a_sweep_in_slurm_is_watched_cancelled_and_retried(
    ladder: Sweep, cluster: SlurmCluster, tmp_path: Path
) -> None:
    sweep = sweep_in(
        tmp_path / "sweep" / "store", cluster, *LADDER, "cluster=slurm", "cluster.levels_per_job=3"
    )
    slow_down(sweep, 1)
    sweep.run()
    wait_for(reaches(sweep, 0), "stage of level 0")
    slow_down(sweep, 40)
    first, last = (job.id for job in jobs_of(sweep))
    status = sweep.status()
    assert status["at_work"] and status["stages_by_state"]["queued"] == 2 * 2
    (curve, *_) = (c for c in status["curves"] if c["state"] == "running")
    assert curve["slurm"] == first and f", job {first}" in curve["text"]
    assert f"{first}_0_log.out <==" in sweep.ltsweep("logs")
    assert "still at work on what is missing" in sweep.ltsweep("retry", expect=2)
    assert "nothing to submit" in sweep.run()
    assert len(list(sweep.store.glob("launches/*"))) == 1

    cluster.ask("scancel", last or "")
    assert sweep.status()["stages_by_state"]["lost"] == 2 * 2
    assert f"submitted {2 * 2} stages" in sweep.ltsweep("retry")
    assert "still at work on what is missing" in sweep.ltsweep("retry", expect=2)
    last = last_job(sweep)

    assert "all have left" in sweep.ltsweep("cancel")
    assert cluster.queue() == []
    status = sweep.status()
    assert not status["at_work"] and set(status["curves_by_state"]) == {"cancelled"}
    slow_down(sweep, 0)
    assert "jobs: " in sweep.ltsweep("retry")
    assert last_job(sweep) != last
    cluster.wait_until_empty()
    assert set(sweep.status()["curves_by_state"]) == {"done"}
    assert sweep.curves() == ladder.curves()
    assert set(sweep.endings().values()) == {1}, "a stage was trained twice"
