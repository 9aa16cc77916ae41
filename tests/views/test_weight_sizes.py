"""The size of kept weights by layer: what is drawn, and what a picture leaves out."""

import io

import pytest
from PIL import Image

from ltsweep.views import canvas
from ltsweep.views.panels import make_panels
from ltsweep.views.records import read_curves
from ltsweep.views.weight_sizes import MOST_AXES, draw_sizes, weight_sizes

NOTHING = {"kept": 0, "rms_over_init_std": 0.0}


def sizes(made_up):
    return weight_sizes(make_panels(read_curves(made_up.store)))


def write(made_up, point, first_layer):
    """Finishes what is not there of a curve; by level what is different of its first layer."""
    made_up.store.write_point(point)
    for number, different in enumerate(first_layer):
        stage = made_up.store.stage(point.stages[number])
        if not stage.is_done():
            end = made_up.end_record(point, number)
            first = end.layers["fc1.weight"].model_copy(update=different)
            end = end.model_copy(update={"layers": {**end.layers, "fc1.weight": first}})
            stage.create({})
            stage.append(end.stored())
            stage.finish("trained", [])


def of(*values):
    return [NOTHING if value is None else {"rms_over_init_std": value} for value in values]


def test_each_arm_has_its_layers_over_its_levels_as_means_over_seeds(made_up):
    for seed in (0, 1):
        write(made_up, made_up.make_point("imp", seed, 2), of(1.0, 1.2 + seed, 1.6 + seed))
        rescaled = made_up.make_point("imp", seed, 2, rescale="count")
        write(made_up, rescaled, of(1.0, 3.0, 4.0))
    plain, rescaled = sizes(made_up)
    assert (plain.arm, rescaled.arm) == ("imp", "imp (rescale count)")
    assert list(plain.layers) == ["fc1.weight", "fc2.weight", "fc3.weight"]
    assert plain.layers["fc1.weight"] == pytest.approx({1.0: 1.0, 0.8: 1.7, 0.64: 2.1}, rel=1e-3)
    assert list(rescaled.layers["fc1.weight"].values()) == pytest.approx([1.0, 3.0, 4.0])
    assert list(plain.layers["fc2.weight"].values()) == pytest.approx([1.0, 1.1, 1.2])


def test_levels_at_which_nothing_of_a_layer_is_left_are_missing(made_up):
    write(made_up, made_up.make_point("imp", 0, 2), of(1.0, 1.2, None))
    (found,) = sizes(made_up)
    assert list(found.layers["fc1.weight"].values()) == [1.0, 1.2]
    assert len(found.layers["fc2.weight"]) == 3


def test_what_prunes_nothing_is_not_drawn(made_up):
    made_up.fill(("dense", "imp"), seeds=1, levels=1)
    assert [found.arm for found in sizes(made_up)] == ["imp"]


def test_the_picture_says_what_it_shows_and_is_the_same_each_time(made_up):
    made_up.fill(("imp", "random_mask"), seeds=2, levels=2)
    files = draw_sizes(sizes(made_up), "title")
    assert files == draw_sizes(sizes(made_up), "title")
    words = Image.open(io.BytesIO(files["png"])).text["Description"]
    assert words.startswith("Root mean square of each layer's kept weights when a level begins")
    assert b"/Subject" in files["pdf"]


def test_a_picture_of_nothing_and_one_of_too_much_say_so(made_up, monkeypatch):
    monkeypatch.setattr(canvas, "_saved", lambda figure, *_: figure)
    (words,) = draw_sizes([])["png"].texts
    assert words.get_text() == "no pruned level yet"
    for number in range(MOST_AXES + 1):
        made_up.fill(("imp",), seeds=1, levels=1, init_scale=1.0 + number)
    found = sizes(made_up)
    assert len(found) == MOST_AXES + 1
    for some, told in ((found, "; 1 of 13 arms left out; the dashboard has all"), (found[1:], "")):
        figure = draw_sizes(some)["png"]
        (legend,) = figure.legends
        assert len(figure.axes) == MOST_AXES
        assert legend.get_title().get_text() == f"when a level begins; mean over seeds{told}"
