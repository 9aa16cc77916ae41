"""Beside a linear classifier on the same inputs: the arm that is asked about, at its density."""

import pytest

from ltsweep.store.yardsticks import LinearClassifier, Yardsticks
from ltsweep.views.panels import make_panels
from ltsweep.views.records import read_curves
from ltsweep.views.results.linear import beside_linear
from ltsweep.views.verdicts.judge import judge

PRIMARY = {"arm": {"method": "erk"}, "against": {"method": "imp"}, "density": 0.8}


def fit(made_up, *test_accuracies, lrs=(0.05,), **report):
    """Curves at each learning rate, whose inputs have linear classifiers of these accuracies."""
    for lr in lrs:
        made_up.fill(("imp", "erk"), seeds=1, levels=2, lr=lr)
    for point in made_up.store.points():
        made_up.store.write_point(point.model_copy(update={"yardsticks": "data"}))
    classifiers = [
        LinearClassifier(name=f"number {i}", parameters=650, test_accuracy=value)
        for i, value in enumerate(test_accuracies)
    ]
    Yardsticks(classifiers=tuple(classifiers)).save(made_up.store, "data")
    made_up.declare(**{"linear": True, "densities": (0.8, 0.64), **report})
    panels = make_panels(read_curves(made_up.store))
    verdicts = judge(panels)
    (imp, erk) = verdicts[0].methods
    return beside_linear(panels, verdicts), imp.at(0.64).mean, erk.at(0.8).mean


def test_tickets_at_the_lowest_density_are_held_against_the_best(made_up):
    told, imp, _ = fit(made_up, 0.79, 0.99)
    what = "the best linear classifier on the same inputs"
    assert told == f"imp at 64 % ({imp:.1f} %) is below {what} (99.0 %)."


def test_the_arm_of_the_primary_contrast_is_held_at_its_density(made_up):
    told, _, erk = fit(made_up, 0.5, primary=PRIMARY)
    what = "the best linear classifier on the same inputs"
    assert told == f"erk at 80 % ({erk:.1f} %) is above {what} (50.0 %)."


def test_several_panels_are_counted(made_up):
    told, *_ = fit(made_up, 0.5, lrs=(0.05, 0.1))
    what = "the best linear classifier on the same inputs"
    assert told == f"imp at 64 % is above {what} in 2 of 2 panels."


@pytest.mark.parametrize("report", [{"linear": False}, {}])
def test_where_none_was_fitted_nothing_is_said(made_up, report):
    assert fit(made_up, *([0.5] if report else []), **report)[0] == ""
