"""Under every table stands what its intervals are conditional on."""

import pytest

from ltsweep.views.conditions import conditions
from ltsweep.views.records import read_curves
from ltsweep.views.report import make_report

pytestmark = pytest.mark.usefixtures("no_pictures")


def write(made_up, splits):
    for seed, split in enumerate(splits):
        made_up.write_curve(made_up.make_point("imp", seed, 1, source=(("split_seed", split),)))
    return read_curves(made_up.store)


@pytest.mark.parametrize(
    ("splits", "sentence"),
    [
        ([0, 0, 0], "Intervals are over seeds, for one split of the data and one test set."),
        ([7], "Intervals are over seeds, for one split of the data and one test set."),
        (
            [0, 1, 2],
            "Intervals are over seeds, each with a split of the data of its own, and one test set.",
        ),
        (
            [0, 0, 1],
            "Intervals are over seeds, for one split of the data each and one test set.",
        ),
    ],
)
def test_splits_and_test_sets_are_told(made_up, splits, sentence):
    assert conditions(write(made_up, splits)) == [sentence]
    table = (make_report(made_up.store, name="all") / "table.md").read_text()
    assert f"- {sentence}\n" in table.partition("## Data")[2]


def test_nothing_finished_needs_no_sentence(made_up):
    made_up.store.write_point(made_up.make_point())
    assert conditions(read_curves(made_up.store)) == []
