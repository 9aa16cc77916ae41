"""What an experiment declares is written before its first stage, and only by a submission."""

import json

import pytest

from ltsweep.cli.actions import perform
from ltsweep.cli.main import main
from ltsweep.store.declarations import declarations_of
from ltsweep.store.store import Store

from ..points import raw

pytestmark = pytest.mark.usefixtures("no_pictures")

WORDS = (
    "method=imp,random_mask",
    "seed=0,1",
    "levels=1",
    "schedule.length=4it",
    "reset.step=1it",
    "logger=none",
    "cluster=debug",
    "report.densities=[0.8]",
)


@pytest.fixture
def run(tmp_path, capsys):
    """Performs a request on a store; its exit code is 0, and what it printed is returned."""

    def performed(*words, experiment="quickstart", size=None):
        capsys.readouterr()
        by_key = {word.partition("=")[0]: word for word in (*WORDS, *words)}
        lines = (*by_key.values(), f"store={tmp_path / 'store'}")
        assert perform(raw(*lines), experiment, size=size) == 0
        return capsys.readouterr().out

    return performed


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


def test_looking_declares_nothing(run, store):
    run("action=plan")
    assert declarations_of(store, "quickstart") == []
    run("action=submit", experiment=None)
    run("action=report")
    assert not store.declarations_dir.exists()
    run("action=report")
    assert declarations_of(store, "quickstart") == []


def test_a_submission_declares_before_its_first_stage(run, store):
    run(size="small")
    (declared,) = declarations_of(store, "quickstart")
    points = store.points()
    assert (declared.stages, declared.stages_done, declared.size) == (6, 0, "small")
    assert declared.report == points[0].report
    assert declared.seeds == (0, 1)
    assert declared.points == tuple(sorted(point.id for point in points))
    assert {*declared.cells} == {point.cell for point in points}
    assert {name: len(digest) for name, digest in declared.files.items()} == {"quickstart.yaml": 64}
    run(size="small")
    assert declarations_of(store, "quickstart") == [declared]


def test_what_was_done_before_is_counted(run, store):
    run(experiment="of_ones_own")
    out = run()
    (declared,) = declarations_of(store, "quickstart")
    assert (declared.stages_done, [*declared.files]) == (6, ["quickstart.yaml"])
    assert "quickstart was declared when 6 of its 6 stages were done." in out
    assert declarations_of(store, "of_ones_own")[0].files == {}


def test_a_report_of_a_part_with_another_tolerance_leaves_the_declared_one_alone(
    run, store, capsys
):
    run()
    directory = store.reports_dir / "quickstart"
    before = {path.name: path.read_bytes() for path in directory.iterdir()}
    out = run("method=imp", "seed=0", "report.delta=5", "action=report")
    assert "Declared delta 1, shown with delta 5.\n" in out
    assert "Shown: 1 of the 4 points that were submitted.\n" in out
    assert main(["report", "--store", str(store.root), "--experiment", "quickstart"]) == 0
    assert {path.name: path.read_bytes() for path in directory.iterdir()} == before
    (other,) = set(store.reports_dir.iterdir()) - {directory}
    assert other.name.startswith("quickstart--delta-5--part-")
    (panel,) = json.loads((other / "verdicts.json").read_text())["panels"]
    assert [method["delta"] for method in panel["methods"]] == [5.0]
    main(["curves", "--store", str(store.root), "--experiment", "quickstart"])
    assert capsys.readouterr().out.endswith(f"{directory / 'curves.csv'}\n")


def test_a_selection_without_a_name_takes_no_points_from_an_experiment(run, store):
    run()
    run("method=imp", "report.delta=3", experiment=None)
    assert {(p.experiment, p.report.delta) for p in store.points()} == {("quickstart", 1.0)}
