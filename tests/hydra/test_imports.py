"""Tests what is imported: by applications of others, and where a shell asks for completion."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import LAUNCH

APPLICATION = """
import json, sys
import hydra
from hydra.core.plugins import Plugins

@hydra.main(config_path=None, version_base="1.3")
def main(config):
    plugins = sorted(p.__name__ for p in Plugins.instance().discover() if "ltsweep" in p.__module__)
    print(json.dumps([plugins, sorted(sys.modules)]))

main()
"""
LIGHT = {"ltsweep", "ltsweep.hydra", "ltsweep.hydra.conf"}
HEAVY = {"torch", "numpy", "pydantic", "scipy", "rich", "matplotlib", "submitit"}


@pytest.mark.process
def test_a_foreign_application_loads_nothing_of_ltsweeps_but_its_plugins(tmp_path: Path) -> None:
    (tmp_path / "application.py").write_text(APPLICATION)
    done = subprocess.run(
        [sys.executable, "application.py", "hydra.run.dir=."],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    plugins, modules = json.loads(done.stdout)
    assert plugins == ["LtsweepLauncher", "LtsweepSweeper"]
    assert {name for name in modules if name.partition(".")[0] == "ltsweep"} == LIGHT
    assert HEAVY.isdisjoint(modules)


COMPLETING = """
import atexit, runpy, sys
atexit.register(lambda: print(sorted({"hydra", "torch", "pydantic", "numpy"} & {*sys.modules})))
sys.argv = [sys.argv[1], "-sc", "query=bash"]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.mark.process
@pytest.mark.parametrize(
    ("typed", "completed", "needed"),
    [
        ("optimizer=a", "optimizer=adam", ["hydra"]),
        ("lev", "levels=", ["hydra"]),
        ("optimizer.lr=", "optimizer.lr=0.05", ["hydra"]),
        ("keep=a", "keep=all", ["hydra", "pydantic"]),
    ],
)
def test_completion_loads_no_more_than_it_needs(typed, completed, needed) -> None:
    done = subprocess.run(
        [sys.executable, "-c", COMPLETING, str(LAUNCH)],
        env={**os.environ, "COMP_LINE": f"python launch.py {typed}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == [completed, str(needed)]
