"""Without Slurm on the machine cluster=slurm is refused before anything is written."""

from pathlib import Path

from ..faults.sweeps import Sweep


def test_without_sbatch_one_sentence_and_nothing_written(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path / "new" / "store", ("cluster=slurm",), {"PATH": "/nonexistent"})
    output = sweep.run(expect=2)
    assert output == (
        "ltsweep: cluster=slurm needs Slurm's commands (sbatch, squeue, scontrol) on the PATH; run "
        "it where you would run sbatch, or choose cluster=local\n"
    )
    assert not sweep.store.exists()


def test_a_plan_for_slurm_needs_no_slurm(tmp_path: Path) -> None:
    arguments = ("cluster=slurm", "seed=range(20)", "levels=2", "action=plan", "jobs=5")
    sweep = Sweep(tmp_path / "new" / "store", arguments, {"PATH": "/nonexistent"})
    (line,) = (line for line in sweep.run().splitlines() if line.endswith(" jobs"))
    assert line == "cluster=slurm, cpu: 60 trainings in 15 packs, 5 jobs"
