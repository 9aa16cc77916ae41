"""The figure: what is drawn, that it is the same every time, and that it never crashes."""

import io

import pytest
from matplotlib.image import imread

from ltsweep.views import figure
from ltsweep.views.facets import make_facets, spread
from ltsweep.views.palette import LOOKS, look
from ltsweep.views.panels import make_panels
from ltsweep.views.records import read_curves
from ltsweep.views.verdicts.judge import judge

from ..points import choices


def verdicts(store):
    return judge(make_panels(read_curves(store)))


def drawn(store):
    """The matplotlib figure itself."""
    return figure._figure(make_facets(v for v in verdicts(store) if v.methods), "title")


def legend_of(drawing):
    return [text.get_text() for text in drawing.legends[0].get_texts()]


def test_the_same_records_draw_the_same_bytes(made_up):
    found = verdicts(made_up.fill(("imp", "random_mask"), seeds=3, levels=8))
    first, second = figure.draw(found, "title"), figure.draw(found, "title")
    assert first == second
    assert first["pdf"].startswith(b"%PDF")
    height, width, _ = imread(io.BytesIO(first["png"])).shape
    assert width > height > 400


def test_one_line_per_method_with_n_in_the_legend(made_up):
    made_up.fill(("imp", "random_reinit"), seeds=3, levels=8)
    assert legend_of(drawn(made_up.store)) == [
        "dense (n = 3)",
        "imp (n = 3)",
        "random_reinit (n = 3)",
    ]


def test_unequal_n_is_said(made_up):
    made_up.fill(("imp",), seeds=3, levels=4)
    made_up.write_curve(made_up.make_point("imp", 3, levels=4), until=2)
    assert "imp (n = 3–4)" in legend_of(drawn(made_up.store))


def test_one_panel_per_setting_and_a_note_beyond_the_cap(made_up):
    for i in range(figure.MOST_PANELS + 2):
        made_up.fill(("imp",), seeds=1, levels=1, init_scale=1.0 + i)
    drawing = drawn(made_up.store)
    titles = [axis.get_title(loc="left") for axis in drawing.axes if axis.get_visible()]
    assert titles == [f"init scale {1 + i}" for i in range(figure.MOST_PANELS)]
    assert "2 of 14 panels left out" in drawing.legends[0].get_title().get_text()


def test_a_collapse_gets_a_close_up_and_a_gentle_decline_does_not(made_up):
    made_up.fill(("imp", "random_reinit"), seeds=2)
    assert len(drawn(made_up.store).axes) == 1
    made_up.fill(("random_mask",), seeds=2)
    assert len(drawn(made_up.store).axes) == 2


def test_the_axis_runs_down_from_a_hundred_percent(made_up):
    axis = drawn(made_up.fill(("imp",), seeds=2)).axes[0]
    left, right = axis.get_xlim()
    assert left > 1 > right
    labels = [label.get_text() for label in axis.get_xticklabels()]
    assert labels == ["100", "50", "20", "10", "5"]


@pytest.mark.parametrize("methods", [("dense",), ("imp",)])
def test_dense_alone_or_level_0_alone_can_be_drawn(made_up, methods):
    store = made_up.fill(methods, seeds=1, levels=0)
    assert figure.draw(verdicts(store))["png"]


def test_nothing_finished_says_so(made_up):
    drawing = drawn(made_up.store)
    assert [text.get_text() for text in drawing.texts] == ["no finished level yet"]
    assert figure.draw([])["pdf"]


def test_a_method_has_its_look_whatever_else_is_drawn():
    assert look("imp") == LOOKS["imp"]
    assert look("my_own_method") == look("my_own_method")
    looks = {(known.light, known.marker, known.is_open) for known in LOOKS.values()}
    assert len(looks) == len(LOOKS)


def test_all_methods_that_have_a_look_can_be_told_apart_in_one_figure(made_up):
    """By colour, or by dashes beside another of that colour; in grey print by their markers."""
    methods = [name for name in LOOKS if name != "dense"]
    assert set(methods) <= set(choices("method"))
    for method in methods:
        made_up.write_curve(made_up.make_point(method, levels=2, target=TARGET))
    lines = drawn(made_up.store).axes[0].lines[1:]  # behind the dense one
    styles = {
        (line.get_color(), line.is_dashed(), line.get_markerfacecolor() == "white")
        for line in lines
    }
    assert len(styles) == len(lines) == len(methods)
    known = [look(method) for method in methods]
    assert len({style.marker for style in known}) == sum(not style.is_open for style in known)


TARGET = (("split_seed", 1),)


def test_an_unpruned_transfer_is_an_open_marker_at_density_1(made_up):
    for method in ("imp", "dense_at_k"):
        for seed in range(2):
            point = made_up.make_point(method, seed, levels=2, target=TARGET)
            made_up.write_curve(point)
    drawing = drawn(made_up.store)
    assert legend_of(drawing) == ["dense (n = 2)", "imp (n = 2)", "dense_at_k (n = 2)"]
    open_ones = [
        line for line in drawing.axes[0].lines if line.get_markerfacecolor() == "white"
    ]  # fmt: skip
    assert [(list(line.get_xdata()), line.get_color()) for line in open_ones] == [
        ([1.0], look("imp").light)
    ]


def test_sources_share_the_axes_of_their_target_and_differ_in_colour(made_up):
    sources = [(("name", name),) for name in ("digits", "fashion_mnist", "mnist")]
    for source in sources:
        for target in sources[:2]:
            for method in ("imp", "random_reinit", "dense_transfer"):
                point = made_up.make_point(method, 0, levels=2, source=source, target=target)
                made_up.write_curve(point)
    drawing = drawn(made_up.store)
    assert [axis.get_title(loc="left") for axis in drawing.axes] == [
        "target digits", "target fashion_mnist",
    ]  # fmt: skip
    assert legend_of(drawing) == [
        "dense (n = 1)", "source digits", "source fashion_mnist", "source mnist",
        "imp (n = 1)", "dense_transfer (n = 1)", "random_reinit (n = 1)",
    ]  # fmt: skip
    curves = [line for line in drawing.axes[0].lines if len(line.get_xdata()) == 3]
    assert len({(line.get_color(), line.get_marker()) for line in curves}) == len(curves) == 6
    assert len({line.get_color() for line in curves}) == 3
    dashes = {line.get_marker(): line.is_dashed() for line in curves}
    assert dashes == {look("imp").marker: False, look("random_reinit").marker: True}


def test_datasets_of_a_plain_sweep_have_axes_of_their_own(made_up):
    for name in ("digits", "fashion_mnist"):
        made_up.fill(("imp",), seeds=1, levels=1, dataset=name)
    drawing = drawn(made_up.store)
    titles = [axis.get_title(loc="left") for axis in drawing.axes]
    assert titles == ["source digits", "source fashion_mnist"]
    assert legend_of(drawing) == ["dense (n = 1)", "imp (n = 1)"]


def test_each_dense_training_of_a_panel_has_a_line(made_up):
    """Arms that differ in the scale of their init have dense trainings of their own."""
    for scale in (1.0, 3.0):
        arms = ("method", "init.scale")
        made_up.fill(("imp",), seeds=2, levels=2, init_scale=scale, arms=arms)
    drawing = drawn(made_up.store)
    assert legend_of(drawing) == [
        "dense, init scale 1 (n = 2)",
        "dense, init scale 3 (n = 2)",
        "imp (scale 1) (n = 2)",
        "imp (scale 3) (n = 2)",
    ]
    lines = drawing.axes[0].lines
    levels = [lv.level.mean for panel in verdicts(made_up.store) for lv in panel.dense]
    assert [line.get_ydata()[0] for line in lines[:2]] == levels
    assert len({repr(line._dash_pattern) for line in lines[:2]}) == 2


def test_a_panel_of_very_many_arms_is_spread_by_what_they_are_beside_their_method(made_up):
    arms = ("method", "pruning")
    made_up.fill(("random_mask",), seeds=1, levels=2, arms=arms)
    prunings = ("snip", "grasp", "synflow", "magnitude_global")
    for pruning in prunings:
        methods = ("at_init", "at_init_shuffled", "at_init_fresh")
        made_up.fill(methods, seeds=1, levels=2, pruning=pruning, arms=arms)
    (facet,) = make_facets(verdicts(made_up.store))
    found = spread(facet)
    assert [part.title for part in found] == sorted(f"pruning {name}" for name in prunings)
    for part in found:
        assert sorted(method.arm for method in part.methods) == [
            "at_init", "at_init_fresh", "at_init_shuffled", "random_mask",
        ]  # fmt: skip
        assert all(method.variant == 0 for method in part.methods)


def test_a_panel_of_few_arms_stays_whole(made_up):
    for pruning in ("snip", "grasp"):
        made_up.fill(("at_init",), seeds=1, levels=1, pruning=pruning, arms=("method", "pruning"))
    (facet,) = make_facets(verdicts(made_up.store))
    assert spread(facet) == [facet]
