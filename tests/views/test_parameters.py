"""One line beside densities: the parameters that are left, and weights that nothing reaches."""

from ltsweep.views.panels import make_panels
from ltsweep.views.parameters import parameters_line
from ltsweep.views.records import read_curves


def line(made_up, *methods, levels=4, densities=(0.8, 0.512)):
    made_up.fill(methods, seeds=2, levels=levels, densities=densities)
    (panel,) = make_panels(read_curves(made_up.store))
    return parameters_line(panel)


def test_parameters_stand_beside_declared_densities(made_up):
    """At these densities all that the made-up masks keep is live."""
    assert line(made_up, "imp", "random_mask") == (
        "Parameters left, head, norms and biases included: 40,570 at 80 %, 26,112 at 51.2 %."
    )


def test_live_weights_are_told_where_they_are_fewer(made_up):
    """Of the weights at density d the share d + 1/2 is live, in the made-up records."""
    told = line(made_up, "imp", "random_mask", levels=9, densities=(0.512, 0.134))
    assert told.endswith("Live weights: imp and random_mask 8.51 % at 13.4 %.")


def test_nothing_is_told_of_densities_that_are_not_there(made_up):
    assert line(made_up, "imp", levels=1, densities=(0.1,)) == ""
