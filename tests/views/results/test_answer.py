"""What an experiment answers beside its primary contrast."""

from types import SimpleNamespace

import pytest

from ltsweep.views.results.answer import beside
from ltsweep.views.results.requests import Beside
from ltsweep.views.results.write import write_results

pytestmark = pytest.mark.usefixtures("blank_pictures")

TICKETS = Beside(experiment="any", tickets=True)


def saw(*roles, unknown=0, is_told=True):
    seen = [SimpleNamespace(role=role) for role in roles]
    return SimpleNamespace(seen=seen, unknown=unknown, is_told=is_told)


@pytest.mark.parametrize(
    ("seen", "begins", "ends"),
    [
        ([saw("source"), saw()], "Yes, by the records of all stages: of 2 curves", "were chosen."),
        ([saw("source"), None], "Yes, by the records of all stages: of 1 curves", "were chosen."),
        ([saw("source", "target"), saw("source")], "No: 1 of 2 curves", "data of the target."),
        ([saw("source and target")], "No: 1 of 1 curves", "data of the target."),
        ([saw("source", unknown=2)], "Yes, ", "Of 1 of them not all records can be read."),
        ([saw(is_told=False)], "Yes, ", "Of 1 of them not all records can be read."),
    ],
)
def test_whether_tickets_saw_their_target_is_told_by_all_records(seen, begins, ends):
    told = beside(SimpleNamespace(ticket_data=seen), TICKETS)
    assert told.startswith(begins)
    assert told.endswith(ends)


def test_contrasts_of_two_methods_are_counted_with_their_sizes(experiments, written):
    _, page = written
    (line,) = [text for text in page.splitlines() if "imp − random_mask, 2 contrasts: " in text]
    assert line.strip() == (
        "- [review_init_scale](#review_init_scale): imp − random_mask, 2 contrasts: wins 1 (50 %), "
        "ties 1 (50 %); from −0.37 to +0.97 pp, median +0.30."
    )


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
    difference = SimpleNamespace(verdict="beats", mean=2.0)
    contrasts = [
        SimpleNamespace(arm=label, against="erk", difference=difference) for label in labels
    ]
    found = SimpleNamespace(verdicts=[SimpleNamespace(contrasts=contrasts)])
    told = beside(found, Beside(experiment="any", arm=asked, against="erk"))
    called = asked.removesuffix(" ()")
    if not arms:
        assert told == f"Nothing of {called} − erk is finished."
    else:
        assert told.startswith(f"{called} − erk, {len(arms)} contrasts: wins {len(arms)} (100 %)")


def test_methods_that_were_not_compared_are_told(experiments, tmp_path):
    (tmp_path / "methods.md").touch()
    page = write_results(experiments, tmp_path, lambda name: None).read_text()
    asked = Beside(experiment="review_init_scale", arm="imp", against="shuffled_values")
    empty = SimpleNamespace(verdicts=[])
    assert beside(empty, asked) == "Nothing of imp − shuffled_values is finished."
    assert "Nothing of imp − random_mask is finished." not in page
