"""A report on validation accuracy has every number of validation images, none of test images."""

import json
import re
import sys
from dataclasses import asdict
from types import ModuleType

import pytest

import ltsweep
from ltsweep.foundations.files import write_json
from ltsweep.steer.show import print_shown, show
from ltsweep.store.claims import Owner, acquire
from ltsweep.store.declared import Declared
from ltsweep.views.curves import curve_rows, rows_of
from ltsweep.views.matrix import matrices
from ltsweep.views.matrix_table import about
from ltsweep.views.panels import make_panels
from ltsweep.views.report import judged_curves, make_and_print_report
from ltsweep.views.selection import reports_of
from ltsweep.views.shown import Shown
from ltsweep.views.splits import declared_curves
from ltsweep.views.verdicts.judge import judge
from ltsweep.views.wandb import live, runs
from ltsweep.views.wandb.deliveries import Destination
from ltsweep.views.wandb.rows import level_rows
from ltsweep.views.wandb.subscriptions import Subscription, subscriptions

pytestmark = pytest.mark.usefixtures("blank_pictures")

VALUES = Declared(delta=1.0, densities=(0.8,))
OF_VALIDATION = VALUES.model_copy(update={"split": "validation"})


def sweep(made_up, methods=("imp", "random_mask"), **choices):
    """Test accuracies of 12.3457 % everywhere; validation accuracies as made up."""
    ids = []
    for method in methods:
        for seed in range(5):
            point = made_up.make_point(method, seed, levels=2, **choices)
            made_up.store.write_point(point)
            ids.append(point.id)
            for number, key in enumerate(point.stages):
                stage = made_up.store.stage(key)
                if not stage.is_done():
                    end = made_up.end_record(point, number)
                    end = end.model_copy(update={"test_accuracy": 0.123457, "test_loss": 98.7654})
                    stage.create({})
                    for record in made_up.validation_records(end):
                        stage.append(record.stored())
                    stage.append(end.stored())
                    stage.finish("trained", [])
    return tuple(ids)


def panels(made_up, ids, values=OF_VALIDATION):
    return make_panels(judged_curves(made_up.store, Shown("tuning", ids, values)))


def test_verdicts_are_about_the_declared_split(made_up):
    ids = sweep(made_up)
    (of_test,) = judge(panels(made_up, ids, VALUES))
    (found,) = judge(panels(made_up, ids))
    assert (of_test.split, found.split) == ("test", "validation")
    assert of_test.dense[0].level.mean == pytest.approx(12.3457)
    cell = panels(made_up, ids)[0].cells[0]
    expected = [100 * value for value in cell.by_seed(1, "val_accuracy").values()]
    imp = found.methods[0].levels[1]
    assert imp.mean == pytest.approx(sum(expected) / 5)
    assert imp.mean > 90
    # a spread by 130 validation images, and no images of which it is known who names them rightly
    assert imp.sampling_sd == pytest.approx(
        100 * (imp.mean / 100 * (1 - imp.mean / 100) / 130) ** 0.5
    )
    assert found.contrasts and {c.error_of_images for c in found.contrasts} == {None}
    assert of_test.methods[0].levels[1].collapsed == 5 and imp.collapsed == 0


def test_no_file_of_the_report_has_a_test_number(made_up, capsys):
    ids = sweep(made_up)
    directory = make_and_print_report(made_up.store, Shown("tuning", ids, OF_VALIDATION))
    texts = [capsys.readouterr().out]
    names = ("table.md", "verdicts.json", "curves.csv", "dashboard.html")
    texts += [(directory / name).read_text() for name in names]
    assert b"Validation accuracy against weights" in (directory / "curves.png").read_bytes()
    for text in texts:
        assert not re.search(r"12\.3457|0\.123457|98\.765", text)
    assert "validation accuracy in %" in texts[0] and "test accuracy" not in texts[0]
    assert "the finite validation set alone" in texts[1] and "test accuracy" not in texts[1]
    assert json.loads(texts[2])["panels"][0]["split"] == "validation"


def test_columns_of_test_numbers_stay_and_are_empty(made_up):
    curves = judged_curves(made_up.store, Shown("tuning", sweep(made_up), OF_VALIDATION))
    rows = rows_of(curves)
    assert {row["test_accuracy"] for row in rows} == {None}
    assert {row["dense_test_accuracy"] for row in rows} == {None}
    assert all(row["val_accuracy"] for row in rows)


def declared(made_up, split, methods=("imp",), experiment="tuning"):
    """An experiment whose points declare this split; the id of one of its curves."""
    ids = sweep(made_up, methods)
    for point in made_up.store.points(list(ids)):
        report = VALUES.model_copy(update={"split": split})
        submitted = {"report": report, "experiment": experiment}
        made_up.store.write_point(point.model_copy(update=submitted))
    return ids[0]


@pytest.mark.parametrize(("split", "test_accuracies"), [("validation", 0), ("test", 3)])
def test_what_weights_and_biases_gets_is_of_the_declared_split(
    made_up, split, test_accuracies, monkeypatch, tmp_path
):
    name, given = declared(made_up, split), []
    monkeypatch.setitem(sys.modules, "wandb", ModuleType("wandb"))
    monkeypatch.setattr(runs, "_end_with", lambda parent: None)
    monkeypatch.setattr(
        runs.Client, "try_to_deliver", lambda self, curve, name: given.append(curve)
    )
    job = {
        "parent": asdict(Owner.unknown()),
        "mode": "offline",
        "store": str(made_up.store.root),
        "destination": {"project": "p"},
        "scratch": str(tmp_path),
        "rests": False,
        "names": [(name, "a run")],
        "progress": str(tmp_path / "progress"),
    }
    write_json(tmp_path / "job.json", job)
    monkeypatch.setattr(sys, "argv", ["runs", str(tmp_path / "job.json")])
    assert runs.main() == 0
    rows = [row for level in given[0].finished for row in level_rows(given[0], level)]
    for number in ("level/test_accuracy", "level/test_loss"):
        assert sum(number in row for row in rows) == test_accuracies
    assert sum("level/val_accuracy" in row for row in rows) == 3


def test_what_waits_for_a_delivery_is_of_the_declared_split(made_up, monkeypatch):
    name, asked = declared(made_up, "validation"), []
    Subscription.of("offline", Destination("p"), [name]).touch(made_up.store)
    monkeypatch.setattr(live, "deliver", lambda *given, rests: asked.extend(given[-1]))
    lease = made_up.store.leases_dir / "made-up"
    lease.mkdir(parents=True)
    held = acquire(lease, Owner.of_this_process("made-up"))
    live.Rounds(made_up.store, held, live.Leave(), {})._round(
        dict.fromkeys(subscriptions(made_up.store))
    )
    assert asked == declared_curves(made_up.store, [name])


def test_rows_of_a_curve_and_of_a_data_frame_are_of_the_declared_split(made_up):
    name = declared(made_up, "validation")
    assert {row["test_accuracy"] for row in curve_rows(made_up.store, [name])} == {None}
    read = ltsweep.load_curves(made_up.store.root)
    assert len(read) == 15 and read["val_accuracy"].notna().all()
    assert read["test_accuracy"].isna().all()


def test_beside_a_final_experiment_one_that_chooses_settings_shows_no_test_number(made_up):
    declared(made_up, "validation")
    declared(made_up, "test", ("random_mask",), "final")
    assert ltsweep.load_curves(made_up.store.root)["test_accuracy"].isna().all()
    assert ltsweep.load_curves(made_up.store.root, "tuning")["test_accuracy"].isna().all()
    assert ltsweep.load_curves(made_up.store.root, "final")["test_accuracy"].notna().all()
    (whole,) = reports_of(made_up.store, None)
    assert "All are judged with split validation here" in whole.told[0]


def test_a_curve_that_is_shown_has_no_test_number(made_up, capsys):
    shown = show(made_up.store, declared(made_up, "validation"))
    print_shown(shown)
    assert "12.35" not in capsys.readouterr().out
    assert "0.123457" not in shown.model_dump_json()
    assert [level.val_accuracy is None for level in shown.levels] == [False] * 3
    assert "12.35" in _printed(show(made_up.store, declared(made_up, "test")), capsys)


def _printed(shown, capsys):
    print_shown(shown)
    return capsys.readouterr().out


def test_matrices_are_of_the_declared_split(made_up):
    sides = [(("name", "digits"),), (("name", "fashion_mnist"),)]
    ids = tuple(
        name
        for source in sides
        for target in sides
        for name in sweep(made_up, ("imp",), source=source, target=target)
    )
    found = matrices(panels(made_up, ids))
    assert {matrix.split for matrix in found} == {"validation"}
    assert "validation accuracy minus that of the dense training" in about(found)
