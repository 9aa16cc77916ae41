"""An interrupted stage goes on to the same curves, whatever became of its files meanwhile."""

import itertools
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ltsweep.launch.engine import Outcome, freeze, submit
from ltsweep.launch.launch import Launch
from ltsweep.launch.pending import find_pending
from ltsweep.launch.worker import Worker
from ltsweep.store.claims import Owner
from ltsweep.store.records import validation_curve
from ltsweep.store.stage_dir import StageDir
from ltsweep.store.store import Store

from ..sweeps_here import curves, selection, train

LINES = ("method=imp", "levels=1", "schedule.validate_every=2it")
AFTER = 9  # looks at whether to stop: amid the dense training, which validates and is saved then


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("whole") / "store"
    train(root, *LINES)
    return root


def begun(root: Path, stop: Callable[[], bool]) -> Launch:
    """A launch of the sweep that one worker has worked on until it was told to stop."""
    made = selection(root, *LINES)
    made.store.create()
    launch = freeze(made, find_pending(made.plan, made.store))
    launch.save()
    Worker(launch, "0", Owner.of_this_process(launch.id), stop).run()
    return launch


@pytest.fixture(scope="module")
def half(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store whose dense training was told to stop in the middle."""
    root = tmp_path_factory.mktemp("half") / "store"
    looks = itertools.count()
    launch = begun(root, lambda: next(looks) > AFTER)
    (stage,) = (stage for stage in launch.store.stages() if stage.checkpoint.exists())
    steps = [record["step"] for record in stage.records()]
    assert not stage.is_done() and 2 <= len(steps) < 6 and stage.snapshot(3).exists()
    return root


def emptied(stage: StageDir) -> None:
    stage.records_path.write_bytes(b"")


def deleted(stage: StageDir) -> None:
    stage.records_path.unlink()


def changed(stage: StageDir) -> None:
    lines = stage.records()
    lines[0]["accuracy"] = 0.999
    lines[1]["step"] = 5
    stage.records_path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def of_another_type(stage: StageDir) -> None:
    with stage.records_path.open("a") as file:
        file.write('{"event": "validation", "step": "x"}\n')


def snapshot_cut(stage: StageDir) -> None:
    content = stage.snapshot(3).read_bytes()
    stage.snapshot(3).write_bytes(content[: len(content) // 2])


def checkpoint_cut(stage: StageDir) -> None:
    content = stage.checkpoint.read_bytes()
    stage.checkpoint.write_bytes(content[: len(content) // 2])


@pytest.mark.parametrize(
    "damage", [emptied, deleted, changed, of_another_type, snapshot_cut, checkpoint_cut]
)
def test_damage_beside_a_checkpoint_changes_no_curve(
    tmp_path: Path, whole: Path, half: Path, damage
) -> None:
    root = tmp_path / "store"
    shutil.copytree(half, root)
    (stage,) = (stage for stage in Store(root).stages() if stage.checkpoint.exists())
    damage(stage)
    train(root, *LINES)
    assert curves(root) == curves(whole)
    undisturbed = Store(whole).stage(stage.key)
    assert validation_curve(stage.records()) == validation_curve(undisturbed.records())
    assert stage.damage() is None


@pytest.mark.parametrize("lost", ["snapshot", "final"])
def test_a_stage_that_died_before_done_is_not_done_without_its_files(
    tmp_path: Path, whole: Path, lost: str
) -> None:
    """Its process died after the closing record; then a file that DONE would promise was cut."""
    root = tmp_path / "store"
    shutil.copytree(whole, root)
    store = Store(root)
    (point,) = store.points()
    stage = store.stage(point.stages[0])
    (stage.path / "DONE").unlink()
    (stage.path / "claim-000001.released").touch()  # its process, which is this one, lives
    path = stage.snapshot(3) if lost == "snapshot" else stage.final
    path.write_bytes(path.read_bytes()[:-100])
    train(root, *LINES)
    assert stage.damage() is None
    assert path.read_bytes() == (whole / path.relative_to(root)).read_bytes()
    assert curves(root) == curves(whole)


def test_a_process_that_was_overtaken_adds_nothing_to_a_finished_stage(
    tmp_path: Path, whole: Path
) -> None:
    """Somebody else, who took it for dead, finishes the stage while it trains."""
    root = tmp_path / "store"
    looks = itertools.count()

    def overtaken() -> bool:
        if next(looks) == AFTER:
            (mine,) = Store(root).stages()
            shutil.copytree(whole / "stages" / mine.key, mine.path, dirs_exist_ok=True)
        return False

    launch = begun(root, overtaken)
    assert [stage.damage() for stage in launch.store.stages()] == [None, None]


def test_what_a_stage_makes_superfluous_is_there_until_it_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end of the level before, from which it starts again, and its own checkpoint."""
    made, _ = train(tmp_path, *LINES)
    (point,) = made.plan.points

    def refuse(*_: object) -> bool:
        raise RuntimeError("the power went")

    monkeypatch.setattr(StageDir, "finish", refuse)
    deeper = selection(tmp_path, *LINES, "levels=2", "checkpoint_seconds=0.0001")
    outcome = submit(deeper, find_pending(deeper.plan, deeper.store), print)
    assert isinstance(outcome, Outcome) and outcome.exit_code == 1
    (deepest,) = deeper.plan.stages.keys() - made.plan.stages.keys()
    assert made.store.stage(point.stages[1]).final.exists()
    assert made.store.stage(deepest).checkpoint.exists()
    monkeypatch.undo()
    train(tmp_path, *LINES, "levels=2")
    assert not made.store.stage(point.stages[1]).final.exists()
    assert not made.store.stage(deepest).checkpoint.exists()
