"""What arms keep of each layer: told and drawn where they share it out differently."""

import io

from PIL import Image
from pytest import approx

from ltsweep.views.layer_shares import (
    MOST_AXES,
    PanelShares,
    Shares,
    _figure,
    draw_shares,
    layer_shares,
    shares_markdown,
)
from ltsweep.views.panels import make_panels
from ltsweep.views.records import read_curves

EVEN = {"fc1.weight": 0.64, "fc2.weight": 0.64, "fc3.weight": 0.64}


def write(made_up, point, counts):
    """Finishes a point; its level 2 keeps so many weights of each layer."""
    made_up.write_curve(point, until=1)
    stage, end = made_up.store.stage(point.stages[2]), made_up.end_record(point, 2)
    layers = {
        name: layer.model_copy(update={"kept": kept})
        for (name, layer), kept in zip(end.layers.items(), counts, strict=True)
    }
    made_up.begin(stage)
    stage.append(end.model_copy(update={"layers": layers}).stored())
    stage.finish("trained", [])


def fill(made_up, densities=(0.64,), **choices):
    """imp and random_reinit keep 64 % of each layer, erk the whole of the output layer."""
    for seed, fewer in enumerate((0, 1920)):
        choices |= {"levels": 2, "densities": densities}
        for method in ("imp", "random_reinit"):
            made_up.write_curve(made_up.make_point(method, seed, **choices))
        write(made_up, made_up.make_point("erk", seed, **choices), (12288 - fewer, 18840, 1000))
    return layer_shares(make_panels(read_curves(made_up.store)))


def test_arms_that_keep_the_same_are_told_together_as_means_over_seeds(made_up):
    (found,) = fill(made_up)
    assert found.density == 0.64
    assert [arm.arms for arm in found.shares] == [("imp", "random_reinit"), ("erk",)]
    ticket, erk = found.shares
    assert ticket.layers == EVEN
    assert erk.layers == approx({"fc1.weight": 0.59, "fc2.weight": 0.628, "fc3.weight": 1.0})


def test_nothing_is_told_where_all_arms_keep_the_same(made_up):
    made_up.fill(("imp", "random_mask"), seeds=2, levels=2, densities=(0.64,))
    assert layer_shares(make_panels(read_curves(made_up.store))) == []


def test_only_declared_densities_are_told(made_up):
    assert fill(made_up, densities=(0.8,)) == []


def test_the_table_has_layers_from_input_to_output(made_up):
    (found,) = fill(made_up)
    assert shares_markdown(found).splitlines() == [
        "| kept at 64 % | imp, random_reinit | erk |",
        "| --- | --- | --- |",
        "| fc1.weight | 64 % | 59 % |",
        "| fc2.weight | 64 % | 62.8 % |",
        "| fc3.weight | 64 % | 100 % |",
    ]


def test_the_picture_says_what_it_shows_and_is_the_same_each_time(made_up):
    found = fill(made_up)
    files = draw_shares(found, "title")
    assert files == draw_shares(found, "title")
    words = Image.open(io.BytesIO(files["png"])).text["Description"]
    assert words.startswith("Weights kept of each layer, from input to output")
    assert b"/Subject" in files["pdf"]


def test_a_picture_of_too_much_says_so(made_up):
    found = fill(made_up) * (MOST_AXES + 1)
    for some, told in ((found, "; 1 of 13 axes left out"), (found[:MOST_AXES], "")):
        figure = _figure(some, "")
        (legend,) = figure.legends
        assert len(figure.axes) == MOST_AXES
        words = f"mean over seeds, layers from input to output{told}"
        assert legend.get_title().get_text() == words


def test_a_legend_of_many_long_names_stays_in_the_picture_and_leaves_axes_their_room():
    arms = [tuple(f"at_init_{n} (pruning magnitude_{i}, length 250it)" for n in range(9))
            for i in range(7)]  # fmt: skip
    shares = [Shares(names, "at_init", i, EVEN) for i, names in enumerate(arms)]
    figure = _figure([PanelShares({}, 0.1, shares), PanelShares({}, 0.01, shares)], "")
    figure.draw_without_rendering()
    (legend,), (axis, _) = figure.legends, figure.axes
    box = legend.get_window_extent()
    assert box.x0 >= 0 and box.x1 <= figure.bbox.width and box.y0 >= 0
    assert axis.get_window_extent().height > 1.2 * figure.dpi
    assert legend.texts[0].get_text().endswith("and 6 more arms")
