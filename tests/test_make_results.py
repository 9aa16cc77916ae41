"""Tests `make results` with programs that write down how they are called, and train nothing."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROGRAM = """#!/bin/sh
echo "{name} $*" >> {calls}
case "$*" in *experiment=broken*) exit 1;; *experiment=stopped*) exit 130;; esac
"""


@pytest.fixture
def make_results(tmp_path):
    """Makes the results of these experiments: the exit code, stderr and the calls."""
    calls = tmp_path / "calls"
    for name in ("python", "ltsweep"):
        (tmp_path / name).write_text(PROGRAM.format(name=name, calls=calls))
        (tmp_path / name).chmod(0o755)

    def run(experiments):
        chosen = [f"BIN={tmp_path}", f"EXPERIMENTS={experiments}", "RESULTS_STORE=there"]
        installed = ["--old-file", ".venv/installed"]
        done = subprocess.run(
            ["make", "results", *installed, *chosen], cwd=ROOT, capture_output=True, text=True
        )
        return done.returncode, done.stderr, calls.read_text().splitlines()

    return run


@pytest.mark.process
def test_experiments_run_one_after_the_other_and_then_the_page_is_made(make_results):
    code, _, calls = make_results("one two")
    assert (code, calls) == (
        0,
        [
            "python launch.py experiment=one size=small store=there logger=none",
            "python launch.py experiment=two size=small store=there logger=none",
            "ltsweep results --store there --to docs",
        ],
    )


@pytest.mark.process
def test_one_that_fails_stops_no_other_and_is_named_at_the_end(make_results):
    code, err, calls = make_results("broken two")
    assert code == 2
    assert "failed: broken\n" in err
    assert [call.split()[0] for call in calls] == ["python", "python", "ltsweep"]


@pytest.mark.process
def test_an_interruption_stops_all(make_results):
    code, _, calls = make_results("stopped two")
    assert code == 2
    assert len(calls) == 1
