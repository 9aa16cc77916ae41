"""A report never compares accuracies that were measured with different statistics of batch norm."""

import json

import pytest

from ltsweep.foundations.files import read_json, write_json
from ltsweep.views import figure
from ltsweep.views.curves import curve_rows
from ltsweep.views.dashboard.data import pack
from ltsweep.views.facets import make_facets
from ltsweep.views.names import setting_words, varying_settings
from ltsweep.views.panels import make_panels
from ltsweep.views.records import read_curves
from ltsweep.views.table import markdown
from ltsweep.views.verdicts.judge import judge

METHODS, SEEDS = ("imp", "random_reinit"), 5
KINDS = ("recalibrated", "running")


@pytest.fixture
def curves(made_up):
    """A ticket and a control over five seeds, each evaluated with both kinds."""
    for kind in KINDS:
        made_up.fill(METHODS, seeds=SEEDS, levels=2, norm_statistics=kind)
    return read_curves(made_up.store)


def test_panels_and_what_is_pooled_paired_and_tested_are_of_one_kind(curves):
    panels = make_panels(curves)
    assert [panel.setting for panel in panels] == [{"norm_statistics": kind} for kind in KINDS]
    for panel, kind in zip(panels, KINDS, strict=True):
        of_panel = [curve for cell in panel.cells for curve in cell.curves]
        assert {curve.columns["norm_statistics"] for curve in of_panel} == {kind}
        assert [cell.method for cell in panel.cells] == [*METHODS]
        assert [len(cell.curves) for cell in panel.cells] == [SEEDS, SEEDS]
    for verdict in judge(panels):
        assert verdict.dense[0].level.n == SEEDS
        assert [(method.method, len(method.seeds)) for method in verdict.methods] == [
            (method, SEEDS) for method in METHODS
        ]
        assert {comparison.difference.n for comparison in verdict.contrasts} == {SEEDS}


def test_table_and_figure_show_each_kind_apart(curves):
    verdicts = judge(make_panels(curves))
    headings = [line for line in markdown(verdicts, "").splitlines() if line.startswith("## ")]
    assert headings == [f"## norm statistics {kind}" for kind in KINDS]
    axes = figure._figure(make_facets(verdicts), "").axes
    titles = [axis.get_title(loc="left") for axis in axes if axis.get_visible()]
    assert titles == [f"norm statistics {kind}" for kind in KINDS]


def test_the_dashboard_has_a_panel_and_a_filter_value_for_each_kind(curves):
    panels = make_panels(curves)
    page = json.loads(json.dumps(pack(curves, panels, judge(panels))))
    (key,) = [key for key in page["keys"] if key["name"] == "norm_statistics"]
    assert key["filters"]
    by_panel = {
        (key["values"][code], curve["panel"])
        for code, curve in zip(key["codes"], page["curves"], strict=True)
    }
    assert by_panel == {("recalibrated", 0), ("running", 1)}
    cells = {curve["cell"]: curve["panel"] for curve in page["curves"]}
    assert len(cells) == 4
    assert all(cells[curve["cell"]] == curve["panel"] for curve in page["curves"])


def test_rows_and_names_tell_the_kind(made_up, curves):
    assert {row["norm_statistics"] for row in curve_rows(made_up.store)} == {*KINDS}
    settings = varying_settings([curve.point for curve in curves])
    assert {setting_words(setting) for setting in settings.values()} == {
        f"norm_statistics {kind}" for kind in KINDS
    }


def test_a_point_from_before_there_was_a_choice_is_one_with_running_statistics(made_up):
    made_up.fill(("imp",), seeds=2, levels=1)
    path = made_up.store.points_dir / f"{made_up.make_point('imp', 0, levels=1).id}.json"
    content = read_json(path)
    del content["columns"]["norm_statistics"], content["config"]["norm_statistics"]
    write_json(path, content)
    early = read_curves(made_up.store)
    (panel,) = make_panels(early)
    assert len(panel.cells[0].curves) == 2
    assert {curve.config["norm_statistics"] for curve in early} == {"running"}
    settings = varying_settings([curve.point for curve in early])
    assert [*settings.values()] == [{}, {}]
