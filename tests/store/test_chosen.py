"""Tests which configurations have the settings that an experiment names."""

import pytest

from ltsweep.store.chosen import has_value

CONFIG = {
    "dataset": {"name": "digits", "examples": 500},  # as in a record, which lacks classes: null
    "target": None,
    "method": {"name": "imp"},
}


@pytest.mark.parametrize(
    ("name", "value", "has"),
    [
        ("method", "imp", True),
        ("method", "dense", False),
        ("dataset.examples", 500, True),
        ("dataset.examples", None, False),
        ("dataset.classes", None, True),
        ("dataset.classes", (0, 1), False),
        ("target", "digits", True),  # it follows the source
        ("target", None, True),
        ("target.examples", 500, True),
    ],
)
def test_a_setting_has_a_value(name, value, has):
    assert has_value(CONFIG, name, value) is has
