"""Stages that raise, die or diverge, a full disk, damaged files: nothing else is lost."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ltsweep.store.stage_dir import StageDir
from ltsweep.store.store import Store
from ltsweep.views.curves import curve_rows

from ..waiting import wait_for
from .sweeps import Sweep, kill, made_once

HERE = Path(__file__).parent
CHECKPOINTED = (
    "method=imp",
    "seed=0,1",
    "levels=1",
    "model.hidden=[60,20]",
    "schedule.length=1500it",
    "logger=none",
    "checkpoint_seconds=0.05",
)
SMALL = (
    "method=imp,random_reinit",
    "seed=0,1",
    "levels=2",
    "schedule.length=60it",
    "reset.step=5it",
    "logger=none",
)


def _faulty(store: Path, optimizer: str, rates: str = "0.05,0.5") -> Sweep:
    optimizing = (
        f"optimizer._target_=faulty.{optimizer}",
        "~optimizer.momentum",
        "~optimizer.nesterov",
        "~optimizer.weight_decay",
        f"optimizer.lr={rates}",
    )
    return Sweep(store, (*SMALL, *optimizing), {"PYTHONPATH": str(HERE)})


@pytest.fixture(scope="session")
def shallow(tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    return made_once(tmp_path_factory, SMALL)


@pytest.fixture(scope="session")
def deep(tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    return made_once(tmp_path_factory, (*SMALL, "levels=3"))


@pytest.fixture(scope="session")
def checkpointed(tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    return made_once(tmp_path_factory, CHECKPOINTED)


@pytest.fixture
def _faulty_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests' own process finds the optimizers that misbehave."""
    monkeypatch.syspath_prepend(HERE)


@pytest.mark.usefixtures("_faulty_here")
def test_only_the_stage_that_raises_fails(tmp_path: Path) -> None:
    """Both rates share packs; the pack is split until the culprits are alone."""
    alone = _faulty(tmp_path / "alone", "raising", "0.05")
    alone.train_here()
    sweep = _faulty(tmp_path / "store", "raising")
    output = sweep.run(expect=1)
    assert output.count("this optimizer was told to fail") == 1  # by the dense stages of two seeds
    assert "failed: dense, seed 0, optimizer.lr 0.5 (" in output
    assert str(sweep.store / "launches") in output, "the log's path"
    assert f"why in full: ltsweep logs --store {sweep.store}" in output
    assert "not run: imp, seed 1, level 1" in output and "waits for dense" in output
    assert "; random_reinit, seed 1, level 2" in output
    assert alone.rows() <= sweep.rows()

    trained = {key for key, times in sweep.endings().items() if times}
    sweep.environment["FAULTS"] = "off"
    sweep.run()
    assert set(sweep.endings().values()) == {1}, "only what was missing is trained"
    assert trained < set(sweep.endings())


@pytest.mark.usefixtures("_faulty_here")
@pytest.mark.parametrize("fault", ["killing", "losing_the_gpu"])
def test_a_stage_that_kills_its_process_fails_alone(tmp_path: Path, fault: str) -> None:
    """A process that a stage cost its GPU ends too: no other stage could run in it."""
    alone = _faulty(tmp_path / "alone", fault, "0.05")
    alone.arguments += ("seed=0",)
    alone.train_here()
    sweep = _faulty(tmp_path / "store", fault)
    sweep.arguments += ("seed=0", "jobs=1", "cluster.restarts=20")
    output = sweep.run(expect=1)
    assert "the process that ran it died 3 times" in output
    assert alone.rows() <= sweep.rows()


def test_a_replicate_that_diverges_stops_only_its_descendants(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path / "store", (*SMALL, "optimizer.lr=0.05,1e30", "cluster=debug"))
    output = sweep.run()
    assert "diverged: dense, seed 0" in output
    rows = curve_rows(Store(sweep.store))
    diverged = [row for row in rows if row["test_accuracy"] is None]
    assert len(diverged) == 2 * 2  # two methods, two seeds: level 0 alone has a row
    assert {row["level"] for row in diverged} == {0}
    assert all(row["kept"] == row["prunable"] for row in diverged)
    assert len(rows) - len(diverged) == 2 * 2 * 3
    before = sweep.endings()
    sweep.train_here()
    assert sweep.endings() == before, "a diverged stage is finished: it isn't trained again"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte that can be made larger."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("mounting a small file system needs root")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


@pytest.mark.parametrize("cluster", ["local", "debug"])
def test_a_full_disk_stops_the_sweep_and_loses_nothing(
    small_disk: Path, shallow: Sweep, cluster: str
) -> None:
    sweep = Sweep(small_disk / "store", (*SMALL, f"cluster={cluster}"))
    output = sweep.run(expect=1)
    assert "no space is left for the store" in output
    assert "run the same command again" in output
    assert "Traceback" not in output
    sweep.wait_for_silence()
    subprocess.run(["mount", "-o", "remount,size=50m", str(small_disk)], check=True)
    sweep.run()
    assert sweep.curves() == shallow.curves()
    assert set(sweep.endings().values()) == {1}


def _flip_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-5] ^= 0xFF
    path.write_bytes(content)


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5])


def _deepest(store: Path, level: int) -> list[StageDir]:
    stages = [stage for stage in Store(store).stages() if stage.final.exists()]
    return [s for s in stages if (s.spec() or {})["level"] == level]


@pytest.mark.parametrize(
    ("file", "damage"),
    [
        ("ticket", _flip_a_byte),
        ("ticket", Path.unlink),
        ("final", _flip_a_byte),
        ("final", Path.unlink),
        ("records_path", _flip_a_byte),
        ("records_path", _truncate),
    ],
)
def test_damaged_files_of_a_finished_stage_are_made_again(
    tmp_path: Path, shallow: Sweep, deep: Sweep, file: str, damage: Callable[[Path], None]
) -> None:
    """Deepening a ladder needs the last stage's files: it is trained again where they are bad."""
    sweep = Sweep(tmp_path / "store", (*SMALL, "levels=3"))
    shutil.copytree(shallow.store, sweep.store)
    victims = _deepest(sweep.store, 2)
    assert len(victims) == 2
    for stage in victims:
        damage(getattr(stage, file))
    output = sweep.train_here()
    assert all(f"stage {stage.key} is trained again" in output for stage in victims)
    assert sweep.curves() == deep.curves()


@pytest.mark.parametrize("damage", [_flip_a_byte, Path.unlink])
def test_a_damaged_snapshot_is_taken_again(
    tmp_path: Path, shallow: Sweep, deep: Sweep, damage: Callable[[Path], None]
) -> None:
    sweep = Sweep(tmp_path / "store", (*SMALL, "levels=3"))
    shutil.copytree(shallow.store, sweep.store)
    snapshots = list(sweep.store.glob("stages/*/step-5.safetensors"))
    assert len(snapshots) == 2
    for path in snapshots:
        damage(path)
    sweep.train_here()
    assert sweep.curves() == deep.curves()


@pytest.mark.parametrize("damage", [_flip_a_byte, _truncate])
def test_a_damaged_checkpoint_costs_only_its_level(
    tmp_path: Path, checkpointed: Sweep, damage: Callable[[Path], None]
) -> None:
    sweep = Sweep(tmp_path / "store", CHECKPOINTED)
    launcher = sweep.start(warm=True)
    found = sweep.store.glob
    wait_for(lambda: any(found("stages/*/checkpoint.safetensors")), "checkpoint")
    launcher.kill()
    kill(sweep.workers())
    checkpoints = list(sweep.store.glob("stages/*/checkpoint.safetensors"))
    assert checkpoints
    for path in checkpoints:
        damage(path)
    assert "the level starts again from its first step" in sweep.train_here()
    assert sweep.curves() == checkpointed.curves()
