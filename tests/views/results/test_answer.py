"""What an experiment answers beside its primary contrast."""

from types import SimpleNamespace

import pytest

from ltsweep.views.results.answer import statement
from ltsweep.views.results.came_out import in_a_word, is_called
from ltsweep.views.results.requests import Statement

TICKETS = Statement(tells="It is never seen", experiment="any", tickets=True)


def saw(*roles, unknown=0, is_told=True):
    seen = [SimpleNamespace(role=role) for role in roles]
    return SimpleNamespace(seen=seen, unknown=unknown, is_told=is_told)


@pytest.mark.parametrize(
    ("seen", "begins", "ends"),
    [
        ([saw("source"), saw()], "**yes**, by the records of all stages: of 2 curves", "chosen."),
        ([saw("source"), None], "**yes**, by the records of all stages: of 1 curves", "chosen."),
        ([saw("source", "target"), saw("source")], "**no**, 1 of 2 curves", "of the target."),
        ([saw("source and target")], "**no**, 1 of 1 curves", "data of the target."),
        ([saw("source", unknown=2)], "**yes**, ", "Of 1 of them not all records can be read."),
        ([saw(is_told=False)], "**yes**, ", "Of 1 of them not all records can be read."),
    ],
)
def test_whether_tickets_saw_their_target_is_told_by_all_records(seen, begins, ends):
    told = statement(SimpleNamespace(ticket_data=seen), TICKETS).in_full
    assert told.startswith(f"It is never seen: {begins}")
    assert told.endswith(ends)


@pytest.mark.parametrize(
    ("outcomes", "word"),
    [
        ("wins", "yes"),
        ("losses losses", "no"),
        ("ties", "no difference"),
        ("undecided undecided", "undecided"),
        ("no verdict", "no verdict"),
        ("wins wins losses", "mostly yes"),
        ("wins wins losses ties", "it depends"),
        ("losses losses undecided", "mostly no"),
        ("ties ties wins", "mostly no difference"),
        ("undecided undecided wins", "mostly undecided"),
        ("undecided wins no verdict", "mostly undecided"),
        ("undecided wins", "yes, where it is decided"),
        ("losses no verdict", "no, where it is decided"),
        ("wins ties", "it depends"),
    ],
)
def test_outcomes_of_several_contrasts_are_one_word(outcomes, word):
    found = outcomes.replace("no verdict", "none").split()
    assert in_a_word([one.replace("none", "no verdict") for one in found]) == word


@pytest.mark.parametrize(
    ("asked", "arms"),
    [
        ("imp", ["imp", "imp (tuned)", "imp (rescale energy)", "imp (lr 0.1, tuned)"]),
        ("imp ()", ["imp", "imp (tuned)"]),
        ("imp (rescale energy)", ["imp (rescale energy)"]),
        ("imp (lr 0.1)", ["imp (lr 0.1, tuned)"]),
        ("imp (lr 0.2)", []),
    ],
)
def test_an_arm_is_asked_for_by_its_method_or_by_all_its_words(asked, arms):
    labels = ["imp", "imp (tuned)", "imp (rescale energy)", "imp (lr 0.1, tuned)", "impulse"]
    assert [label for label in labels if is_called(label, asked)] == arms


def curve(source, target=None, optimizers=("sgd", "sgd")):
    names = (source, target or source)
    sides = [
        {"dataset": {"name": name}, "optimizer": {"name": optimizer}}
        for name, optimizer in zip(names, optimizers, strict=True)
    ]
    return SimpleNamespace(point=SimpleNamespace(sides=sides))


def panel(trained_on, contrasts, dense=(), **setting):
    """One panel, its curves' sides, and contrasts: arm, against, density, verdict, points."""
    made = [
        SimpleNamespace(
            arm=arm,
            against=against,
            arm_cell="a",
            declared=density,
            difference=SimpleNamespace(verdict=verdict, mean=points),
        )
        for arm, against, density, verdict, points in contrasts
    ]
    levels = [
        SimpleNamespace(
            level=number,
            density=density,
            against_dense=SimpleNamespace(verdict=verdict, mean=points),
        )
        for number, (density, verdict, points) in enumerate(dense, 1)
    ]
    method = SimpleNamespace(arm="imp", cell="a", levels=levels)
    densities = [density for density, _, _ in dense]
    verdict = SimpleNamespace(contrasts=made, methods=[method], densities=densities)
    cell = SimpleNamespace(id="a", curves=[trained_on])
    return SimpleNamespace(setting=setting, cells=[cell]), verdict


def told(panels, **asked):
    found = SimpleNamespace(panels=[p for p, _ in panels], verdicts=[v for _, v in panels])
    wanted = Statement(**{"tells": "It wins", "experiment": "any", "arm": "imp", **asked})
    return statement(found, wanted).in_full


def test_the_source_itself_other_targets_and_densities_are_told_apart():
    home = panel(
        curve("digits"),
        [("imp", "erk", 0.1, "beats", 2.0), ("imp", "erk", 0.01, "ties with", 0.1)],
    )
    away = panel(
        curve("digits", "usps"),
        [("imp", "erk", 0.1, "loses to", -3.0), ("imp", "erk", 0.01, "beats", 4.0)],
    )
    other_optimizer = panel(
        curve("digits", optimizers=("sgd", "adam")), [("imp", "erk", 0.1, "loses to", -1.0)]
    )
    assert told([away, other_optimizer, home], against="erk") == (
        "It wins (imp − erk): on the source itself **yes** at 10 % (+2.00 pp), **no difference** "
        "at 1 % (+0.10 pp); on other targets **no** at 10 % (losses 2 of 2; −3.00 to −1.00 pp), "
        "**yes** at 1 % (+4.00 pp)."
    )


def test_in_short_it_is_told_without_numbers_and_equal_words_once():
    wins = [("imp", "erk", density, "beats", 2.0) for density in (0.1, 0.03, 0.01)]
    lost = ("imp", "erk", 0.01, "loses to", -1.0)
    home, away = panel(curve("digits"), wins), panel(curve("digits", "usps"), [*wins[:2], lost])
    asked = Statement(tells="It wins", experiment="any", arm="imp", against="erk")
    found = SimpleNamespace(panels=[home[0], away[0]], verdicts=[home[1], away[1]])
    assert statement(found, asked).in_short == (
        "It wins: on the source itself yes; on other targets yes at 10 % and 3 %, no at 1 %"
    )
    alike = SimpleNamespace(panels=[home[0], away[0]], verdicts=[home[1], home[1]])
    assert statement(alike, asked).in_short == "It wins: yes"
    unseen = SimpleNamespace(ticket_data=[saw("source")])
    assert statement(unseen, TICKETS).in_short == "It is never seen: yes"


def test_settings_that_are_asked_for_are_told_apart():
    contrasts = [("imp", "erk", 0.1, "beats", 2.0)]
    kept = panel(curve("a"), contrasts, **{"reset.schedule": "resume", "optimizer.lr": 0.1})
    lost = [("imp", "erk", 0.1, "collapsed", 9.0)]
    again = panel(curve("a"), lost, **{"reset.schedule": "restart", "optimizer.lr": 0.1})
    assert told([kept, again], against="erk", by=("reset.schedule",)) == (
        "It wins (imp − erk): reset.schedule resume **yes** at 10 % (+2.00 pp); "
        "reset.schedule restart **no verdict** at 10 % (+9.00 pp)."
    )


def test_arms_with_the_words_that_are_asked_for_count_and_tuned_ones_where_there_are_any():
    long, short = "erk (length 9it)", "erk (length 3it)"
    contrasts = [("imp", long, 0.1, "beats", 2.0), ("imp", short, 0.1, "loses to", -2.0)]
    found = panel(curve("a"), contrasts)
    assert told([found], against="erk", having=("length 9it",)) == (
        "It wins (imp − erk, length 9it): **yes** at 10 % (+2.00 pp)."
    )
    contrasts = [
        ("imp", "erk", 0.1, "beats", 2.0),
        ("imp (tuned)", "erk (tuned)", 0.1, "ties with", 0.0),
    ]
    assert told([panel(curve("a"), contrasts)], against="erk ()") == (
        "It wins (imp − erk, tuned): **no difference** at 10 % (0.00 pp)."
    )


def test_against_dense_matching_is_all_that_is_asked():
    dense = [(0.1, "matches", -0.1), (0.03, "below", -2.0), (0.01, "collapsed", None)]
    assert told([panel(curve("a"), [], dense)], against="dense") == (
        "It wins (imp − dense): **yes** at 10 % (−0.10 pp), **no** at 3 % (−2.00 pp), "
        "**no verdict** at 1 %."
    )


def test_what_was_not_compared_is_told():
    found = panel(curve("a"), [("imp", "erk", 0.1, "beats", 2.0)])
    assert told([found], against="set") == "It wins (imp − set): nothing of it is finished."


def test_layers_are_told_by_the_least_and_the_most_that_is_kept(monkeypatch):
    def shares(arm, **layers):
        return SimpleNamespace(arms=(arm,), layers=layers)

    found = [
        SimpleNamespace(density=density, shares=[shares("imp", a=a, b=b), shares("erk", a=1, b=0)])
        for density, a, b in ((0.1, 0.3, 0.05), (0.01, 0.2, 0.004))
    ]
    monkeypatch.setattr("ltsweep.views.results.answer.layer_shares", lambda panels: found)
    asked = Statement(tells="Layers differ", experiment="any", arm="imp", layers=True)
    assert statement(SimpleNamespace(panels=[]), asked).in_full == (
        "Layers differ: at 1 % of all weights, 0.4 % of b and 20 % of a are kept."
    )
