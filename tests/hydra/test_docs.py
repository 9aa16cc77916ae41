"""Tests the pages of docs/: what they show is written down as it stands and run as it is typed."""

import re
import shlex
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "own_parts.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"^`(\S+)`\n\n```\w+\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE))
SCRIPTS = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
COMMANDS = [c for script in SCRIPTS for c in script.replace("\\\n", " ").splitlines()]


@pytest.fixture
def project(tmp_path):
    """~/my_project, as the page says what lies in it."""
    for name, text in FILES.items():
        path = tmp_path / "my_project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "my_project"


def test_the_page_shows_the_files_of_its_folder():
    (tree,) = re.findall(r"^```\nmy_project/\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    assert [line.split()[0] for line in tree.splitlines()] == [*FILES]
    assert len(COMMANDS) == 8


def test_the_commands_of_the_page_do_what_it_says(processes, project):
    outputs = [_run(processes, project, command) for command in COMMANDS]
    planned, trained, varied, elsewhere, by_search_path, by_choices, moving, on_a_cluster = outputs
    assert "4 points need" in planned and "0 already done" in planned
    assert "stages done" in trained and "stages done" in varied
    assert "small_conv" in (project / "store/reports/mine/curves.csv").read_text()
    assert "nothing is left to train" in elsewhere
    assert "0 trainings to run" in by_search_path
    assert "2 points need" in by_choices
    assert "3 stages done" in moving
    assert "cluster=slurm" in on_a_cluster and "4 points need" in on_a_cluster


def _run(processes, project, command):
    """What a command prints that is typed in ~/my_project, or elsewhere where it names that."""
    away = "PYTHONPATH=" in command
    home = command.replace("$HOME/", "~/")
    words = shlex.split(home.replace("~/my_project", str(project)))
    environment = dict(word.split("=", 1) for word in words[: words.index("python")])
    launch, *arguments = words[words.index("python") + 1 :]
    assert launch == "~/ltsweep/launch.py"
    cwd = project.parent if away else project
    (result,) = processes(shlex.join([*arguments, "logger=none"]), cwd=cwd, **environment)
    assert (result.code, result.err) == (0, ""), command
    return result.out
