"""What is asked of the experiments, and the words of the page."""

from ltsweep.views.results.requests import requests, words

from ...points import CONF

ENTRIES = [asked for group in requests() for asked in group.entries]


def test_each_entry_has_statements_or_says_what_is_missing():
    assert len(ENTRIES) == len({asked.asks for asked in ENTRIES})
    assert all(bool(asked.statements) != bool(asked.missing) for asked in ENTRIES)


def test_each_statement_is_of_two_arms_or_of_layers_or_of_what_was_seen():
    for one in (one for asked in ENTRIES for one in asked.statements):
        compared = bool(one.arm and one.against)
        assert [compared, one.layers, one.tickets].count(True) == 1, one
        assert not one.layers or one.arm


def test_a_short_answer_is_of_few_statements():
    assert all(len(asked.in_short) <= 6 for asked in ENTRIES)


def test_each_experiment_with_two_sizes_answers_something():
    asked = {name for entry in ENTRIES for name in entry.names}
    assert {path.parent.name for path in (CONF / "experiment").glob("*/small.yaml")} <= asked


def test_each_method_is_explained():
    assert {path.stem for path in (CONF / "method").glob("*.yaml")} == {*words().methods}
