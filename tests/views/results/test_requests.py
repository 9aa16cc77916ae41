"""What is asked of the experiments: each entry is answered by some, or says what is missing."""

from ltsweep.views.results.requests import requests


def test_each_entry_names_its_experiments_or_what_is_missing():
    entries = [asked for group in requests() for asked in group.entries]
    assert len(entries) == len({asked.asks for asked in entries})
    assert all(bool(asked.experiments) != bool(asked.missing) for asked in entries)
