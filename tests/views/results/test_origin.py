"""Where a declaration comes from, and whether it was changed after results were seen."""

import pytest

from ltsweep.views.results.origin import Origin, origin_in_words

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
