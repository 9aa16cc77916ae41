"""Fixtures: the command line as a user types it, in this process or in one of its own."""

import os
import runpy
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from .. import remembered
from ..warm import processes as warm_processes

LAUNCH = Path(__file__).parents[2] / "launch.py"


@dataclass
class Result:
    """What a command left behind: exit code, output and the files in its working directory."""

    code: int
    out: str
    err: str
    directory: Path

    @property
    def problems(self):
        """The sentences that it told."""
        lines = self.err.splitlines()
        assert all(line.startswith("ltsweep: ") for line in lines), self.err
        return [line.removeprefix("ltsweep: ") for line in lines]

    @property
    def left(self):
        return sorted(path.name for path in self.directory.iterdir())


@pytest.fixture
def one_composer(monkeypatch):
    """Command lines share what was composed, since their tests are not about composing."""
    monkeypatch.setattr("ltsweep.hydra.check.Composer", remembered.composer)


@pytest.fixture
def command(tmp_path, monkeypatch, capfd):
    """Runs `launch.py WORDS` in this process, in an empty working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setenv("HYDRA_FULL_ERROR", "0")  # restored afterwards: launch.py sets it
    monkeypatch.delenv("LTSWEEP_DATA", raising=False)

    def run(words):
        monkeypatch.setattr(sys, "argv", [str(LAUNCH), *shlex.split(words)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            runpy.run_path(str(LAUNCH), run_name="__main__")
        out, err = capfd.readouterr()
        return Result(ended.value.code or 0, out, err, tmp_path)

    return run


@pytest.fixture
def processes(tmp_path):
    """Runs command lines, each in a warm process and an empty directory, or in `cwd`.

    Not `warm`, they are started as a user starts them.
    """

    def run_one(words, directory, environment, warm):
        directory.mkdir(exist_ok=True)
        command = [sys.executable, str(LAUNCH), *shlex.split(words)]
        if warm:
            done = warm_processes.run(command, cwd=directory, env=environment)
        else:
            done = subprocess.run(
                command, cwd=directory, env=environment, capture_output=True, text=True, timeout=240
            )
        return Result(done.returncode, done.stdout, done.stderr, directory)

    def run(*lines, cwd=None, warm=True, **more):
        inherited = {k: v for k, v in os.environ.items() if k != "LTSWEEP_DATA"}
        environment = {**inherited, "OMP_NUM_THREADS": "1", "WANDB_MODE": "disabled", **more}
        directories = [cwd or tmp_path / f"run-{number}" for number in range(len(lines))]
        return [
            run_one(words, directory, environment, warm)
            for words, directory in zip(lines, directories, strict=True)
        ]

    return run
