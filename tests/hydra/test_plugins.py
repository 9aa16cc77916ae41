"""Tests what ltsweep's plugins bring into Hydra applications that have nothing to do with it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

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
