"""What a report shows, held against what its experiment declared: no difference without a word."""

import json

import pytest

from ltsweep.store.declared import Declared
from ltsweep.views.report import judged_curves, make_and_print_report
from ltsweep.views.shown import of_experiment, of_selection, whole_store

pytestmark = pytest.mark.usefixtures("no_pictures")

VALUES = Declared(delta=1.0, densities=(0.512, 0.107))
AT_FIRST = "sweep was declared before its first stage ran."


def points(made_up, methods=("imp", "random_mask"), seeds=(0, 1), experiment="sweep", **choices):
    """Points of an experiment in the store, nothing of them trained."""
    made = [
        made_up.make_point(method, seed, levels=2, **choices)
        for method in methods
        for seed in seeds
    ]
    records = [point.model_copy(update={"experiment": experiment}) for point in made]
    for record in records:
        made_up.store.write_point(record)
    return records


def declare(made_up, records, day=1, values=VALUES, done=0, experiment="sweep", size=None):
    told = {"stages_done": done, "stages": 9, "experiment": experiment, "size": size}
    made_up.write_declaration(records, values, day=day, **told)


def shown(made_up, records, values=VALUES, experiment="sweep"):
    return of_selection(made_up.store, experiment, records, values)


def test_the_declared_report_says_when_it_was_declared(made_up):
    records = points(made_up)
    declare(made_up, records)
    found = shown(made_up, records)
    assert (found.name, found.told) == ("sweep", (AT_FIRST,))
    assert of_experiment(made_up.store, "sweep") == [found]


def test_what_was_declared_late_is_told(made_up):
    records = points(made_up)
    declare(made_up, records, done=4)
    assert shown(made_up, records).told == ("sweep was declared when 4 of its 9 stages were done.",)


@pytest.mark.parametrize(
    ("field", "value", "name", "told"),
    [
        ("delta", 5.0, "sweep--delta-5", "Declared delta 1, shown with delta 5."),
        (
            "densities",
            (0.107,),
            "sweep--densities-0.107",
            "Declared densities 0.512 0.107, shown with densities 0.107.",
        ),
        ("split", "validation", "sweep--split-validation",
         "Declared split test, shown with split validation."),
        ("question", "Does it?", "sweep", ""),
    ],
)  # fmt: skip
def test_other_values_are_named_and_shown_elsewhere(made_up, field, value, name, told):
    records = points(made_up)
    declare(made_up, records)
    found = shown(made_up, records, VALUES.model_copy(update={field: value}))
    assert (found.name, found.told) == (name, tuple(filter(None, (AT_FIRST, told))))


def test_a_part_is_told_and_shown_elsewhere(made_up):
    records = points(made_up)
    declare(made_up, records)
    part = [record for record in records if record.method == "imp"][:1]
    found = shown(made_up, part, VALUES.model_copy(update={"delta": 5.0}))
    assert found.name.startswith("sweep--delta-5--part-")
    assert found.told == (
        AT_FIRST,
        "Declared delta 1, shown with delta 5.",
        "Declared n = 2, shown n = 1.",
        "Shown: 1 of the 4 points that were submitted.",
    )
    assert shown(made_up, records).name == "sweep"


def test_the_seen_fault_no_two_curves_are_judged_by_different_values(made_up):
    """A report of one curve with another tolerance left that curve with it in the whole report."""
    records = points(made_up)
    declare(made_up, records)
    lax = records[0].model_copy(update={"report": VALUES.model_copy(update={"delta": 5.0})})
    made_up.store.write_point(lax, is_submitted=False)
    assert made_up.store.points([lax.id])[0].report == records[0].report
    made_up.store.write_point(lax)  # as an earlier version did
    (found,) = of_experiment(made_up.store, "sweep")
    assert {curve.point.report.delta for curve in judged_curves(made_up.store, found)} == {1.0}


def test_more_seeds_are_told(made_up):
    first = points(made_up)
    declare(made_up, first)
    more = points(made_up, seeds=(0, 1, 2))
    declare(made_up, more, day=2, done=6)
    found = shown(made_up, more)
    assert (found.name, found.told) == ("sweep", (AT_FIRST, "Declared n = 2, shown n = 3."))
    assert of_experiment(made_up.store, "sweep") == [found]
    as_declared = shown(made_up, first)
    assert as_declared.name == "sweep--as-declared"
    assert as_declared.told[1] == "Shown: 4 of the 6 points that were submitted."


def test_the_first_declaration_of_points_is_the_declared_one_whatever_is_declared_later(made_up):
    records = points(made_up)
    lax = VALUES.model_copy(update={"delta": 5.0})
    declare(made_up, records)
    declare(made_up, records, day=2, values=lax)
    assert shown(made_up, records).told == (
        AT_FIRST,
        "Declared later with delta 5, for 4 of these points.",
    )
    assert shown(made_up, records, lax).name == "sweep--delta-5"
    assert [found.judged for found in of_experiment(made_up.store, "sweep")] == [VALUES]


def test_a_part_that_was_tried_before_is_no_design_of_its_own(made_up):
    records = points(made_up)
    declare(made_up, records[:1], values=VALUES.model_copy(update={"delta": 5.0}))
    declare(made_up, records, day=2, done=3)
    found = shown(made_up, records)
    assert (found.name, found.judged) == ("sweep", VALUES)
    assert found.told == (
        "sweep was declared when 3 of its 9 stages were done.",
        "Declared before with delta 5, for 1 of these points.",
    )
    assert "--part-" in shown(made_up, records[:1]).name


def test_other_cells_have_a_report_of_their_own(made_up):
    first, others = points(made_up), points(made_up, init_scale=2.0)
    declare(made_up, first)
    declare(made_up, others, day=2)
    assert shown(made_up, first).name == "sweep"
    assert shown(made_up, others).name.startswith("sweep--points-")
    assert of_experiment(made_up.store, "sweep") == [
        shown(made_up, first),
        shown(made_up, others),
    ]


def test_another_size_has_a_report_that_is_called_so(made_up):
    small, paper = points(made_up), points(made_up, init_scale=2.0)
    declare(made_up, small, size="small")
    declare(made_up, paper, day=2, size="paper")
    assert [one.name for one in of_experiment(made_up.store, "sweep")] == ["sweep", "sweep--paper"]


def test_points_that_another_experiment_has_submitted_too_stay_with_both(made_up):
    declare(made_up, points(made_up))
    both = points(made_up, methods=("imp",), experiment="other")
    declare(made_up, both, day=2, experiment="other")
    (found,) = of_experiment(made_up.store, "sweep")
    assert len(found.ids) == 4
    assert [len(one.ids) for one in of_experiment(made_up.store, "other")] == [2]


def test_a_store_of_several_experiments_is_judged_by_one_set_of_values_which_is_told(made_up):
    declare(made_up, points(made_up))
    lax = Declared(delta=5.0, densities=(0.8,), arms=("method",))
    declare(
        made_up, points(made_up, init_scale=2.0, experiment="lax"), values=lax, experiment="lax"
    )
    found = whole_store(made_up.store)
    assert (found.name, len(found.ids)) == ("all", 8)
    assert (found.judged.delta, found.judged.densities) == (1.0, (0.8, 0.512, 0.107))
    assert found.told == (
        "Declared with different values (lax: delta 5, densities 0.8; sweep: delta 1, densities "
        "0.512 0.107). All are judged with delta 1, densities 0.8 0.512 0.107 here; ltsweep report "
        "--experiment NAME judges an experiment by its own.",
    )


def test_a_store_of_one_experiment_needs_no_word(made_up):
    declare(made_up, points(made_up))
    assert whole_store(made_up.store).told == ()
    assert whole_store(made_up.store).judged == VALUES


def test_without_a_declaration_the_commands_values_are_named(made_up):
    records = points(made_up)
    told = (
        "Nothing was declared before the stages ran: judged with delta 1, densities 0.512 0.107, "
        "arms method."
    )
    assert shown(made_up, records).told == (told,)
    assert shown(made_up, records, experiment=None).name.startswith("selection-")
    assert shown(made_up, records, experiment=None).told == (told,)
    part = shown(made_up, records[:1])
    assert part.name.startswith("sweep--part-")
    assert part.told == (told, "Shown: 1 of the 4 points that were submitted.")


def test_a_declaration_is_written_once_and_damage_to_it_is_said(made_up, caplog):
    records = points(made_up)
    declare(made_up, records)
    declare(made_up, records, day=2)
    (path,) = (made_up.store.declarations_dir / "sweep").iterdir()
    assert json.loads(path.read_text())["written"].startswith("2026-01-01")
    path.write_text("{")
    assert "Nothing was declared" in shown(made_up, records).told[0]
    assert str(path) in caplog.text


def test_it_stands_above_the_tables_everywhere(made_up, capsys):
    records = points(made_up)
    for record in records:
        made_up.write_curve(record)
    declare(made_up, records, done=4)
    directory = make_and_print_report(made_up.store, shown(made_up, records))
    told = "sweep was declared when 4 of its 9 stages were done."
    assert capsys.readouterr().out.startswith(f"{told}\n")
    assert (directory / "table.md").read_text().startswith(f"# sweep\n\n{told}\n\n|")
    assert f"<p>{told}</p>" in (directory / "dashboard.html").read_text()
