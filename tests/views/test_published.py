"""Published curves beside those of the same data, model and method; never beside others."""

from dataclasses import replace

import pytest

from ltsweep.views import figure
from ltsweep.views.across import cost_axis
from ltsweep.views.context import Context
from ltsweep.views.facets import make_facets
from ltsweep.views.panels import make_panels
from ltsweep.views.published import _all, published_in_words
from ltsweep.views.records import read_curves
from ltsweep.views.table import markdown
from ltsweep.views.verdicts.judge import judge
from ltsweep.views.wording import accuracy, signed

from ..points import choices

RESNET20 = {"dataset": "cifar10", "words": ("model=resnet20",), "densities": (0.512, 0.107)}


def judged(store, parameters=272_474, steps=400):
    """The verdicts of curves whose nets have so many parameters, and trainings so many steps."""
    curves = []
    for curve in read_curves(store):
        update = {"params_left": parameters, "steps": steps}
        levels = [replace(lv, end=lv.end.model_copy(update=update)) for lv in curve.levels]
        curves.append(replace(curve, levels=levels))
    return judge(make_panels(curves))


def beside(store, **how):
    """Sources and methods of what stands beside the only panel."""
    (panel,) = judged(store, **how)
    return [(one.source, one.method) for one in panel.published]


def test_every_file_is_whole_and_speaks_of_what_conf_offers():
    found = _all()
    assert len(found) > 20
    for fits, published in found:
        assert fits.model in choices("model") and fits.dataset in choices("dataset")
        assert fits.method in choices("method")
        assert fits.pruning in ("", *choices("pruning"))
        assert fits.schedule in ("", "iterative", "oneshot")
        assert all((published.source, published.cite, published.numbers, published.differs))
        assert published.statistics in ("", "running statistics", "batch statistics")
        densities = [point.density for point in published.points]
        assert densities == sorted(set(densities), reverse=True)
        assert all(0 < density <= 1 for density in densities)
        bounds = (-10, 10) if published.above_dense else (0.5, 100)
        assert all(bounds[0] <= point.value <= bounds[1] for point in published.points)


def test_renda_et_al_stand_beside_tickets_and_rewinding_of_resnet20(made_up):
    store = made_up.fill(("imp", "lr_rewind", "erk"), seeds=1, levels=12, **RESNET20)
    assert beside(store) == [
        ("Arora & Teuscher 2025", "imp"),
        ("Renda et al. 2020", "imp"),
        ("Renda et al. 2020", "lr_rewind"),
    ]


@pytest.mark.parametrize(
    "otherwise",
    [
        {"dataset": "fashion_mnist"},
        {"words": ("model=resnet56",)},
        {"pruning": "magnitude_layerwise"},
        {"source": (("classes", (0, 1)),)},
        {"source": (("half", "a"),)},
        {"target": (("split_seed", 1),)},
        {"words": ("model=resnet20", "input=resize", "input.size=14x14")},
    ],
    ids=str,
)
def test_what_is_trained_otherwise_has_nothing_beside_it(made_up, otherwise):
    assert beside(made_up.fill(("imp",), seeds=1, levels=2, **{**RESNET20, **otherwise})) == []


def test_a_narrower_net_of_that_name_is_another_net(made_up):
    store = made_up.fill(("imp",), seeds=1, levels=2, **RESNET20)
    assert beside(store, parameters=270_000) != [] == beside(store, parameters=70_000)


def test_one_shot_pruning_has_the_curve_of_one_shot_pruning(made_up):
    words = (*RESNET20["words"], "pruning.schedule=oneshot")
    made_up.fill(("imp",), seeds=1, levels=2, **{**RESNET20, "words": words})
    (panel,) = judged(made_up.store)
    (published,) = panel.published
    values = {point.density: point.value for point in published.points}
    assert (values[0.512], values[0.107]) == (91.77, 89.15)


def test_the_table_tells_them_at_the_declared_densities_and_what_differs(made_up):
    store = made_up.fill(("imp",), seeds=2, levels=12, **RESNET20)
    text = markdown(judged(store, steps=600), "title")
    rows = [line.split(" | ") for line in text.splitlines() if "et al. 2020" in line]
    (renda,) = (row for row in rows if "Renda" in row[0])
    assert renda[0].endswith("(running statistics), arXiv 2003.02389: test %, medians of 3")
    assert renda[1:4] == ["imp", "51.2 %", "91.9"] and renda[4] == "51.2 %"
    assert "ours: 600 of 15,680 steps" in text  # of a curve whose length is known
    assert "90.9" in text


def test_a_report_on_validation_images_has_no_test_numbers_beside_it(made_up):
    made_up.fill(("imp",), seeds=1, levels=2, **RESNET20)
    made_up.declare(split="validation")
    assert beside(made_up.store) == []


def test_fewer_images_are_named(made_up):
    source = (("examples", 10_000),)
    made_up.fill(("imp",), seeds=1, levels=2, **RESNET20, source=source)
    (panel,) = judged(made_up.store)
    assert all("ours: 10,000 training images" in one.differs for one in panel.published)


def test_the_figure_names_each_source_with_its_statistics_once(made_up):
    made_up.fill(("imp", "lr_rewind"), seeds=1, levels=4, **RESNET20)
    drawing = figure._figure(make_facets(judged(made_up.store)), "title")
    labels = [text.get_text() for text in drawing.legends[0].get_texts()]
    assert labels.count("Renda et al. 2020 (running statistics)") == 1
    assert labels.count("Arora & Teuscher 2025 (batch statistics)") == 1
    drawn = [line.get_ydata() for line in drawing.axes[0].lines]
    assert any(91.94 in list(heights) for heights in drawn)


def test_curves_are_drawn_as_far_down_as_our_own(made_up):
    made_up.fill(("imp",), seeds=1, levels=4, **RESNET20)
    drawing = figure._figure(make_facets(judged(made_up.store)), "title")
    densities = [x for line in drawing.axes[0].lines for x in line.get_xdata() if x > 0]
    assert min(densities) > 0.8**4 / 1.5


def test_points_above_dense_stand_above_our_own_dense_net(made_up):
    lenet = {"dataset": "mnist", "pruning": "magnitude_layerwise", "densities": (0.035,)}
    made_up.fill(("imp",), seeds=2, levels=16, **lenet)
    (panel,) = judged(made_up.store, parameters=266_610)
    assert [one.source for one in panel.published] == ["Frankle & Carbin 2019"]
    drawing = figure._figure(make_facets([panel]), "title")
    heights = [list(line.get_ydata()) for line in drawing.axes[0].lines]
    assert [panel.dense[0].level.mean] in heights
    level, dense = panel.methods[0].at(0.035), panel.dense[0].level.mean
    ours = f"{accuracy(level.mean, level.sd)} (dense {signed(level.mean - dense)})"
    told = markdown([panel], "title")
    assert f"| dense {signed(0.0)} |" in told and f"| {ours} |" in told
    assert published_in_words(panel.published) == (
        "published curves: Frankle & Carbin 2019, arXiv 1803.03635"
    )


def test_published_numbers_have_no_place_over_costs(made_up):
    made_up.fill(("imp",), seeds=1, levels=4, **RESNET20)
    curves = read_curves(made_up.store)
    across = cost_axis(make_panels(curves), Context.of(curves))
    drawing = figure._figure(make_facets(judged(made_up.store)), "title", across)
    labels = [text.get_text() for text in drawing.legends[0].get_texts()]
    assert labels == ["dense (n = 1)", "imp (n = 1)"]
