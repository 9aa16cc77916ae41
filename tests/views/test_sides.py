"""Sources and targets that differ in more than their data: names, panels, matrices, axes."""

import pytest

from ltsweep.views import figure
from ltsweep.views.caption import caption
from ltsweep.views.curves import curve_rows
from ltsweep.views.dashboard.data import pack
from ltsweep.views.facets import make_facets
from ltsweep.views.matrix import matrices
from ltsweep.views.matrix_table import about, matrices_markdown, title
from ltsweep.views.panels import make_panels
from ltsweep.views.records import read_curves
from ltsweep.views.verdicts.judge import judge

from .test_transfer import write

SGD, ADAM = "optimizer=sgd", "optimizer=adam"
TO_SGD, TO_ADAM = "optimizer@target_optimizer=sgd", "optimizer@target_optimizer=adam"
OPTIMIZERS = [(SGD, TO_SGD), (SGD, TO_ADAM), (ADAM, TO_SGD), (ADAM, TO_ADAM)]
DIGITS, FASHION = (("name", "digits"),), (("name", "fashion_mnist"),)


def point_of(made_up, words, seed=0, **choices):
    """A ticket of one pruned level, as these words of the command line want it."""
    return made_up.make_point("imp", seed, 1, words=words, densities=(0.8,), **choices)


def fill(made_up, sweeps, **choices):
    """One curve for each of these lists of words."""
    for words in sweeps:
        write(made_up, point_of(made_up, words, **choices), [0.9, 0.89])


def panels(made_up):
    return make_panels(read_curves(made_up.store))


def pairs(made_up):
    return [(p.setting["source"], p.setting["target"]) for p in panels(made_up)]


@pytest.mark.parametrize(
    ("sweeps", "names"),
    [
        (OPTIMIZERS, ["adam", "sgd"]),
        (
            [(f"optimizer.lr={a}", f"target_optimizer.lr={b}") for a in (1, 0.1) for b in (1, 0.1)],
            ["sgd 0.1", "sgd 1"],
        ),
        (
            [
                (f"optimizer.momentum={a}", f"target_optimizer.momentum={b}")
                for a in (0, 0.9)
                for b in (0.0, 0.9)
            ],
            ["sgd (momentum=0)", "sgd (momentum=0.9)"],
        ),
        (
            [
                (f"schedule.length={a}", f"target_schedule.length={b}")
                for a in ("60it", "2ep")
                for b in ("60it", "2ep")
            ],
            ["constant 2ep", "constant 60it"],
        ),
        (
            [(f"batch_size={a}", f"target_batch_size={b}") for a in (32, 128) for b in (32, 128)],
            ["batch 32", "batch 128"],
        ),
    ],
)
def test_names_say_what_is_paired_and_nothing_else(made_up, sweeps, names):
    fill(made_up, sweeps)
    assert sorted(pairs(made_up)) == sorted((a, b) for a in names for b in names)
    (matrix,) = matrices(panels(made_up))
    assert (matrix.sources, matrix.targets, matrix.setting) == (names, names, {})


def test_data_are_named_first_where_both_are_paired(made_up):
    for target in (DIGITS, FASHION):
        fill(made_up, OPTIMIZERS[:2], target=target)
    assert pairs(made_up) == [
        ("digits, sgd", "digits, adam"),
        ("digits, sgd", "digits, sgd"),
        ("digits, sgd", "fashion_mnist, adam"),
        ("digits, sgd", "fashion_mnist, sgd"),
    ]


def test_what_both_sides_of_every_pair_share_stays_a_setting(made_up):
    """Two matrices, and not one whose blocks nobody has asked for."""
    for name in ("digits", "fashion_mnist"):
        fill(made_up, OPTIMIZERS, dataset=name)
    found = matrices(panels(made_up))
    assert [title(matrix) for matrix in found] == [
        "imp at 80 %, data digits", "imp at 80 %, data fashion_mnist",
    ]  # fmt: skip
    assert {tuple(matrix.sources) for matrix in found} == {("adam", "sgd")}


def test_what_differs_in_every_pair_alike_is_not_named(made_up):
    for target in (DIGITS, FASHION):
        fill(made_up, OPTIMIZERS[1:2], target=target)
    assert pairs(made_up) == [("digits", "digits"), ("digits", "fashion_mnist")]


def test_optimizers_that_a_target_follows_are_no_pair(made_up):
    for target in (DIGITS, FASHION):
        fill(made_up, [(SGD,), (ADAM,)], target=target)
    assert [title(matrix) for matrix in matrices(panels(made_up))] == [
        "imp at 80 %, source optimizer adam", "imp at 80 %, source optimizer sgd",
    ]  # fmt: skip


def test_entries_are_held_against_dense_of_the_target(made_up):
    """Each seed is one difference: 87 - 90, 88 - 91, ... to dense with the target's optimizer."""
    lost = {SGD: 0.0, ADAM: 0.03}
    for words in OPTIMIZERS:
        for seed in range(5):
            point = point_of(made_up, words, seed)
            dense = 0.9 + seed / 100 - (0.1 if words[1] == TO_ADAM else 0.0)
            write(made_up, point, [dense, dense - lost[words[0]]])
    (matrix,) = matrices(panels(made_up))
    assert {(e.source, e.target): (round(e.mean, 6), e.n) for e in matrix.entries} == {
        ("sgd", "sgd"): (0.0, 5),
        ("sgd", "adam"): (0.0, 5),
        ("adam", "sgd"): (-3.0, 5),
        ("adam", "adam"): (-3.0, 5),
    }
    assert matrices_markdown([matrix]).splitlines()[4:8] == [
        "| source | adam | sgd |",
        "| --- | --- | --- |",
        "| adam | −3.00 [−3.00, −3.00] n = 5, below | −3.00 [−3.00, −3.00] n = 5, below |",
        "| sgd | 0.00 [0.00, 0.00] n = 5, matches | 0.00 [0.00, 0.00] n = 5, matches |",
    ]


def test_axes_are_those_of_a_target_and_colours_those_of_sources(made_up):
    fill(made_up, OPTIMIZERS)
    verdicts = judge(panels(made_up))
    drawing = figure._figure(make_facets(verdicts), "title")
    titles = [axis.get_title(loc="left") for axis in drawing.axes]
    assert titles == ["target adam", "target sgd"]
    legend = [text.get_text() for text in drawing.legends[0].get_texts()]
    assert legend == ["dense (n = 1)", "source adam", "source sgd", "imp (n = 1)"]
    for named in ("[source sgd] imp", "[source sgd, target adam] imp", "[source adam] imp"):
        assert named in caption(verdicts), "a target is named where it is not the source"


def test_the_dashboard_filters_and_colours_by_the_same_names(made_up):
    fill(made_up, OPTIMIZERS)
    curves = read_curves(made_up.store)
    keys = pack(curves, make_panels(curves), [])["keys"]
    filters = {key["name"]: key["values"] for key in keys if key["filters"]}
    assert filters == {"source": ["adam", "sgd"], "target": ["adam", "sgd"]}


def test_the_columns_of_the_csv_stay_what_they_are(made_up):
    fill(made_up, OPTIMIZERS[:2])
    found = {(r["source"], r["target"], r["target_optimizer"]) for r in curve_rows(made_up.store)}
    assert found == {("digits", "digits", "adam"), ("digits", "digits", "sgd")}


@pytest.mark.parametrize(
    ("size", "titles", "is_shared"),
    [
        ("14x14", ["target digits", "target fashion_mnist"], True),
        (
            "source",
            [
                "source digits",
                "source digits, target fashion_mnist",
                "source fashion_mnist, target digits",
                "source fashion_mnist",
            ],
            False,
        ),
    ],
)
def test_no_axes_are_shared_by_different_dense_trainings(made_up, size, titles, is_shared):
    """An image of 8x8 pixels and one of 28x28 make two trainings of one target."""
    for source in (DIGITS, FASHION):
        for target in (DIGITS, FASHION):
            words = ("input=resize", f"input.size={size}")
            point = point_of(made_up, words, source=source, target=target)
            if not is_shared:  # made-up facts know no images: the key of another dense training
                point = point.model_copy(
                    update={"stages": (f"{source[0][1]}-{point.stages[0]}", *point.stages[1:])}
                )
            write(made_up, point, [0.9, 0.89])
    facets = make_facets(judge(panels(made_up)))
    drawing = figure._figure(facets, "title")
    assert [axis.get_title(loc="left") for axis in drawing.axes if axis.get_visible()] == titles
    (matrix,) = matrices(panels(made_up))
    assert matrix.has_one_dense_each is is_shared
    assert ("is not the same for all sources" in about([matrix])) is not is_shared


def test_a_control_that_all_sources_share_is_drawn_once_and_in_no_colour_of_a_source(made_up):
    """What depends on a count of weights alone is one training for all sources."""
    for words in OPTIMIZERS:
        for method in ("imp", "random_mask"):
            made_up.write_curve(made_up.make_point(method, 0, 1, words=words))
    axis, _ = figure._figure(make_facets(judge(panels(made_up))), "title").axes
    drawn = [line for line in axis.lines if len(line.get_xdata()) == 2]
    looks = [(line.get_marker(), line.get_color()) for line in drawn if line.get_marker() in "o^"]
    assert looks == [("o", "#0072B2"), ("^", figure.INK), ("o", "#D55E00")]
