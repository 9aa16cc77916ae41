"""Whether a configuration has the settings that an experiment names."""

import pytest

from ltsweep.store.chosen import are_equal, has_value, is_setting

CONFIG = {
    "method": {"name": "imp", "mask": "ltsweep.methods.imp", "ladder": {"mask": "mine"}},
    "dataset": {"name": "mnist", "split_seed": 3, "flip": True},
    "target": None,
    "control_init": None,
    "init": {"name": "xavier_normal", "scale": 1.0},
    "reset": {"step": "20it"},
    "batch_size": 64,
    "target_batch_size": None,
}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("method", "imp"),
        ("method.mask", "ltsweep.methods.imp"),
        ("dataset", "mnist"),
        ("target", "mnist"),  # what is not there follows
        ("target", None),
        ("target.split_seed", 3),
        ("target_batch_size", 64),
        ("control_init.scale", 1),
        ("init.scale", 1),
        ("reset.step", "20it"),
        ("dataset.classes", None),  # a record leaves out what is neutral
        ("method.frozen", "none"),
    ],
)
def test_groups_stand_for_their_names_and_what_is_not_set_follows(name, value):
    assert has_value(CONFIG, name, value)
    assert not has_value(CONFIG, name, "another")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("dataset.flip", 1),
        ("batch_size", True),
        ("pruning.rounds", None),
        ("reset", "late"),
        ("method.ladder", None),
    ],
)
def test_other_values_and_other_names_are_not_there(name, value):
    assert not has_value(CONFIG, name, value)


def test_names_of_values_are_settings():
    assert [n for n in ("method", "reset", "reset.step", "reset.steps", "nothing", "target") if (
        is_setting(CONFIG, n)
    )] == ["method", "reset.step", "target"]  # fmt: skip


def test_lists_are_equal_by_their_items():
    assert are_equal([0, 1.0], (0, 1))
    assert not are_equal([0, 1], [0, True])
    assert not are_equal([0, 1], [0])
