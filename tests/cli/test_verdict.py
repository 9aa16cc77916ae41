"""`ltsweep verdict` says what the report says, and writes nothing."""

import json

import pytest

from ltsweep.cli.main import main

from ..views.conftest import MadeUpStore

PAIR = {"arm": {"method": "imp"}, "against": {"method": "random_mask"}}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    made = MadeUpStore(tmp_path_factory.mktemp("verdict") / "store")
    for method in ("imp", "random_mask"):
        for seed in range(5):
            point = made.make_point(method, seed, levels=11, densities=(0.107,))
            report = point.report.model_copy(update={"primary": _primary(point)})
            made.write_curve(point.model_copy(update={"report": report}))
    return made.store


def _primary(point):
    return type(point.report).read({**point.report.stored(), "primary": PAIR}).primary


def run(capsys, *words):
    capsys.readouterr()
    code = main([str(word) for word in words])
    return code, *capsys.readouterr()


def test_it_prints_the_sentences_primary_first(store, capsys):
    code, out, err = run(capsys, "verdict", "--store", store.root, "--experiment", "synthetic")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "synthetic:"
    assert lines[1].startswith("Nothing was declared before the stages ran: judged with delta 1")
    assert lines[2].startswith("Primary contrast: imp − random_mask at 10.7 %")
    assert lines[3] == "Lowest density that matches dense within 1 pp, by test accuracy:"
    assert lines[4].startswith("imp 8.59 % (last level), random_mask ")
    assert lines[-3] == "Intervals are over seeds, for one split of the data and one test set."
    assert lines[-2].startswith("The primary contrast is one test")
    assert not any(store.reports_dir.iterdir())


@pytest.mark.usefixtures("no_pictures")
def test_its_json_is_what_the_report_writes(store, capsys):
    words = ("--store", store.root, "--experiment", "synthetic")
    code, out, _ = run(capsys, "verdict", "--json", *words)
    assert code == 0
    assert main(["report", *map(str, words)]) == 0
    written = (store.reports_dir / "synthetic" / "verdicts.json").read_text()
    assert out == written
    assert json.loads(out)["report"] == "synthetic"
    assert json.loads(out)["primary"]["arm"] == "imp"


def test_a_store_without_a_finished_level_has_no_verdicts(tmp_path, capsys):
    made = MadeUpStore(tmp_path / "store")
    made.store.write_point(made.make_point())
    code, out, _ = run(capsys, "verdict", "--store", made.store.root)
    assert (code, out) == (0, "all:\nno finished level yet\n")


def test_an_unknown_experiment_is_2(store, capsys):
    code, out, err = run(capsys, "verdict", "--store", store.root, "--experiment", "synthetics")
    assert (code, out) == (2, "")
    assert "did you mean synthetic?" in err
