"""Views of tickets that are taken elsewhere: labels, and what they are held against."""

import pytest

from ltsweep.views.caption import caption
from ltsweep.views.curves import curve_rows
from ltsweep.views.names import stage_words
from ltsweep.views.panels import make_panels
from ltsweep.views.records import read_curves
from ltsweep.views.verdicts.judge import judge
from ltsweep.views.wandb.deliver import run_names

DENSE, OWN = 0.9, 0.95
OTHER = (("split_seed", 1),)


def write(made_up, point, accuracies):
    """Finishes the stages of a point, by level with these accuracies; those that are there stay."""
    made_up.store.write_point(point)
    for number, accuracy in enumerate(accuracies):
        write_stage(made_up, point, number, point.stages[number], accuracy)


def write_stage(made_up, point, number, key, accuracy):
    stage = made_up.store.stage(key)
    if not stage.is_done():
        measured = {"test_accuracy": accuracy, "val_accuracy": accuracy}
        end = made_up.end_record(point, number).model_copy(update=measured)
        made_up.begin(stage)
        for record in made_up.validation_records(end):
            stage.append(record.stored())
        stage.append(end.stored())
        stage.finish("trained", [])


def fill(made_up, methods, seeds=6, target=OTHER, own=OWN, **choices):
    for method in methods:
        for seed in range(seeds):
            point = made_up.make_point(method, seed, 1, target=target, **choices)
            shift = seed / 1000
            levels = [own + shift] if point.dense is not None else [DENSE + shift, own + shift]
            write(made_up, point, levels)
    return made_up.store


def verdicts(store):
    return judge(make_panels(read_curves(store)))


def test_the_only_training_of_a_method_is_never_taken_for_dense(made_up):
    (panel,) = verdicts(fill(made_up, ("dense_at_k", "dense_transfer", "imp"), own=0.88))
    assert panel.dense[0].level.mean == pytest.approx(90.25)
    against = {m.method: m.levels[-1].against_dense for m in panel.methods}
    assert {name: found.mean for name, found in against.items()} == pytest.approx(
        {"imp": -2.0, "dense_at_k": -2.0, "dense_transfer": -2.0}
    )
    assert {found.verdict for found in against.values()} == {"below"}
    assert {m.method: m.lowest_in_words for m in panel.methods} == {
        "imp": "none (below from 80 %)",
        "dense_at_k": "none (below from 100 %)",
        "dense_transfer": "none (below from 100 %)",
    }


def test_an_unpruned_method_matches_at_its_only_density(made_up):
    (panel,) = verdicts(fill(made_up, ("imp", "dense_transfer")))
    found = {m.method: (m.lowest_density, m.lowest_in_words) for m in panel.methods}
    assert found["dense_transfer"] == (1.0, "100 % (last level)")


def test_its_dense_training_is_found_without_another_curve_that_shows_it(made_up):
    point = made_up.make_point("dense_transfer", 0, 1, target=OTHER)
    write(made_up, point, [OWN])
    (panel,) = verdicts(made_up.store)
    assert (panel.dense, panel.methods[0].levels[0].against_dense.n) == ([], 0)
    write_stage(made_up, point, 0, point.dense, DENSE)
    (panel,) = verdicts(made_up.store)
    assert panel.dense[0].level.mean == pytest.approx(100 * DENSE)
    assert panel.methods[0].levels[0].against_dense.mean == pytest.approx(5.0)


def test_seeds_pair_with_their_own_dense_training(made_up):
    fill(made_up, ("imp",), seeds=3)
    fill(made_up, ("dense_transfer",), seeds=5)
    (panel,) = verdicts(made_up.store)
    found = next(m for m in panel.methods if m.method == "dense_transfer")
    assert (found.levels[0].n, found.levels[0].against_dense.n) == (5, 3)


def test_steps_to_dense_accuracy_are_those_to_the_dense_training(made_up):
    fill(made_up, ("imp", "dense_transfer"), seeds=1)
    for point in made_up.store.points():
        made_up.write_sources(point)
    rows = {row["method"]: row for row in curve_rows(made_up.store) if row["level"] == 0}
    assert rows["dense_transfer"]["steps_to_dense_val"] < rows["imp"]["steps_to_dense_val"] == 350


def test_labels_are_told_apart_over_all_curves(made_up):
    """Each point knows its own two sides only."""
    for source in ((("split_seed", 0),), OTHER):
        for target in ((("split_seed", 0),), OTHER):
            write(made_up, made_up.make_point("imp", 0, 1, source=source, target=target), [0.9])
    zero, one = "digits (split_seed=0)", "digits (split_seed=1)"
    rows = {(row["source"], row["target"]) for row in curve_rows(made_up.store)}
    assert rows == {(zero, zero), (zero, one), (one, zero), (one, one)}
    words = caption(verdicts(made_up.store))
    assert f"[source {zero}] not judged. [source {zero}, target {one}] not judged." in words


def test_sweeps_without_targets_keep_their_labels(made_up):
    for source in ((), OTHER):
        made_up.fill(("imp",), seeds=1, levels=1, source=source)
    assert {row["source"] for row in curve_rows(made_up.store)} == {"digits"}
    assert [v.setting for v in verdicts(made_up.store)] == [
        {"dataset.split_seed": 0}, {"dataset.split_seed": 1},
    ]  # fmt: skip


def test_a_target_is_named_where_it_is_not_the_source(made_up):
    for target in (None, (("name", "fashion_mnist"),)):
        fill(made_up, ("imp",), seeds=1, target=target)
    words = caption(verdicts(made_up.store))
    assert "[source digits] imp" in words
    assert "[source digits, target fashion_mnist] imp" in words
    names = run_names(read_curves(made_up.store)).values()
    assert sorted(name.split(" seed")[0] for name in names) == [
        "imp digits", "imp digits to fashion_mnist",
    ]  # fmt: skip


def test_stages_are_named_by_what_trains_them(made_up):
    points = [made_up.make_point(m, 0, 1, target=OTHER) for m in ("imp", "dense_transfer")]
    names = stage_words(points, {point.id: {} for point in points})
    assert names[points[0].stages[0]] == "dense, seed 0"
    assert names[points[1].stages[0]] == "dense_transfer, seed 0"


def test_density_with_head_counts_a_head_that_is_apart(made_up):
    whole, apart = made_up.make_point("imp", 0, 1), made_up.make_point("imp", 0, 1, target=OTHER)
    made_up.write_curve(whole)
    made_up.store.write_point(apart)
    for number, key in enumerate(apart.stages):
        end = made_up.end_record(apart, number)
        counts = {"head_weights": 200, "prunable": 1000, "kept": 1000 - 500 * number}
        stage = made_up.store.stage(key)
        stage.create({})
        stage.append({**end.stored(), **counts})
        stage.finish("trained", [])
    rows = curve_rows(made_up.store)
    found = {(row["curve"], row["level"]): row["density_with_head"] for row in rows}
    assert (found[apart.id, 0], found[apart.id, 1]) == (1.0, 700 / 1200)
    assert found[whole.id, 1] == pytest.approx(0.8)


def test_a_target_that_all_share_is_named_beside_its_sources(made_up):
    for name in ("digits", "mnist"):
        fill(made_up, ("imp",), seeds=1, source=(("name", name),), target=(("name", "digits"),))
    words = caption(verdicts(made_up.store))
    assert "[source digits] imp" in words
    assert "[source mnist, target digits] imp" in words
