"""Kill -9 in the middle of trainings that are not the usual ones: bitwise the same curves."""

from pathlib import Path

import pytest

from ltsweep.foundations.files import DamagedFile
from ltsweep.foundations.tensor_files import load_tensors
from ltsweep.store.stage_dir import StageDir
from ltsweep.store.store import Store

from ..waiting import wait_for
from .sweeps import Sweep, assert_equal, kill

CONF = Path(__file__).parents[1] / "seams" / "conf"
MIDDLE = (
    f"hydra.searchpath=[file://{CONF}]",
    "seed=0",
    "levels=2",
    "schedule.length=300it",
    "reset.step=10it",
    "logger=none",
    "checkpoint_seconds=0.02",
    "jobs=1",
)
PARTS = {
    "objective": ("objective=square_loss", "method=imp"),
    "numbers": ("numbers=scaled_signs", "method=imp"),
    "gradual": ("method=gradual",),
    "RigL": ("method=rigl",),
    "RigL in sparse": ("method=rigl", "strategy=sparse"),
}


@pytest.mark.parametrize("lines", PARTS.values(), ids=PARTS)
def test_a_kill_in_the_middle_changes_nothing(tmp_path: Path, lines: tuple[str, ...]) -> None:
    """The launcher and its worker are killed where a level past the first has a checkpoint."""
    undisturbed = Sweep(tmp_path / "0" / "store", (*MIDDLE, *lines))
    undisturbed.train_here()
    sweep = Sweep(tmp_path / "1" / "store", (*MIDDLE, *lines))
    launcher = sweep.start(warm=True)
    wait_for(lambda: _in_the_middle(sweep), "checkpoint of a pruned net")
    launcher.kill()
    kill(sweep.workers())
    assert _in_the_middle(sweep), "it was killed too late"
    sweep.train_here()
    assert_equal(sweep, undisturbed)


def _in_the_middle(sweep: Sweep) -> bool:
    """Whether a stage with a mask has a checkpoint amid its steps and is not done."""
    return any(
        stage.ticket.exists() and _saved_step(stage) >= 100 and not stage.is_done()
        for stage in Store(sweep.store).stages()
    )


def _saved_step(stage: StageDir) -> int:
    try:
        step: int = load_tensors(stage.checkpoint)[1]["step"]
    except (FileNotFoundError, DamagedFile):  # it may be replaced while it is read
        return 0
    return step
