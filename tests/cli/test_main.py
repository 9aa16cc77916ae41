"""Tests the `ltsweep` command on a small finished store, and its answers to wrong requests."""

import json
import os
import shutil
import time

import pandas
import pytest
import torch

from ltsweep.cli.actions import perform
from ltsweep.cli.main import main
from ltsweep.foundations.files import write_json
from ltsweep.foundations.tensor_files import load_tensors
from ltsweep.spec import key_of
from ltsweep.store.store import Store

from .. import pictures
from ..points import raw

SMALL = (
    "method=imp,random_mask,dense",
    "levels=2",
    "schedule.length=4it",
    "reset.step=1it",
    "logger=none",
    "cluster=debug",
)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    root = tmp_path_factory.mktemp("cli") / "store"
    with pytest.MonkeyPatch.context() as patched:
        pictures.leave_blank(patched.setattr)
        assert perform(raw(*SMALL, f"store={root}"), "small") == 0
    return Store(root)


@pytest.fixture
def ltsweep(capsys):
    """Runs one command: the exit code, and what it wrote to stdout and stderr."""

    def run(*words):
        capsys.readouterr()
        code = main([str(word) for word in words])
        return code, *capsys.readouterr()

    return run


def curve(store, method):
    (point,) = [point for point in store.points() if point.method == method]
    return point.id


def test_curves_of_the_whole_store_and_of_one_experiment(finished, ltsweep):
    for words, name in (((), "all"), (("--experiment", "small"), "small")):
        code, out, err = ltsweep("curves", "--store", finished.root, *words)
        path = finished.reports_dir / name / "curves.csv"
        assert (code, out, err) == (0, f"{path}\n", "")
        assert len(path.read_text().splitlines()) == 1 + 3 + 3 + 1


def test_curves_as_parquet_have_the_rows_of_the_csv(finished, ltsweep):
    ltsweep("curves", "--store", finished.root)
    code, out, err = ltsweep("curves", "--store", finished.root, "--format", "parquet")
    path = finished.reports_dir / "all" / "curves.parquet"
    assert (code, out, err) == (0, f"{path}\n", "")
    told, read = path.with_suffix(".csv").read_text().splitlines(), pandas.read_parquet(path)
    assert ",".join(read.columns) == told[0]
    assert len(read) == len(told) - 1


def test_report_prints_the_table_and_where_the_pictures_are(finished, ltsweep):
    code, out, err = ltsweep("report", "--store", finished.root)
    directory = finished.reports_dir / "all"
    assert (code, err) == (0, "")
    assert "random_mask" in out
    assert out.endswith(f"report: {directory}\ndashboard: {directory / 'dashboard.html'}\n")


def test_results_are_written_to_a_directory(finished, ltsweep, tmp_path):
    words = ("results", "--store", finished.root, "--to", tmp_path)
    assert ltsweep(*words) == (0, f"{tmp_path / 'results.md'}\n", "")
    assert "\n## small\n" in (tmp_path / "results.md").read_text()
    # no file of conf/ declares this experiment, so no commit has
    assert "commit" not in (tmp_path / "results.md").read_text()


def test_gc_deletes_old_temporary_files_and_checkpoints_of_finished_stages(finished, ltsweep):
    stage = next(stage for stage in finished.stages() if stage.is_done())
    old, new = finished.root / ".old.1.ab.tmp", finished.root / ".new.1.ab.tmp"
    for path in (old, new, stage.checkpoint):
        path.write_bytes(bytes(500_000))
    os.utime(old, (time.time() - 7200,) * 2)
    would = ltsweep("gc", "--store", finished.root, "--dry-run")
    assert would == (0, "would free 1.0 MB in 2 files\n", "")
    assert ltsweep("gc", "--store", finished.root) == (0, "freed 1.0 MB in 2 files\n", "")
    assert (old.exists(), new.exists(), stage.checkpoint.exists()) == (False, True, False)
    new.unlink()


def test_an_exported_ticket_needs_no_store(finished, ltsweep, tmp_path):
    to = tmp_path / "ticket.safetensors"
    words = ("ticket", "export", curve(finished, "imp")[:12], "--level", 2, "--to", to)
    assert ltsweep(*words, "--store", finished.root) == (0, f"{to}\n", "")
    tensors, about = load_tensors(to)
    masks = {name.removeprefix("mask/"): t for name, t in tensors.items() if "mask/" in name}
    assert all(mask.dtype == torch.bool for mask in masks.values())
    assert all(tensors[f"weights/{name}"].shape == mask.shape for name, mask in masks.items())
    total = 64 * 300 + 300 * 100 + 100 * 10
    level_1 = total - round(0.2 * total)
    assert sum(int(mask.sum()) for mask in masks.values()) == level_1 - round(0.2 * level_1)
    assert (about["level"], about["seed"], about["point"]["method"]) == (2, 0, "imp")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("curves --store nowhere", "--store nowhere is no store: it has no directory 'points'"),
        (
            "curves --experiment smal --store STORE",
            "experiment smal is unknown (did you mean small?); choose small",
        ),
        (
            "results --to none --store STORE",
            "--to none is no directory; name the one that results.md goes to",
        ),
        (
            "ticket export nothing --level 1 --to x --store STORE",
            "STORE has no curve nothing; the column `curve` of curves.csv names them",
        ),
        (
            "ticket export IMP --level 3 --to x --store STORE",
            "--level 3 is not one of 1 to 2, those of IMP",
        ),
        (
            "ticket export IMP --level 0 --to x --store STORE",
            "--level 0 is not one of 1 to 2, those of IMP",
        ),
        (
            "ticket export IMP --level 1 --to none/x --store STORE",
            "--to none/x: there is no directory none",
        ),
        (
            "ticket export IMP --level 1 --to STORE --store STORE",
            "--to STORE is a directory; name a file in it",
        ),
        (
            "ticket export DENSE --level 1 --to x --store STORE",
            "curve DENSE is of method dense: no tickets",
        ),
        (
            "ticket export RANDOM --level 1 --to x --store STORE",
            "curve RANDOM (method random_mask, seed 0) has no tickets: it starts from freshly "
            "drawn weights",
        ),
    ],
)
def test_a_wrong_request_is_one_sentence_and_2(finished, ltsweep, words, sentence):
    for name, value in (
        ("STORE", finished.root),
        ("IMP", curve(finished, "imp")),
        ("DENSE", curve(finished, "dense")),
        ("RANDOM", curve(finished, "random_mask")),
    ):
        words, sentence = (text.replace(name, str(value)) for text in (words, sentence))
    assert ltsweep(*words.split()) == (2, "", f"ltsweep: {sentence}\n")


def test_a_stage_of_another_version_has_no_ticket_for_this_one(finished, ltsweep, tmp_path):
    copied = Store(shutil.copytree(finished.root, tmp_path / "store"))
    point = copied.points([curve(copied, "imp")])[0]
    first, other = copied.stage(point.stages[1]), {"seed": 0, "train": {}}
    later = point.stages[:1] + (key_of(other),) + point.stages[2:]
    first.path.rename(copied.stage(key_of(other)).path)
    write_json(copied.stage(key_of(other)).path / "spec.json", other)
    copied.write_point(point.model_copy(update={"stages": later}))
    words = ("ticket", "export", point.id, "--level", 1, "--to", tmp_path / "x")
    assert ltsweep(*words, "--store", copied.root) == (
        2,
        "",
        f"ltsweep: curve {point.id} (method imp, seed 0) was made by another version of ltsweep, "
        "whose tickets this one can't read\n",
    )


def test_an_unfinished_level_has_no_ticket(finished, ltsweep, tmp_path):
    point = finished.points([curve(finished, "imp")])[0]
    store = Store(tmp_path / "store")
    store.create()
    store.write_point(point)
    words = ("ticket", "export", point.id, "--level", 1, "--to", tmp_path / "x")
    assert ltsweep(*words, "--store", store.root) == (
        2,
        "",
        f"ltsweep: level 1 of curve {point.id} (method imp, seed 0) is not finished\n",
    )
    alike = sorted([point.id, point.id[:6] + "-2"])
    store.write_point(point.model_copy(update={"id": point.id[:6] + "-2"}))
    words = ("ticket", "export", point.id[:6], "--level", 1, "--to", tmp_path / "x")
    assert ltsweep(*words, "--store", store.root) == (
        2,
        "",
        f"ltsweep: {point.id[:6]} stands for 2 curves; name one: {alike[0]} or {alike[1]}\n",
    )


def test_without_a_command_there_is_help(capsys):
    assert main([]) == 2
    assert "status" in capsys.readouterr().out


@pytest.mark.parametrize("words", ["dance", "curves --dry-run", "ticket export x --level a"])
def test_what_argparse_does_not_know_is_2(capsys, words):
    with pytest.raises(SystemExit) as ended:
        main(words.split())
    assert ended.value.code == 2
    assert "error: " in capsys.readouterr().err


@pytest.mark.parametrize("number", ["-1", "1.5", "many"])
def test_the_lines_of_logs_are_a_number(capsys, number):
    with pytest.raises(SystemExit) as ended:
        main(["logs", f"-n={number}"])
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert told.endswith(f"argument -n: {number} must be a whole number of at least 0\n")


def test_options_stand_anywhere_among_selectors(finished, ltsweep):
    ids = sorted(point.id for point in finished.points())
    for words in (("--store", finished.root, *ids), (*ids[:1], "--store", finished.root, *ids[1:])):
        code, out, err = ltsweep("status", "--json", *words)
        assert (code, err) == (0, "")
        assert sorted(curve["curve"] for curve in json.loads(out)["curves"]) == ids
    with pytest.raises(SystemExit):
        main(["status", "one", "--json", "two", "--three"])
    with pytest.raises(SystemExit):
        main(["curves", "one"])


def test_help_names_the_commands(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    out = capsys.readouterr().out
    assert all(
        f"\n    {name} " in out for name in ("curves", "report", "gc", "status", "show", "ticket")
    )


def test_a_damaged_point_is_named_and_nothing_is_blamed_on_the_request(ltsweep, tmp_path):
    store = Store(tmp_path / "store")
    store.create()
    (store.points_dir / "torn.json").write_text('{"id": ')
    code, out, err = ltsweep("curves", "--experiment", "any", "--store", store.root)
    assert (code, out) == (1, "")
    assert err.startswith(f"ltsweep: {store.points_dir / 'torn.json'} is not valid JSON")


def test_an_error_of_our_own_keeps_its_traceback(finished, monkeypatch):
    def broken(*_):
        raise KeyError("a bug")

    monkeypatch.setattr("ltsweep.views.curves.rows_of", broken)
    with pytest.raises(KeyError, match="a bug"):
        main(["curves", "--store", str(finished.root)])


def test_ctrl_c_is_no_error_of_our_own(finished, ltsweep, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("ltsweep.views.curves.rows_of", interrupted)
    code, _, err = ltsweep("curves", "--store", finished.root)
    assert (code, err) == (130, "ltsweep: interrupted\n")


def test_a_second_run_trains_nothing(finished, capsys):
    words = (*SMALL, f"store={finished.root}")
    assert perform(raw(*words, "action=plan"), "small") == 0
    assert "0 trainings to run (5 already done)" in capsys.readouterr().out
    summary = json.loads((finished.root / "plan.json").read_text())
    assert {key: summary[key] for key in ("points", "stages", "trainings", "jobs")} == {
        "points": 3,
        "stages": 5,
        "trainings": 0,
        "jobs": 0,
    }
    assert perform(raw(*words), "small") == 0
    assert "stages trained" not in capsys.readouterr().out
