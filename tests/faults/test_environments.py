"""Commands where the machine is odd: an ASCII locale, no home, places to read alone, few files.

A process has all of it at once: what works there works where one thing is odd.
"""

import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .sweeps import ROOT, Sweep, made_once

NO_HOME = "/dev/null/home"  # which nobody can make
ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}
FILES = 64
TINY = (
    *("method=imp,random_mask", "seed=0,1", "levels=1", "schedule.length=4it", "reset.step=1it"),
    *("report.densities=[0.8]", "jobs=1", "logger=none"),
)
READING = (
    *("status", "status --json", "logs", "show CURVE", "show CURVE --json", "verdict", "fsck"),
    *("wandb status", "gc --dry-run"),
)
WRITING = ("report", "curves", "forget CURVE --yes")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    """A sweep that was trained where nothing is odd."""
    return made_once(tmp_path_factory, (*TINY, "cluster=debug"), here=False)


@pytest.fixture
def read_only(tmp_path: Path) -> Path:
    """A working directory that nobody may write to."""
    directory = tmp_path / "work"
    directory.mkdir()
    directory.chmod(0o555)
    return directory


def _run(words: list[str], directory: Path, home: str | None) -> tuple[int, str, str]:
    """Python in a process of its own: its exit code, what it printed, and what went wrong.

    As root it has no power over permissions, which nobody else has.
    """
    powerless = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    environment = {**os.environ, **ASCII, "OMP_NUM_THREADS": "1"}
    environment.pop("HOME", None)
    done = subprocess.run(
        [*(powerless if os.geteuid() == 0 else ()), sys.executable, *words],
        cwd=directory,
        env=environment if home is None else {**environment, "HOME": home},
        capture_output=True,
        timeout=240,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, FILES)),
    )
    return done.returncode, done.stdout.decode("ascii"), done.stderr.decode("ascii")


def test_a_sweep_where_all_is_odd_is_the_same(
    finished: Sweep, tmp_path: Path, read_only: Path
) -> None:
    sweep = Sweep(tmp_path / "störe", TINY)
    words = [str(ROOT / "launch.py"), *TINY, f'store="{sweep.store}"', "cluster=local"]
    code, out, errors = _run(words, read_only, NO_HOME)
    assert code == 0 and " +- " in out, out + errors
    about_home = "/matplotlib"  # which says that it has none
    assert [line for line in errors.splitlines() if about_home not in line] == []
    assert sweep.curves() == finished.curves()


def test_a_store_that_cannot_be_written_can_be_read(
    finished: Sweep, tmp_path: Path, read_only: Path
) -> None:
    store = tmp_path / "störe"
    shutil.copytree(finished.store, store)
    for place in (store, *store.rglob("*")):
        place.chmod(0o555 if place.is_dir() else 0o444)
    (curve, *_) = (path.stem for path in store.glob("points/*.json"))
    lines = [f"{line} --store {store}".replace("CURVE", curve) for line in (*READING, *WRITING)]
    script = str(Path(__file__).parent / "commands.py")
    _, out, errors = _run([script, *lines], read_only, home=None)
    codes = [line.rpartition(" ")[2] for line in out.splitlines() if line.startswith("ended: ")]
    assert codes == ["0"] * len(READING) + ["1"] * len(WRITING), out + errors
    assert [line.endswith(": Permission denied") for line in errors.splitlines()] == [True] * 3
