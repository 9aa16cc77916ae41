"""Settings that are chosen for each arm and level by validation accuracy."""

import json
from dataclasses import replace

import pytest

from ltsweep.store.declared import Declared, DeclaredContrast
from ltsweep.views.panels import make_panels
from ltsweep.views.records import UNFINISHED, Level
from ltsweep.views.report import make_report
from ltsweep.views.tuning import tune
from ltsweep.views.tuning_words import tuning_markdown
from ltsweep.views.verdicts.judge import judge
from ltsweep.views.verdicts.primary import find_primary, judge_primary

from .varied import curve, point

pytestmark = pytest.mark.usefixtures("no_pictures")

SEEDS = range(5)
RATE = "optimizer.lr"
# Validation accuracy of levels 0, 1 and 2 by method and rate.
IMP = {0.02: (0.80, 0.90, 0.70), 0.05: (0.90, 0.80, 0.71), 0.1: (0.85, 0.85, 0.72)}
FRESH = {0.02: (0.80, 0.60, 0.50), 0.05: (0.90, 0.70, 0.40), 0.1: (0.85, 0.50, 0.30)}


def declared(**values):
    usual = {"delta": 1.0, "densities": (0.5, 0.25), "tuned": (RATE,)}
    return Declared(**{**usual, **values})


def grid(method, accuracies, seeds=SEEDS, declares=None, lines=(), **values):
    """One curve for each rate and seed; on test images each is 10 points worse, whatever it is."""
    found = []
    for rate, validation in accuracies.items():
        for seed in seeds:
            record = point(f"method={method}", f"{RATE}={rate}", f"seed={seed}", *lines, levels=2)
            record = record.model_copy(update={"report": declares or declared()})
            shifted = [accuracy + seed / 1000 for accuracy in validation]
            tested = [accuracy - 0.1 for accuracy in shifted]
            found.append(curve(record, tested, shifted, **values))
    return found


def both(**how):
    return [*grid("imp", IMP, **how), *grid("random_reinit", FRESH, **how)]


def chosen(arm):
    return [choice.values[RATE] for choice in arm.levels]


def test_each_level_of_each_arm_has_the_rate_that_is_best_on_validation_images():
    imp, fresh = tune(both()).arms
    assert (chosen(imp), chosen(fresh)) == ([0.05, 0.02, 0.1], [0.05, 0.05, 0.02])
    assert [round(t.accuracy, 6) for t in imp.levels[1].tried] == [90.2, 80.2, 85.2]
    assert [choice.density for choice in imp.levels] == [1.0, 0.5, 0.25]


def ticket(line, **values):
    """A ticket of one seed, with this setting."""
    record = point("method=imp", line, levels=2)
    return record.model_copy(update={"report": declared(**values)})


def test_test_accuracy_has_no_say_in_the_choice():
    good = curve(ticket(f"{RATE}=0.05"), (0.9, 0.1, 0.1), validation=(0.9, 0.8, 0.7))
    bad = curve(ticket(f"{RATE}=0.1"), (0.1, 0.9, 0.9), validation=(0.1, 0.1, 0.1))
    (arm,) = tune([good, bad]).arms
    assert chosen(arm) == [0.05, 0.05, 0.05]


def test_the_rate_is_chosen_for_all_seeds_together():
    """Seed 4 alone would be better off with another one."""
    curves = grid("imp", IMP, seeds=range(4))
    other = {0.02: (0.8, 0.6, 0.7), 0.05: (0.9, 0.9, 0.7), 0.1: (0.8, 0.8, 0.8)}
    curves += grid("imp", other, seeds=[4])
    tuning = tune(curves)
    assert chosen(tuning.arms[0])[1] == 0.02
    tuned = [c for c in tuning.curves if c.cell == tuning.arms[0].cell]
    keys = {c.seed: c.levels[1].key for c in curves if c.config["optimizer"]["lr"] == 0.02}
    assert {c.seed: c.levels[1].key for c in tuned} == keys


def test_dense_is_tuned_too_and_levels_are_held_against_it():
    panels = make_panels(tune(grid("imp", IMP)).curves)
    tuned, shared = (panels[0], panels[1]) if panels[0].setting[RATE] == "tuned" else panels[::-1]
    assert shared.setting == {RATE: 0.05}
    by_level = {
        level.level: level.against_dense.mean for level in judge([tuned])[0].methods[0].levels
    }
    assert by_level == pytest.approx({0: 0.0, 1: 0.0, 2: -18.0})  # 90 of rate 0.05 at level 0


def test_arms_are_compared_when_both_are_tuned_or_both_are_at_the_shared_rate():
    verdicts = judge(make_panels(tune(both()).curves))
    assert sorted(str(v.setting[RATE]) for v in verdicts) == ["0.05", "tuned"]
    told = {
        (str(v.setting[RATE]), c.density): c.difference.mean for v in verdicts for c in v.contrasts
    }
    assert told == pytest.approx(
        {("0.05", 0.5): 10.0, ("0.05", 0.25): 31.0, ("tuned", 0.5): 20.0, ("tuned", 0.25): 22.0}
    )


def test_the_shared_rate_is_the_middle_one_of_those_that_all_arms_tried():
    few = {rate: FRESH[rate] for rate in (0.05, 0.1)}
    tuning = tune([*grid("imp", IMP), *grid("random_reinit", few)])
    rates = {c.config["optimizer"]["lr"] for c in tuning.curves}
    assert rates == {"tuned", 0.05}
    assert [arm.shared_cell is None for arm in tuning.arms] == [False, False]


def test_an_arm_with_one_rate_of_its_own_has_no_say_in_what_is_shared():
    curves = [*both(), *grid("random_mask", {0.1: FRESH[0.1]})]
    shared = [arm.shared_cell for arm in tune(curves).arms]
    assert shared == [arm.shared_cell for arm in tune(both()).arms] + [None]


def test_all_arms_of_a_panel_are_held_against_one_tuned_dense_training():
    _, single = tune([*grid("imp", IMP), *grid("random_mask", {0.1: FRESH[0.1]})]).arms
    assert single.dense.values == {RATE: 0.05}
    assert chosen(single) == [0.05, 0.1, 0.1]
    _, apart = tune([*grid("imp", IMP), *grid("imp", FRESH, lines=("init.scale=2",))]).arms
    assert [round(tried.accuracy, 6) for tried in apart.dense.tried] == [80.2, 90.2, 85.2]


def test_a_choice_at_the_edge_of_its_grid_is_flagged():
    imp, _ = tune(both()).arms
    assert [choice.at_edge for choice in imp.levels] == [(), (RATE,), (RATE,)]
    (one,) = tune([*grid("imp", {0.05: IMP[0.05]}), *grid("erk", IMP)]).arms[:1]
    assert [choice.at_edge for choice in one.levels] == [(), (), ()]


def test_what_tuning_took_is_counted():
    """Five seeds, three rates: a dense training that both arms share, and two levels each."""
    tuning = tune(both())
    assert (tuning.trainings, tuning.not_chosen) == (5 * 3 * 5, 5 * 2 * 5)


def test_seeds_that_some_value_lacks_are_left_out_and_told():
    without = {0.02: IMP[0.02], 0.05: IMP[0.05]}
    curves = [*grid("imp", IMP, seeds=(0, 1, 2, 4)), *grid("imp", without, seeds=[3])]
    imp, fresh = tune([*curves, *grid("random_reinit", FRESH)]).arms
    assert (imp.seeds, imp.partial_seeds) == ([0, 1, 2, 4], [3])
    assert (fresh.seeds, fresh.partial_seeds) == ([0, 1, 2, 3, 4], [])


def test_nothing_is_chosen_before_all_values_are_trained():
    curves = grid("imp", IMP)
    late = curves[-1]
    curves[-1] = replace(late, levels=[*late.levels[:2], Level(2, "k", UNFINISHED)])
    tuning = tune(curves)
    assert [choice.level for choice in tuning.arms[0].levels] == [0, 1]
    tuned = [c for c in tuning.curves if c.cell == tuning.arms[0].cell]
    assert [[level.state for level in c.levels] for c in tuned] == [
        ["trained", "trained", "unfinished"]
    ] * 5


def test_a_rate_at_which_seeds_diverge_comes_last():
    curves = [*grid("imp", {0.02: IMP[0.02]}), *grid("imp", {0.05: IMP[0.05]}, diverged=(1,))]
    curves += grid("imp", {0.1: (0.1, 0.2, 0.1)})
    (arm,) = tune(curves).arms
    assert chosen(arm)[1] == 0.02
    assert [t.diverged for t in arm.levels[1].tried] == [0, 5, 0]


def test_without_validation_images_nothing_is_chosen():
    records = [ticket(f"{RATE}=0.05"), ticket(f"{RATE}=0.1")]
    (arm,) = tune([curve(r, (0.9, 0.8, 0.7), (None, None, None)) for r in records]).arms
    assert (arm.dense, arm.levels) == (None, [])


def test_what_not_all_declare_tuned_is_not_tuned():
    plain_ones = grid("random_reinit", FRESH, declares=declared(tuned=()))
    curves = [*grid("imp", IMP), *plain_ones]
    assert tune(curves).curves == curves
    assert tune([]).curves == []


def test_a_column_of_the_csv_that_tells_the_setting_says_tuned():
    found = [
        curve(ticket(f"init.scale={scale}", tuned=("init.scale",)), (0.9, 0.8 + scale / 100, 0.7))
        for scale in (0.5, 1.0, 2.0)
    ]
    tuning = tune(found)
    assert tuning.arms[0].levels[1].values == {"init.scale": 2.0}
    assert [p.setting for p in make_panels(tuning.curves)] == [
        {"init_scale": 1.0},
        {"init_scale": "tuned"},
    ]


def test_the_dense_of_a_method_that_trains_the_whole_net_otherwise_is_tuned_apart():
    curves = grid("dense_at_k", {rate: IMP[rate] for rate in (0.05, 0.1)})
    (arm,) = tune(curves).arms
    assert (arm.dense.values, chosen(arm)) == ({RATE: 0.05}, [0.05])


def words(curves):
    tuning = tune(curves)
    return tuning_markdown(tuning, judge(make_panels(tuning.curves)))


def test_tables_name_what_was_chosen_and_flag_the_edges_of_grids():
    assert words(both()).splitlines() == [
        "## Tuned settings",
        "",
        "### optimizer.lr tuned",
        "",
        "| arm | dense | 50 % | 25 % |",
        "| --- | --- | --- | --- |",
        "| imp (tuned) | 0.05 | 0.02 (at the grid's edge) | 0.1 (at the grid's edge) |",
        "| random_reinit (tuned) | 0.05 | 0.05 | 0.02 (at the grid's edge) |",
        "",
        "- Tuned: optimizer.lr. Chosen for each arm and level, and once for the dense training of "
        "a panel, by mean validation accuracy over seeds. 50 of 75 trainings were for values that "
        "were not chosen.",
        "",
        "- At the grid's edge no value beyond was tried, which may be better.",
    ]
    assert words(grid("imp", {0.05: IMP[0.05]})) == ""


def test_a_win_at_the_shared_rate_alone_is_called_so():
    """The control's accuracy at another rate is the ticket's."""
    wide = {0.02: (0.8, 0.8, 0.70), 0.05: (0.9, 0.8, 0.71), 0.1: (0.85, 0.85, 0.71)}
    control = {0.02: (0.8, 0.8, 0.71), 0.05: (0.9, 0.7, 0.6), 0.1: (0.85, 0.85, 0.6)}
    told = words([*grid("imp", wide), *grid("random_reinit", control)])
    assert "- At the shared values only, imp beats random_reinit at 50 %; tuned: ties with." in told
    assert told.count("At the shared values only") == 2


def test_the_primary_contrast_is_of_tuned_arms_unless_it_names_a_value():
    sides = {"arm": {"method": "imp"}, "against": {"method": "random_reinit"}, "density": 0.5}
    for where, mean in ((None, 20.0), ({RATE: 0.05}, 10.0), ({RATE: "tuned"}, 20.0)):
        primary = DeclaredContrast(**sides, where=where)
        curves = both(declares=declared(primary=primary))
        found = judge_primary(find_primary(make_panels(tune(curves).curves)))
        assert found.difference.mean == pytest.approx(mean)


def test_a_report_has_the_choices_in_its_files_and_all_values_in_curves_csv(made_up):
    for method in ("imp", "random_mask"):
        for rate in (0.02, 0.05, 0.1):
            for seed in range(2):
                record = made_up.make_point(method, seed, 2, lr=rate)
                report = declared(densities=(0.8,))
                made_up.write_curve(record.model_copy(update={"report": report}))
    folder = make_report(made_up.store, name="r")
    plain = json.loads((folder / "verdicts.json").read_text())
    assert [len(arm["levels"]) for arm in plain["tuning"]["arms"]] == [3, 3]
    assert {m["arm"] for panel in plain["panels"] for m in panel["methods"]} == {
        "imp", "random_mask", "imp (tuned)", "random_mask (tuned)",
    }  # fmt: skip
    assert "## Tuned settings" in (folder / "table.md").read_text()
    rows = (folder / "curves.csv").read_text().splitlines()
    assert len(rows) == 1 + 2 * 3 * 2 * 3


def test_seeds_with_splits_of_their_own_are_tuned_together():
    curves = []
    for seed in SEEDS:
        curves += grid("imp", IMP, seeds=[seed], lines=(f"dataset.split_seed={seed}",))
    (arm,) = tune(curves).arms
    assert (arm.seeds, chosen(arm)) == ([*SEEDS], [0.05, 0.02, 0.1])


def test_that_accuracies_are_of_the_images_that_chose_is_told():
    assert "flattered" not in words(both())
    assert "and so are flattered" in words(both(declares=declared(split="validation")))
