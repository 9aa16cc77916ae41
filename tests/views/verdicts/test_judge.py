"""Verdicts of a whole panel, from made-up curves with accuracies set by hand."""

import base64
import json

import numpy as np
import pytest

from ltsweep.views.panels import make_panels
from ltsweep.views.records import read_curves
from ltsweep.views.table import markdown
from ltsweep.views.verdicts.by_image import error_of_images
from ltsweep.views.verdicts.judge import judge
from ltsweep.views.verdicts.plain import as_plain
from ltsweep.views.verdicts.verdict import nearest_level

SPREAD = (-0.002, -0.001, 0.0, 0.001, 0.002, 0.0)


def write_accuracies(made_up, method, accuracies, seeds=6, delta=1.0, densities=(0.8, 0.64, 0.512)):
    """One curve per seed: `accuracies` by level, shifted by the seed, dense by the same shift."""
    for seed in range(seeds):
        levels = len(accuracies) - 1
        point = made_up.make_point(method, seed, levels, delta=delta, densities=densities)
        made_up.store.write_point(point)
        for number, accuracy in enumerate(accuracies):
            stage = made_up.store.stage(point.stages[number])
            if stage.is_done():
                continue
            wobble = SPREAD[(seed + number) % 6] if number else 0.0
            measured = {"test_accuracy": accuracy + SPREAD[seed % 6] + wobble}
            end = made_up.end_record(point, number).model_copy(update=measured)
            stage.create({})
            stage.append(end.stored())
            stage.finish("trained", [])


def verdicts(made_up):
    return judge(make_panels(read_curves(made_up.store)))


def test_lowest_matching_density_in_words(made_up):
    write_accuracies(made_up, "imp", [0.97, 0.972, 0.969, 0.968])
    write_accuracies(made_up, "random_reinit", [0.97, 0.97, 0.94, 0.97])
    write_accuracies(made_up, "random_mask", [0.97, 0.961, 0.9, 0.8])
    (panel,) = verdicts(made_up)
    assert {m.method: m.lowest_in_words for m in panel.methods} == {
        "imp": "51.2 % (last level)",
        "random_reinit": "80 % (below from 64 %)",
        "random_mask": "none (below from 64 %)",
    }
    assert [m.lowest_density for m in panel.methods] == [25702 / 50200, 0.8, None]


def test_dense_is_paired_by_seed(made_up):
    write_accuracies(made_up, "imp", [0.97, 0.96])
    (panel,) = verdicts(made_up)
    level = panel.methods[0].levels[1]
    # the seed's own shift cancels, the wobble alone remains
    assert level.against_dense.mean == pytest.approx(-1.0)
    assert level.against_dense.lower == pytest.approx(-1.0 - 2.01505 * 0.141421 / 6**0.5, abs=1e-4)
    assert panel.dense[0].level.n == 6
    assert panel.dense[0].level.mean == pytest.approx(97.0)
    assert panel.dense[0].level.sampling_sd == pytest.approx(100 * (0.97 * 0.03 / 497) ** 0.5)


def test_delta_is_the_declared_one(made_up):
    write_accuracies(made_up, "imp", [0.97, 0.969], delta=0.2)
    write_accuracies(made_up, "random_mask", [0.97, 0.969], delta=0.5)
    (panel,) = verdicts(made_up)
    assert [m.levels[1].against_dense.verdict for m in panel.methods] == ["undecided", "matches"]


def test_four_seeds_give_intervals_and_no_verdict(made_up):
    write_accuracies(made_up, "imp", [0.97, 0.97], seeds=4)
    write_accuracies(made_up, "random_mask", [0.97, 0.5], seeds=4)
    (panel,) = verdicts(made_up)
    assert [m.lowest_in_words for m in panel.methods] == ["n < 5", "n < 5"]
    assert panel.methods[1].levels[1].against_dense.upper < -40
    (comparison,) = panel.contrasts
    assert comparison.difference.verdict == "n < 5"
    assert comparison.difference.p_holm is None
    assert comparison.difference.lower > 40


def test_ticket_against_controls_at_the_declared_densities(made_up):
    write_accuracies(made_up, "imp", [0.97, 0.97, 0.97, 0.97])
    write_accuracies(made_up, "random_mask", [0.97, 0.97, 0.93, 0.9], densities=())
    (panel,) = verdicts(made_up)
    found = [(c.against, c.declared, c.difference.verdict) for c in panel.contrasts]
    assert found == [
        ("random_mask", 0.8, "ties with"),
        ("random_mask", 0.64, "beats"),
        ("random_mask", 0.512, "beats"),
    ]
    assert panel.contrasts[2].difference.mean == pytest.approx(7.0)


def test_a_declared_density_out_of_reach_is_not_compared(made_up):
    write_accuracies(made_up, "imp", [0.97, 0.97], densities=(0.8, 0.1))
    write_accuracies(made_up, "random_mask", [0.97, 0.97])
    assert [c.declared for c in verdicts(made_up)[0].contrasts] == [0.8]


def test_a_level_that_half_of_the_seeds_reached_is_too_few(made_up):
    write_accuracies(made_up, "imp", [0.97, 0.97, 0.97], seeds=3)
    for seed in range(3, 6):
        point = made_up.make_point("imp", seed, levels=2, densities=())
        made_up.write_curve(point, until=1)
    assert verdicts(made_up)[0].methods[0].levels[2].n == 3
    assert verdicts(made_up)[0].methods[0].lowest_in_words.endswith("(then n < 5)")


def test_a_diverged_seed_is_counted_and_keeps_a_level_from_matching(made_up):
    write_accuracies(made_up, "imp", [0.97, 0.97], seeds=5)
    point = made_up.make_point("imp", 5, levels=1)
    made_up.write_curve(point, until=0)
    made_up.write_diverged(point, 1)
    level = verdicts(made_up)[0].methods[0].levels[1]
    assert (level.n, level.diverged, level.against_dense.verdict) == (5, 1, "collapsed")


def test_area_is_over_the_range_that_all_curves_cover(made_up):
    write_accuracies(made_up, "imp", [0.97, 0.97, 0.97])
    write_accuracies(made_up, "random_mask", [0.97, 0.97, 0.87, 0.5])
    (panel,) = verdicts(made_up)
    assert panel.area_range == (0.64, 1.0)
    control = next(m for m in panel.methods if m.method == "random_mask")
    assert control.area_mean == pytest.approx((97 + (97 + 87) / 2) / 2, abs=0.05)


def test_nearest_level_is_nearest_in_ratio_and_within_half_a_level():
    densities = {0: 1.0, 1: 0.5, 2: 0.25, 3: 0.0}
    assert nearest_level(densities, 0.36) == 1
    assert nearest_level(densities, 0.35) == 2
    assert nearest_level(densities, 0.17) is None
    assert nearest_level({}, 0.5) is None


def test_verdicts_are_plain_json(made_up):
    made_up.fill(("imp", "random_mask"), seeds=5, levels=3)
    plain = json.loads(json.dumps(as_plain(verdicts(made_up)), allow_nan=False))
    assert plain["panels"][0]["methods"][0]["lowest_in_words"] == "51.2 % (last level)"


def test_nothing_finished_gives_an_empty_verdict(made_up):
    made_up.store.write_point(made_up.make_point())
    (panel,) = verdicts(made_up)
    assert (panel.dense, panel.methods, panel.contrasts) == ([], [], [])


def test_every_two_arms_of_which_one_is_a_ticket_are_compared_once(made_up):
    arms = {"arms": ("method", "init.scale"), "densities": (0.8,)}
    for method in ("imp", "random_mask"):
        for scale in (1.0, 3.0):
            made_up.fill((method,), seeds=5, levels=1, init_scale=scale, **arms)
    (panel,) = verdicts(made_up)
    assert [(c.arm, c.against) for c in panel.contrasts] == [
        ("imp (scale 1)", "imp (scale 3)"),
        ("imp (scale 1)", "random_mask (scale 1)"),
        ("imp (scale 1)", "random_mask (scale 3)"),
        ("imp (scale 3)", "random_mask (scale 1)"),
        ("imp (scale 3)", "random_mask (scale 3)"),
    ]
    assert "imp (scale 3) − random_mask (scale 1)" in markdown([panel], "arms")


def test_a_seed_at_chance_is_counted_and_no_t_test_is_told(made_up):
    """Chance is 0.1, three standard errors of 497 images above it 0.14."""
    write_accuracies(made_up, "imp", [0.97, 0.97, 0.97])
    write_accuracies(made_up, "random_mask", [0.97, 0.97, 0.9])
    write_accuracies(made_up, "random_pruning", [0.97, 0.97, 0.12])
    (panel,) = verdicts(made_up)
    words = {m.method: m.lowest_in_words for m in panel.methods}
    assert words["random_mask"] == "80 % (below from 64 %)"
    assert words["random_pruning"] == "80 % (collapsed from 64 %)"
    level = next(m for m in panel.methods if m.method == "random_pruning").levels[2]
    assert (level.n, level.collapsed, level.median) == (6, 6, pytest.approx(12.0, abs=0.3))
    told = {(c.against, c.declared): c for c in panel.contrasts}
    lost = told["random_pruning", 0.64]
    assert (lost.difference.verdict, lost.against_collapsed, lost.arm_collapsed) == (
        *("collapsed", 6, 0),
    )
    assert (lost.difference.p, lost.difference.p_holm) == (None, None)
    assert "12.0 †6" in markdown([panel], "collapsed")


def test_all_panels_are_one_family(made_up):
    """Twice as many comparisons make the adjusted p of the smallest twice as large."""
    for lr in (0.05, 0.1):
        made_up.fill(("imp", "random_mask"), seeds=5, levels=1, lr=lr, densities=(0.8,))
    panels = verdicts(made_up)
    pairs = sorted((c.difference.p, c.difference.p_holm) for v in panels for c in v.contrasts)
    assert pairs[0][1] == pytest.approx(min(1, 2 * pairs[0][0]))


def test_the_choice_of_test_images_has_an_error_of_its_own():
    def bits(*rightly):
        return base64.b64encode(np.packbits(rightly).tobytes()).decode(), len(rightly)

    ours = {0: bits(1, 1, 1, 0), 1: bits(1, 1, 0, 0), 7: bits(1, 1, 1, 1)}
    theirs = {0: bits(1, 0, 1, 0), 1: bits(0, 0, 0, 0)}
    # means over both seeds by image: 0.5, 1, 0, 0
    expected = 100 * np.std([0.5, 1, 0, 0], ddof=1) / 2
    assert error_of_images(ours, theirs) == pytest.approx(expected)
    assert error_of_images(ours, {0: bits(1, 1, 1)}) is None
    assert error_of_images(ours, {}) is None
