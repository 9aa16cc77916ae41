"""Kin datasets and equal images: what every view tells of a source and a target."""

import json

import pytest

from ltsweep.cli.main import main
from ltsweep.store.overlap import Overlap
from ltsweep.views.kinship import all_in_common, are_kin
from ltsweep.views.matrix import matrices
from ltsweep.views.matrix_figure import draw_matrices
from ltsweep.views.matrix_table import about, matrices_markdown
from ltsweep.views.panels import make_panels
from ltsweep.views.records import read_curves
from ltsweep.views.report import make_report

from .test_matrix import fill

pytestmark = pytest.mark.usefixtures("no_pictures")

KIN = "kin: the images of both datasets come from one source"
CIFAR10 = (("name", "cifar10"), ("kin", ("cifar100",)))
CIFAR100 = (("name", "cifar100"), ("kin", ("cifar10",)))
MINE = (("name", "mine"), ("kin", ()))
PAIRS = {(a, b): 0.0 for a in (CIFAR10, CIFAR100, MINE) for b in (CIFAR10, CIFAR100, MINE)}


@pytest.mark.parametrize(
    ("source", "target", "kin"),
    [
        (CIFAR10, CIFAR100, True),
        ((*CIFAR10[:1], ("kin", ())), CIFAR100, True),  # one of the two says so
        (CIFAR10, (*CIFAR100[:1], ("kin", ())), True),
        (CIFAR10, CIFAR10, False),  # their names tell it
        (CIFAR10, MINE, False),
        (CIFAR10, None, False),
    ],
)
def test_two_datasets_are_kin_where_one_names_the_other(made_up, source, target, kin):
    assert are_kin(made_up.make_point("imp", source=source, target=target)) is kin


def test_every_matrix_marks_kin_and_says_what_that_is(made_up):
    fill(made_up, PAIRS, seeds=2, densities=(0.8,))
    curves = read_curves(made_up.store)
    found = matrices(make_panels(curves))
    (matrix,) = found
    kin = {(entry.source, entry.target) for entry in matrix.entries if entry.is_kin}
    assert kin == {("cifar10", "cifar100"), ("cifar100", "cifar10")}
    text = matrices_markdown(found)
    assert text.count(", kin |") == 2 and f"; {KIN}" in text
    assert about(found).encode() in draw_matrices(found)["png"]
    report = make_report(made_up.store, name="all")
    page = (report / "dashboard.html").read_text()
    assert page.count('"is_kin":true') == 2 and KIN in page
    assert f"- cifar10 to cifar100: {KIN}\n" in (report / "table.md").read_text()


def test_without_kin_nothing_is_said_of_them(made_up):
    fill(made_up, {pair: 0.0 for pair in PAIRS if CIFAR100 not in pair}, seeds=2)
    curves = read_curves(made_up.store)
    assert "kin" not in matrices_markdown(matrices(make_panels(curves)))
    assert all_in_common(curves) == []


@pytest.mark.parametrize(
    ("duplicates", "sentence"),
    [
        (
            0,
            "none of the 10,000 test images of the target are among the 50,000 training images of ",
        ),
        (1, "1 of the 10,000 test images of the target is among the 50,000 training images of "),
        (1234, "1,234 of the 10,000 test images of the target are among the 50,000 training "),
        (None, "no image of the target is one of the source, since they differ in shape"),
    ],
)
def test_equal_images_are_told_in_the_report_and_of_each_curve(
    made_up, capsys, duplicates, sentence
):
    point = made_up.make_point("imp", levels=1, source=CIFAR10, target=CIFAR100)
    assert point.overlap is not None
    made_up.write_curve(point)
    overlap = Overlap(duplicates=duplicates, test_images=10_000, training_images=50_000)
    before = (make_report(made_up.store, name="all") / "table.md").read_text()
    overlap.save(made_up.store, point.overlap)
    assert main(["report", "--store", str(made_up.store.root)]) == 0
    assert f"cifar10 to cifar100: {KIN}; {sentence}" in capsys.readouterr().out
    after = (made_up.store.reports_dir / "all" / "table.md").read_text()
    assert sentence in after and sentence not in before
    assert main(["show", point.id, "--store", str(made_up.store.root)]) == 0
    assert f"source and target: {KIN}; {sentence}" in capsys.readouterr().out
    assert main(["show", point.id, "--store", str(made_up.store.root), "--json"]) == 0
    assert sentence in json.loads(capsys.readouterr().out)["in_common"]
