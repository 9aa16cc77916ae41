"""Tests that a wrong value of any setting is told in one sentence that says what it may be."""

import copy
import shlex

import pytest

from ltsweep.config.parse import parse

from ..points import composer, raw, request
from .wrong_values import WRONG_SETTINGS, WRONG_VALUES


@pytest.mark.parametrize(
    ("chosen", "setting", "values", "sentence"),
    WRONG_VALUES,
    ids=[f"{setting}-{number}" for number, (_, setting, _, _) in enumerate(WRONG_VALUES)],
)
def test_a_wrong_value_is_told_with_what_it_may_be(chosen, setting, values, sentence):
    (config,) = raw(*chosen.split())
    for value in values.split():
        (override,) = composer().parse([f"{setting}={value}"])
        told = parse([_with(config, setting.split("."), override.value())]).problems
        assert told[:1] == [f"{setting}={value} {sentence}"]
        assert len(told) == 1 or setting in ("report.arms", "cluster.name")


def _with(config, path, value):
    changed = copy.deepcopy(config)
    section = changed
    for part in path[:-1]:
        section = section[part]
    section[path[-1]] = value
    return changed


@pytest.mark.parametrize("words", WRONG_SETTINGS)
def test_settings_that_are_wrong_together_or_here_are_told(words):
    lines = words.split() if "~" in words or "{" in words else shlex.split(words)
    assert request(*lines).problems == WRONG_SETTINGS[words]


def test_there_are_more_than_two_hundred_of_them():
    assert sum(len(values.split()) for _, _, values, _ in WRONG_VALUES) > 250
