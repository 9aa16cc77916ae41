"""A report on validation accuracy has every number of validation images, none of test images."""

import json
import re

import pytest

from ltsweep.store.declared import Declared
from ltsweep.views.curves import rows_of
from ltsweep.views.matrix import matrices
from ltsweep.views.matrix_table import about
from ltsweep.views.panels import make_panels
from ltsweep.views.report import judged_curves, make_and_print_report
from ltsweep.views.shown import Shown
from ltsweep.views.verdicts.judge import judge

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
