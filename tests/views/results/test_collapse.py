"""Layer collapse: told by arm, from the highest density at which some seed has an empty layer."""

from ltsweep.views.panels import make_panels
from ltsweep.views.records import read_curves
from ltsweep.views.results.collapse import collapse_in_words


def test_arms_are_named_with_the_density_at_which_it_begins(made_up):
    for method, emptied in (("imp", ()), ("random_mask", (2, 3)), ("erk", (3,))):
        point = made_up.make_point(method, levels=3)
        made_up.store.write_point(point)
        for number, key in enumerate(point.stages):
            layers = ("fc3.weight",) if number in emptied else ()
            end = made_up.end_record(point, number).model_copy(update={"emptied_layers": layers})
            stage = made_up.store.stage(key)
            if not stage.is_done():
                stage.create({})
                stage.append(end.stored())
                stage.finish("trained", [])
    told = collapse_in_words(make_panels(read_curves(made_up.store)))
    assert told == (
        "Layers without any weight are left by random_mask (from 64 % on) and erk (from 51.2 % on)."
    )


def test_without_one_nothing_is_said(made_up):
    made_up.fill(("imp",), seeds=1, levels=1)
    assert collapse_in_words(make_panels(read_curves(made_up.store))) == ""
