"""A rescaled arm is another arm: beside the plain one, with the same dense net and ticket."""

import pytest

from ltsweep.store.records import PointRecord
from ltsweep.views.caption import caption
from ltsweep.views.curves import curve_rows
from ltsweep.views.dashboard.data import pack
from ltsweep.views.matrix import matrices
from ltsweep.views.names import stage_words, varying_settings
from ltsweep.views.palette import look
from ltsweep.views.panels import make_panels
from ltsweep.views.records import read_curves
from ltsweep.views.table import markdown
from ltsweep.views.verdicts.judge import judge

from .test_transfer import write

METHODS = ("imp", "random_reinit", "dense")
DENSE = 0.95
# test accuracies of level 1
ACCURACIES = {
    "imp": 0.95,
    "imp, rescale=count": 0.90,
    "random_reinit": 0.80,
    "random_reinit, rescale=count": 0.96,
    "dense": DENSE,
}
SEEDS = 6


def fill(made_up, rescalings=("none", "count"), methods=METHODS, **choices):
    """Every arm with every seed, each seed a little better than the one before."""
    for rescale in rescalings:
        for method in methods:
            for seed in range(SEEDS):
                point = made_up.make_point(
                    method, seed, 1, rescale=rescale, densities=(0.8,), **choices
                )
                shift = seed / 1000
                levels = (DENSE + shift, ACCURACIES[point.arm] + shift)
                write(made_up, point, levels[: len(point.stages)])
    return read_curves(made_up.store)


def test_arms_share_a_panel_and_are_never_pooled(made_up):
    (panel,) = make_panels(fill(made_up))
    assert panel.setting == {}
    assert [cell.arm for cell in panel.cells] == [
        "dense", "imp", "imp, rescale=count", "random_reinit", "random_reinit, rescale=count",
    ]  # fmt: skip
    assert {len(cell.curves) for cell in panel.cells} == {SEEDS}


def test_each_arm_is_held_against_the_same_dense_net_and_the_same_ticket(made_up):
    (verdict,) = judge(make_panels(fill(made_up)))
    assert (verdict.dense.n, verdict.dense.mean) == (SEEDS, pytest.approx(95.25))
    against = {m.method: m.levels[-1].against_dense for m in verdict.methods}
    assert {arm: (found.mean, found.n) for arm, found in against.items()} == {
        arm: (pytest.approx(100 * (accuracy - DENSE)), SEEDS)
        for arm, accuracy in ACCURACIES.items()
    }
    assert {(c.ticket, c.control): c.difference.mean for c in verdict.comparisons} == {
        ("imp", "imp, rescale=count"): pytest.approx(5.0),
        ("imp", "random_reinit"): pytest.approx(15.0),
        ("imp", "random_reinit, rescale=count"): pytest.approx(-1.0),
    }


def test_where_all_is_rescaled_the_rescaled_ticket_is_the_ticket(made_up):
    (verdict,) = judge(make_panels(fill(made_up, ["count"])))
    (comparison,) = verdict.comparisons
    assert (comparison.ticket, comparison.control) == (
        "imp, rescale=count", "random_reinit, rescale=count",
    )  # fmt: skip
    assert "Ticket (imp, rescale=count) against its controls" in markdown([verdict], "t")


def test_other_settings_still_split_panels_and_each_panel_has_all_arms(made_up):
    for lr in (0.05, 0.1):
        for method in ("imp", "random_reinit"):
            for rescale in ("none", "count"):
                made_up.write_curve(made_up.make_point(method, 0, 1, rescale=rescale, lr=lr))
    panels = make_panels(read_curves(made_up.store))
    assert [panel.setting for panel in panels] == [{"optimizer.lr": 0.05}, {"optimizer.lr": 0.1}]
    assert [len(panel.cells) for panel in panels] == [4, 4]


def test_tables_and_captions_name_arms(made_up):
    verdicts = judge(make_panels(fill(made_up)))
    table = markdown(verdicts, "t")
    for arm in ACCURACIES:
        assert f"| {arm} |" in table
    assert (
        "At 80 % imp is better than imp (rescale=count) and random_reinit; worse than "
        "random_reinit (rescale=count)." in caption(verdicts)
    )


def test_a_matrix_of_sources_and_targets_has_one_arm(made_up):
    for seed in (1, 2):
        fill(made_up, methods=("imp", "random_reinit"), target=(("split_seed", seed),))
    made = matrices(make_panels(read_curves(made_up.store)))
    assert {matrix.method for matrix in made} == set(ACCURACIES) - {"dense"}
    for matrix in made:
        assert {round(e.mean, 6) for e in matrix.entries} == {
            round(100 * (ACCURACIES[matrix.method] - DENSE), 6)
        }


def test_looks_of_the_arms_of_a_method_differ_in_their_dashes_alone():
    arms = [f"imp{end}" for end in (
        "", ", rescale=count", ", rescale=count_unit", ", rescale=energy", ", rescale=redraw",
    )]  # fmt: skip
    looks = [look(arm) for arm in arms]
    assert len({found.dashes for found in looks}) == len(arms)
    assert {(found.light, found.dark, found.marker) for found in looks} == {
        (looks[0].light, looks[0].dark, looks[0].marker)
    }


def test_the_dashboard_has_arms_as_its_methods(made_up):
    curves = fill(made_up)
    panels = make_panels(curves)
    packed = pack(curves, panels, judge(panels))
    (key,) = [key for key in packed["keys"] if key["name"] == "method"]
    assert key["values"] == [
        "dense", "imp", "imp, rescale=count", "random_reinit", "random_reinit, rescale=count",
    ]  # fmt: skip
    assert set(packed["looks"]) == set(ACCURACIES)
    assert set(packed["dashes"]) == {"imp, rescale=count", "random_reinit, rescale=count"}


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
    assert {curve.arm for curve in curves} == {"imp", "random_reinit"}
    assert set(varying_settings([curve.point for curve in curves])[curves[0].id]) <= {"method.name"}
    assert {row["rescale"] for row in curve_rows(made_up.store)} == {"none"}
