"""A rescaled arm is another arm: beside the plain one, with the same dense net and ticket."""

import pytest

from ltsweep.store.point_record import PointRecord
from ltsweep.views.caption import caption
from ltsweep.views.curves import curve_rows
from ltsweep.views.facets import make_facets
from ltsweep.views.figure import _figure
from ltsweep.views.matrix import matrices
from ltsweep.views.names import stage_words, varying_settings
from ltsweep.views.panels import make_panels
from ltsweep.views.records import read_curves
from ltsweep.views.table import markdown
from ltsweep.views.verdicts.judge import judge

from .test_transfer import verdicts, write

METHODS = ("imp", "random_reinit", "dense")
DENSE = 0.95
# test accuracies of level 1
ACCURACIES = {
    "imp": 0.95,
    "imp (rescale count)": 0.90,
    "random_reinit": 0.80,
    "random_reinit (rescale count)": 0.96,
    "dense": DENSE,
}
SEEDS = 6


def arm(point):
    rescale = point.columns.rescale
    return point.method if rescale == "none" else f"{point.method} (rescale {rescale})"


def fill(made_up, rescalings=("none", "count"), methods=METHODS, **choices):
    """Every arm with every seed, each seed a little better than the one before."""
    for rescale in rescalings:
        for method in methods:
            for seed in range(SEEDS):
                point = made_up.make_point(
                    method, seed, 1, rescale=rescale, densities=(0.8,), **choices
                )
                shift = seed / 1000
                levels = (DENSE + shift, ACCURACIES[arm(point)] + shift)
                write(made_up, point, levels[: len(point.stages)])
    return read_curves(made_up.store)


def test_arms_share_a_panel_and_are_never_pooled(made_up):
    (panel,) = make_panels(fill(made_up))
    assert panel.setting == {}
    assert [cell.arm for cell in panel.cells] == [
        "dense", "imp", "imp (rescale count)", "random_reinit", "random_reinit (rescale count)",
    ]  # fmt: skip
    assert {len(cell.curves) for cell in panel.cells} == {SEEDS}


def test_each_arm_is_held_against_the_same_dense_net_and_the_same_ticket(made_up):
    (verdict,) = judge(make_panels(fill(made_up)))
    assert (verdict.dense[0].level.n, verdict.dense[0].level.mean) == (SEEDS, pytest.approx(95.25))
    against = {m.arm: m.levels[-1].against_dense for m in verdict.methods}
    assert {name: (found.mean, found.n) for name, found in against.items()} == {
        name: (pytest.approx(100 * (accuracy - DENSE)), SEEDS)
        for name, accuracy in ACCURACIES.items()
    }
    assert {(c.arm, c.against): c.difference.mean for c in verdict.contrasts} == {
        ("imp", "imp (rescale count)"): pytest.approx(5.0),
        ("imp", "random_reinit"): pytest.approx(15.0),
        ("imp", "random_reinit (rescale count)"): pytest.approx(-1.0),
        ("imp (rescale count)", "random_reinit"): pytest.approx(10.0),
        ("imp (rescale count)", "random_reinit (rescale count)"): pytest.approx(-6.0),
    }


def test_where_all_is_rescaled_the_rescaled_ticket_is_the_ticket(made_up):
    (verdict,) = judge(make_panels(fill(made_up, ["count"])))
    (contrast,) = verdict.contrasts
    assert (contrast.arm, contrast.against) == (
        "imp (rescale count)", "random_reinit (rescale count)",
    )  # fmt: skip
    named = "| imp (rescale count) − random_reinit (rescale count) |"
    assert named in markdown([verdict], "t")


def test_rescaling_is_part_of_an_arm_though_other_settings_are_declared_too(made_up):
    for scale in (1.0, 3.0):
        for rescale in ("none", "count"):
            arms = ("method", "init.scale", "init.rescale")
            made_up.fill(["imp"], seeds=1, levels=1, init_scale=scale, rescale=rescale, arms=arms)
    (panel,) = make_panels(read_curves(made_up.store))
    assert [cell.arm for cell in panel.cells] == [
        "imp (scale 1)", "imp (rescale count, scale 1)",
        "imp (scale 3)", "imp (rescale count, scale 3)",
    ]  # fmt: skip


def test_other_settings_still_split_panels_and_each_panel_has_all_arms(made_up):
    for lr in (0.05, 0.1):
        for method in ("imp", "random_reinit"):
            for rescale in ("none", "count"):
                made_up.write_curve(made_up.make_point(method, 0, 1, rescale=rescale, lr=lr))
    panels = make_panels(read_curves(made_up.store))
    assert [panel.setting for panel in panels] == [{"optimizer.lr": 0.05}, {"optimizer.lr": 0.1}]
    assert [len(panel.cells) for panel in panels] == [4, 4]


def test_tables_and_captions_name_arms(made_up):
    found = judge(make_panels(fill(made_up)))
    table = markdown(found, "t")
    for name in ACCURACIES:
        assert f"| {name} |" in table
    assert (
        "At 80 % imp beats imp (rescale count) and random_reinit; loses to random_reinit (rescale "
        "count)." in caption(found)
    )


def test_long_names_of_arms_stay_within_the_picture_and_leave_room_for_the_panels(made_up):
    for scale in (0.5, 1.0, 2.0):
        for rescale in ("none", "count_unit", "energy"):
            chosen = {"rescale": rescale, "init_scale": scale}
            made_up.fill(("imp", "layerwise_permuted"), seeds=1, levels=1, **chosen)
    picture = _figure(make_facets(verdicts(made_up.store)), "title")
    picture.draw_without_rendering()
    (legend,) = picture.legends
    assert len(legend.get_texts()) == 1 + 6
    box = legend.get_window_extent()
    assert box.x0 >= 0 and box.x1 <= picture.bbox.x1
    heights = [axis.get_window_extent().height / picture.dpi for axis in picture.axes]
    assert min(heights) > 2


def test_a_matrix_of_sources_and_targets_has_one_arm(made_up):
    for seed in (1, 2):
        fill(made_up, methods=("imp", "random_reinit"), target=(("split_seed", seed),))
    made = matrices(make_panels(read_curves(made_up.store)))
    assert {matrix.arm for matrix in made} == set(ACCURACIES) - {"dense"}
    for matrix in made:
        assert {round(e.mean, 6) for e in matrix.entries} == {
            round(100 * (ACCURACIES[matrix.arm] - DENSE), 6)
        }


def test_stages_are_named_by_the_rescaling_that_is_their_own(made_up):
    points = [curve.point for curve in fill(made_up)]
    words = set(stage_words(points, varying_settings(points)).values())
    assert "dense, seed 0" in words
    assert {f"imp, seed 0, level 1, init.rescale {how}" for how in ("none", "count")} <= words


def test_files_of_early_versions_lie_beside_those_that_tell_how_they_are_rescaled(made_up):
    """They lack the settings, and had no choice of them."""
    early = made_up.make_point("imp", 0, 1).stored()
    del early["columns"]["rescale"]
    for name in ("rescale", "rescale_where"):
        del early["config"]["init"][name]
    made_up.write_curve(PointRecord.read(early))
    made_up.write_curve(made_up.make_point("random_reinit", 0, 1))
    curves = read_curves(made_up.store)
    assert {arm(curve.point) for curve in curves} == {"imp", "random_reinit"}
    assert set(varying_settings([curve.point for curve in curves])[curves[0].id]) <= {"method.name"}
    assert {row["rescale"] for row in curve_rows(made_up.store)} == {"none"}
