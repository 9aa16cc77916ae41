"""Labels of data: the name with its subset, and what else tells two datasets apart."""

import pytest

from ltsweep.store.labels import label, labels


def dataset(name="digits", **settings):
    return {"name": name, "split_seed": 0, "examples": None, **settings}


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({}, "digits"),
        ({"classes": None, "half": None}, "digits"),
        ({"classes": [0, 1, 2, 3, 4]}, "digits[0-4]"),
        ({"classes": [7, 8]}, "digits[7-8]"),
        ({"classes": [0, 2, 7]}, "digits[0,2,7]"),
        ({"classes": [3]}, "digits[3]"),
        ({"half": "a"}, "digits/a"),
        ({"classes": [0, 1, 2, 3, 4], "half": "b"}, "digits[0-4]/b"),
    ],
)
def test_a_subset_is_part_of_the_label(settings, told):
    assert label(dataset(**settings)) == told


def test_data_of_one_label_have_what_differs_behind_it():
    one, two = dataset(split_seed=1), dataset(examples=500)
    assert labels([one, two, dataset("mnist", split_seed=3), one]) == [
        "digits (split_seed=1, examples=null)",
        "digits (split_seed=0, examples=500)",
        "mnist",
        "digits (split_seed=1, examples=null)",
    ]


def test_other_subsets_need_nothing_else():
    assert labels([dataset(half="a", split_seed=1), dataset(half="b")]) == ["digits/a", "digits/b"]


def test_a_setting_that_one_of_them_lacks_tells_them_apart():
    assert labels([dataset(path="here"), dataset()]) == ["digits (path=here)", "digits"]
