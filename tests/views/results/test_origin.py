"""Where a declaration comes from, and whether it was changed after results were seen."""

import pytest

from ltsweep.views.results.origin import Origin, is_declared_again, origin_in_words

from .conftest import declare

BEGAN = 1000.0


@pytest.mark.parametrize(
    ("written", "is_changed", "words"),
    [
        (900.0, False, "Its declaration last changed in commit c0ffee1."),
        (
            1100.0,
            False,
            "Its declaration last changed in commit c0ffee1: changed after results were seen.",
        ),
        (
            900.0,
            True,
            "Its declaration has changes since commit c0ffee1: changed after results were seen.",
        ),
    ],
)
def test_a_change_after_the_first_training_is_told(written, is_changed, words):
    assert origin_in_words(Origin("c0ffee1", written, is_changed), BEGAN) == words


def test_without_a_checkout_or_a_training_nothing_is_said_of_it():
    assert origin_in_words(None, BEGAN) == ""
    assert origin_in_words(Origin("c0ffee1", 1100.0, False), None).endswith("commit c0ffee1.")


@pytest.mark.parametrize(
    ("done", "update", "is_again"),
    [
        (0, {"delta": 5.0}, False),
        (7, {"delta": 5.0}, True),
        (7, {"question": "Or rather this?"}, False),
        (7, {"densities": (0.8,)}, True),
    ],
)
def test_other_values_declared_when_stages_were_done_are_found(made_up, done, update, is_again):
    point = made_up.make_point().model_copy(update={"experiment": "sweep"})
    declare(made_up, [point])
    assert not is_declared_again(made_up.store, "sweep", [point.id])
    declare(made_up, [point], day=2, done=done, **update)
    assert is_declared_again(made_up.store, "sweep", [point.id]) is is_again
    assert not is_declared_again(made_up.store, "sweep", ["another point"])


def test_what_was_declared_again_is_told():
    again = "changed after results were seen."
    assert origin_in_words(None, BEGAN, is_again=True) == f"Its declaration was {again}"
    assert origin_in_words(Origin("c0ffee1", 900.0, False), BEGAN, is_again=True).endswith(again)
