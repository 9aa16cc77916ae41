"""Actions on stores that lack something: what is told, and that nothing ends in a traceback."""

import pytest

from ltsweep.cli.actions import perform
from ltsweep.cli.main import main

from ..points import raw

LINES = ("levels=1", "cluster=debug", "logger=none")


@pytest.fixture
def told(tmp_path, capsys):
    """Performs an action on a store: the exit code, and what it wrote to stderr."""

    def act(action, *lines):
        capsys.readouterr()
        code = perform(raw(*LINES, f"store={tmp_path}", f"action={action}", *lines), None)
        return code, capsys.readouterr().err

    return act


@pytest.mark.parametrize("action", ["report", "status"])
def test_what_was_never_submitted_has_neither_report_nor_status(told, tmp_path, action):
    code, err = told(action)
    never = f"no launch of {tmp_path} has any of these 1 points; action=submit submits them"
    assert (code, err) == (2, f"ltsweep: {never}\n")
    assert list(tmp_path.iterdir()) == [], "no empty report is written"


@pytest.mark.parametrize(
    ("action", "name"),
    [
        *(("plan", name) for name in ("stages", "launches", "reports", "points")),
        ("report", "stages"),
    ],
)
def test_a_file_where_the_store_has_a_directory_is_named(told, tmp_path, action, name):
    (tmp_path / name).write_text("not mine")
    code, err = told(action)
    assert code == (2 if action == "plan" else 1)
    assert str(tmp_path / name) in err and err.count("\n") == 1


def test_so_it_is_where_a_command_of_the_store_writes(tmp_path, capsys):
    (tmp_path / "points").mkdir()
    (tmp_path / "reports").write_text("not mine")
    assert main(["curves", "--store", str(tmp_path)]) == 1
    out, err = capsys.readouterr()
    assert (out, err) == ("", f"ltsweep: {tmp_path}/reports/all: Not a directory\n")


def test_a_directory_where_the_plan_is_written_is_named(told, tmp_path, caplog):
    (tmp_path / "plan.json").mkdir()
    assert told("plan")[0] == 0
    (aside,) = tmp_path.glob("plan.json.*")
    told_so = f"is a directory where a file belongs; it is {aside.name} now"
    assert caplog.messages == [f"{tmp_path / 'plan.json'} {told_so}"]


@pytest.mark.parametrize("action", ["status", "logs", "cancel"])
def test_densities_are_no_matter_of_actions_that_compare_nothing(told, action):
    _, err = told(action, "report.densities=[0.01]")
    assert "no planned level" not in err and "action=submit submits them" in err
    assert "no planned level" in told("report", "report.densities=[0.01]")[1]
