"""Plans of rescaled arms: what they share with others, what their keys and names say; refusals."""

from collections import Counter

import pytest

from ..points import configs, plan, stages
from ..sweeps_here import wanted

ALL = "method=imp,random_reinit,random_mask,dense"
OWN, LADDER = "init@control_init=kaiming_normal", "init.rescale_where=ladder"
WAYS = "choose none, count, count_unit or energy"


def by_level(made):
    return dict(Counter(stage.spec.level for stage in made.stages.values()))


@pytest.mark.parametrize(
    ("lines", "points", "stages"),
    [
        # levels 1 to 3 of three arms, all on the one dense net
        ([ALL], 4, {0: 1, 1: 3, 2: 3, 3: 3}),
        # as many again; the ladder is that of the tickets that are not rescaled, and dense is dense
        ([ALL, "init.rescale=none,count"], 7, {0: 1, 1: 6, 2: 6, 3: 6}),
        # rescaled alone: the ladder is climbed for its masks, its level 3 for nobody
        ([ALL, "init.rescale=count"], 4, {0: 1, 1: 4, 2: 4, 3: 3}),
        (["method=dense", "init.rescale=none,count,energy"], 1, {0: 1}),
        # nor is there anything to rescale where a training begins with the whole net
        (["method=gradual", "init.rescale=none,count,energy"], 1, {0: 1, 1: 1, 2: 1, 3: 1}),
        # the ladder itself: its levels are those of the tickets; a count alone knows no ladder
        ([ALL, "init.rescale=none,count", LADDER], 7, {0: 1, 1: 6, 2: 6, 3: 6}),
        (
            ["method=imp", "init.rescale=count", "init.rescale_where=final,ladder"],
            2, {0: 1, 1: 2, 2: 3, 3: 2},
        ),
        (["method=random_mask", "init.rescale=count", "init.rescale_where=final,ladder"], 1,
         {0: 1, 1: 1, 2: 1, 3: 1}),
        # controls of their own: tickets are not rescaled with them
        (
            [ALL, OWN, "control_init.rescale=none,count"],
            6, {0: 1, 1: 5, 2: 5, 3: 5},
        ),
        # nor controls with the tickets
        (
            [ALL, OWN, "init.rescale=none,count"],
            5, {0: 1, 1: 4, 2: 4, 3: 4},
        ),
    ],
)  # fmt: skip
def test_what_rescaled_arms_share(lines, points, stages):
    made = plan(*lines)
    assert (len(made.points), by_level(made)) == (points, stages)


def test_the_ladder_of_rescaled_tickets_has_the_keys_that_it_always_had():
    plain, rescaled = plan("method=imp"), plan("method=imp", "init.rescale=count")
    shared = plain.stages.keys() & rescaled.stages.keys()
    assert sorted(plain.stages[key].spec.level for key in shared) == [0, 1, 2]
    assert {stage.is_ladder for key, stage in rescaled.stages.items() if key in shared} == {True}
    own = [rescaled.stages[key] for key in rescaled.points[0].stages[1:]]
    assert {stage.is_ladder for stage in own} == {False}
    assert {stage.spec.start for stage in own} == {plan("method=imp").points[0].reset_step}


def test_in_a_rescaled_ladder_each_level_starts_from_the_rescaled_one_before():
    made = plan("method=imp", "init.rescale=energy", LADDER)
    keys = made.points[0].stages
    specs = [made.stages[key].spec for key in keys]
    assert [spec.rescale.way if spec.rescale else None for spec in specs] == [None] + 3 * ["energy"]
    assert [spec.mask.given["ladder"].stage for spec in specs[1:]] == list(keys[:3])
    assert {made.stages[key].is_ladder for key in keys} == {True}


@pytest.mark.parametrize(
    ("lines", "changed"),
    [
        (("method=imp", "init.rescale=none"), False),
        (("method=imp", LADDER), False),
        (("method=random_reinit", OWN), False),
        (("method=random_reinit", "init.rescale=count"), True),
        (("method=random_reinit", "init.rescale=energy"), True),
        (("method=random_reinit", OWN, "control_init.rescale=count"), True),
        (("method=imp", OWN, "control_init.rescale=count"), False),
    ],
)  # fmt: skip
def test_keys_change_where_weights_do(lines, changed):
    before, after = stages(lines[0]), stages(*lines)
    assert before[0] == after[0]
    assert {a != b for a, b in zip(before[1:], after[1:], strict=True)} == {changed}


@pytest.mark.parametrize(
    ("lines", "rescale"),
    [
        ((), "none"),
        (("init.rescale=count",), "count"),
        (("init.rescale=count", "method=random_reinit"), "count"),
        (("init.rescale=count", "method=dense"), "none"),
        (("init.rescale=count", "method=random_mask", OWN), "none"),
        (("init.rescale=count_unit", LADDER), "count_unit (ladder count_unit)"),
        (("init.rescale=count_unit", LADDER, "method=random_mask"), "count_unit"),
        (("init.rescale=count", LADDER, "method=random_reinit", OWN), "none (ladder count)"),
    ],
)
def test_a_column_says_how_the_weights_of_a_point_are_rescaled(lines, rescale):
    (point,) = plan(*lines).points
    assert point.record(None).columns.rescale == rescale


def test_controls_are_rescaled_as_the_source_unless_they_have_an_init_of_their_own():
    (config,) = configs("init.rescale=energy", "method=random_mask")
    made = plan("init.rescale=energy", "init.scale=2", "method=random_mask")
    rescale = made.stages[made.points[0].stages[1]].spec.rescale
    assert config.control_init is None
    assert (rescale.way, rescale.purpose, rescale.init.scale) == ("energy", "control init", 2.0)
    made = plan("init.rescale=energy", "init.scale=2", "method=imp")
    assert made.stages[made.points[0].stages[1]].spec.rescale.purpose == "init"


@pytest.mark.parametrize(
    ("lines", "problems"),
    [
        (("method=random_reinit,random_mask,dense", "init.rescale=redraw"), []),
        (("method=imp,dense", "init@control_init=orthogonal", "control_init.rescale=redraw"), []),
        (
            ("init.rescale=counts",),
            ["init.rescale=counts must be none, count, count_unit, energy or redraw"],
        ),
        (("init.rescale_where=end",), ["init.rescale_where=end must be final or ladder"]),
        (
            ("method=imp,random_mask", "init.rescale=redraw"),
            ["init.rescale=redraw needs weights that are a fresh draw, not those of method=imp; "
             f"{WAYS}"],
        ),
        (
            ("method=trained", "target.half=b", "init.rescale=redraw"),
            ["init.rescale=redraw needs weights that are a fresh draw, not those of "
             f"method=trained; {WAYS}"],
        ),
        (
            ("method=random_reinit", "init.rescale=redraw", LADDER),
            ["init.rescale=redraw needs weights that are a fresh draw, not the levels of the "
             f"ladder; {WAYS}"],
        ),
        (
            ("method=random_mask", "init=orthogonal", "init.rescale=redraw"),
            ["init.rescale=redraw draws by the fans that are left, and init=orthogonal is not "
             f"drawn by fans alone; {WAYS}"],
        ),
        (
            ("method=random_mask", "init._target_=tests.plan.broken_parts.good_init",
             "~init.nonlinearity", "init.rescale=redraw"),
            ["init.rescale=redraw draws by the fans that are left, and init=kaiming_normal is not "
             f"drawn by fans alone; {WAYS}"],
        ),
        (
            ("method=random_mask", "init@control_init=signed_constant",
             "control_init.rescale=redraw"),
            ["control_init.rescale=redraw draws by the fans that are left, and "
             f"control_init=signed_constant is not drawn by fans alone; {WAYS}"],
        ),
        (
            ("method=imp", OWN, "control_init.rescale_where=ladder"),
            ["control_init.rescale_where=ladder must be final: the ladder's levels start from the "
             "source's weights, of which init.rescale_where tells"],
        ),
    ],
)  # fmt: skip
def test_rescaling_that_does_not_suit_is_refused_with_a_sentence(lines, problems):
    assert wanted("levels=2", *lines).problems == problems
