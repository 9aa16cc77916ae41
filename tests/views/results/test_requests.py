"""What is asked of the experiments: each entry is answered by some, or says what is missing."""

from ltsweep.views.results.requests import requests

from ...points import CONF


def test_each_entry_names_its_experiments_or_what_is_missing():
    entries = [asked for group in requests() for asked in group.entries]
    assert len(entries) == len({asked.asks for asked in entries})
    assert all(bool(asked.names) != bool(asked.missing) for asked in entries)
    further = [more for asked in entries for more in asked.beside]
    assert all(more.tickets != bool(more.arm and more.against) for more in further)


def test_each_experiment_with_two_sizes_answers_something():
    asked = {name for group in requests() for entry in group.entries for name in entry.names}
    assert {path.parent.name for path in (CONF / "experiment").glob("*/small.yaml")} <= asked
