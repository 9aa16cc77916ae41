"""The same curves over other axes: what levels cost, and the weights that are live."""

import io

import pytest
from PIL import Image

from ltsweep.views import figure
from ltsweep.views.across import DENSITY, cost_axis, live_axis
from ltsweep.views.context import Context
from ltsweep.views.facets import make_facets
from ltsweep.views.panels import make_panels
from ltsweep.views.records import read_curves
from ltsweep.views.report import make_report
from ltsweep.views.verdicts.judge import judge

pytestmark = pytest.mark.usefixtures("blank_pictures")

# shares of 50,200 weights that the levels keep: the ticket pays for those before it, too
OWN = [1, 0.8, 0.64]
TICKET = [1, 1.8, 2.44]


def panels(store):
    curves = read_curves(store)
    return make_panels(curves), Context.of(curves)


def lines(found, across):
    """What is drawn of each arm, by its name: the places of its levels."""
    drawing = figure._figure(make_facets(judge(found)), "", across)
    axis = drawing.axes[0]
    return axis, {line.get_label().split()[0]: list(line.get_xdata()) for line in axis.lines}


def test_levels_lie_at_what_they_cost_with_all_that_they_start_from(made_up):
    found, context = panels(made_up.fill(("imp", "random_mask"), seeds=2, levels=2))
    axis, places = lines(found, cost_axis(found, context))
    assert places["imp"] == pytest.approx(TICKET)
    assert places["random_mask"] == pytest.approx(OWN)
    assert axis.get_xscale() == "log"
    low, high = axis.get_xlim()
    assert low < 0.64 and high > 2.44
    assert axis.get_xlabel() == "training multiply-adds in all (dense trainings)"


def test_of_unknown_costs_nothing_is_drawn(made_up):
    made_up.fill(("imp",), seeds=1, levels=2)
    made_up.write_curve(made_up.make_point("layerwise_permuted", seed=1, levels=2))
    found, context = panels(made_up.store)
    _, places = lines(found, cost_axis(found, context))
    known = [place for place in places["layerwise_permuted"] if place == place]
    assert known == pytest.approx([1, 1.8])  # level 2 needs level 1 of a ladder that is not there


def test_a_store_without_any_cost_says_so(made_up):
    drawing = figure._figure(
        make_facets(judge(panels(made_up.fill(("imp",), seeds=1, levels=2))[0])),
        "",
        cost_axis([], Context({}, {})),
    )
    assert "of no level is recorded" in drawing.texts[0].get_text()


def test_live_weights_have_an_axis_where_they_are_fewer(made_up):
    """The made-up nets have all weights live at densities above a half."""
    found, _ = panels(made_up.fill(("imp",), seeds=1, levels=2))
    assert live_axis(found) is None
    found, _ = panels(made_up.fill(("random_mask",), seeds=2, levels=6))
    axis = live_axis(found)
    assert axis is not None
    _, places = lines(found, axis)
    assert places["random_mask"][-1] == pytest.approx(0.262 * (0.5 + 0.262), rel=1e-2)


def test_a_report_has_costs_always_and_live_weights_where_they_differ(made_up):
    made_up.fill(("imp",), seeds=1, levels=2)
    names = {path.name for path in make_report(made_up.store, name="a").iterdir()}
    assert {"curves_cost.png", "curves_cost.pdf"} < names and "curves_live.png" not in names
    made_up.fill(("imp",), seeds=1, levels=6)
    directory = make_report(made_up.store, name="a")
    captions = {
        name: Image.open(io.BytesIO((directory / name).read_bytes())).text["Description"]
        for name in ("curves.png", "curves_cost.png", "curves_live.png")
    }
    assert captions["curves.png"].startswith("Test accuracy against weights remaining, mean")
    assert captions["curves_cost.png"].startswith(
        "Test accuracy against the multiply-adds of all trainings that a level takes, in dense "
        "trainings, mean"
    )
    assert captions["curves_live.png"].startswith("Test accuracy against live weights, mean")


def test_densities_are_the_usual_axis(made_up):
    found, _ = panels(made_up.fill(("imp",), seeds=1, levels=2))
    axis, places = lines(found, DENSITY)
    assert places["imp"] == pytest.approx([1, 0.8, 0.64])
    assert axis.get_xlabel() == "weights remaining (%)"
