"""Plans of pruning at initialisation: no ladder, no more of the source than its beginning."""

from collections import Counter

import pytest

from ltsweep.part_spec import Input, PruningSpec, ScoreData
from ltsweep.spec import StageSpec

from ..points import plan, stages
from ..sweeps_here import wanted

AT_INIT = "method=at_init"


def planned(*lines):
    """Unique stages by level and last step of a sweep with three levels."""
    made = plan(*lines)
    return dict(Counter((stage.spec.level, stage.spec.stop) for stage in made.stages.values()))


LEVELS = {(1, 400): 1, (2, 400): 1, (3, 400): 1}


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        # level 0, the draw, and one training a level
        ((AT_INIT,), {(0, 400): 1, (0, 0): 1, **LEVELS}),
        # tickets may be reset to any step
        ((AT_INIT, "reset.step=0it,20it"), {(0, 400): 1, (0, 0): 1, **LEVELS}),
        ((AT_INIT, "method.step=2ep"), {(0, 400): 1, (0, 20): 1, **LEVELS}),
        # no dense training on the source
        ((AT_INIT, "target.split_seed=1"), {(0, 400): 1, (0, 0): 1, **LEVELS}),
        # all targets share a draw
        (
            (AT_INIT, "target.split_seed=1,2"),
            {(0, 400): 2, (0, 0): 1, **dict.fromkeys(LEVELS, 2)},
        ),
        ((AT_INIT, "levels=0"), {(0, 400): 1}),
    ],
)
def test_what_is_planned(lines, expected):
    assert planned(*lines) == expected


def specs(*lines):
    """The specifications of a point's levels but the dense one."""
    made = plan(AT_INIT, *lines)
    (point,) = made.points
    return [made.stages[key].spec for key in point.stages[1:]]


def test_every_level_is_pruned_at_once_and_starts_from_the_state_that_was_scored():
    made = plan(AT_INIT, "method.step=20it", "pruning=snip")
    (begun,) = (key for key, stage in made.stages.items() if stage.spec.stop == 20)
    assert made.stages[begun].snapshots == (20,)
    for level, spec in enumerate(specs("method.step=20it", "pruning=snip"), start=1):
        mask, weights = spec.mask.given["scored_at_step"], spec.weights.given["rewound"]
        assert weights == Input(stage=begun, what="state", step=20)
        assert mask.origin == weights
        assert mask.what == "next mask"
        assert [kept.count for kept in mask.kept] == [[800, 640, 512][level - 1]]
        assert spec.parents == (begun,)


@pytest.mark.parametrize("method", ["at_init_shuffled", "at_init_fresh"])
def test_a_sanity_check_has_the_same_scores(method):
    there, made = specs("pruning=snip"), plan(f"method={method}", "pruning=snip")
    (point,) = made.points
    for spec, key in zip(there, point.stages[1:], strict=True):
        check = made.stages[key].spec
        assert check.mask.given == spec.mask.given
        is_shuffled = method == "at_init_shuffled"
        assert (check.mask.rule != spec.mask.rule) == is_shuffled
        assert (check.weights == spec.weights) == is_shuffled
        assert check.start == 0


@pytest.mark.parametrize(
    ("schedule", "start"), [("reset.schedule=resume", 20), ("reset.schedule=restart", 0)]
)
def test_the_schedule_goes_on_or_starts_again_as_that_of_tickets(schedule, start):
    assert {spec.start for spec in specs("method.step=20it", schedule)} == {start}
    assert {spec.start for spec in specs(schedule)} == {0}


def test_a_specification_comes_back_from_json():
    for pruning in ("grasp", "synflow"):
        (_, spec, _) = specs(f"pruning={pruning}")
        back = StageSpec.model_validate_json(spec.model_dump_json())
        assert back == spec and back.key == spec.key


def test_settings_of_pruning_enter_keys_where_they_change_a_mask():
    def keys(*lines):
        return stages(*lines)[1:]

    for pruning, setting, changes in (
        ("snip", "pruning.score_per_class=20", True),
        ("synflow", "pruning.score_per_class=20", False),
        ("synflow", "pruning.rounds=10", True),
        ("magnitude_global", "pruning.rounds=10", True),
        ("grasp", "pruning.temperature=1", True),
    ):
        plain = (AT_INIT, f"pruning={pruning}")
        assert (keys(*plain) != keys(*plain, setting)) == changes
    iterative = ("method=imp", "pruning=snip")
    assert keys(*iterative) != keys(*iterative, "pruning.score_per_class=20")


def test_late_settings_are_not_hashed_where_nothing_is_different():
    for name, neutral in (("rounds", 1), ("score_per_class", 10)):
        assert PruningSpec.model_fields[name].exclude_if(neutral)
    old = {"data": specs()[0].train.data, "objective": specs()[0].train.objective, "per_class": 10}
    assert "batches" not in ScoreData(**old).model_dump()


def test_a_cell_knows_what_scores_read_and_the_step_of_its_method():
    lines = ("pruning.score_per_class=10,20", "method.step=0it,9it", "pruning=snip")
    made = plan(AT_INIT, *lines)
    assert len({point.cell for point in made.points}) == 4
    assert {point.reset_step for point in made.points} == {20}  # that of tickets, as in any curve


REFUSED = {
    ("pruning=magnitude_increase", AT_INIT): [
        "pruning=magnitude_increase holds trained weights against what they were drawn as, and at "
        "method.step=0it these are the same; choose method.step of 1it or more, or another pruning"
    ],
    ("pruning=magnitude_increase", AT_INIT, "method.step=1it"): [],
    ("pruning=magnitude_increase", "method=imp", "reset.step=0it"): [],
    ("pruning=of_everything", AT_INIT): [
        "pruning=of_everything asks for the end of a level before, and method=at_init has no "
        "levels before; choose another pruning"
    ],
    (AT_INIT, "method.step=400it"): [
        "method.step=400it is step 400 of a training of 400 steps; it must be at most 399it"
    ],
    (AT_INIT, "method.step=400it", "reset.schedule=restart"): [],
    (AT_INIT, "method.step=null"): [
        "method: ltsweep.methods.at_init scores the state at a step; set it, as in step: 0it"
    ],
    ("method=imp", "+method.step=3it"): [
        "method: its rules ask for ladder, and a method with a step has no levels before; leave "
        "step out, or name other rules"
    ],
    ("method=dense_at_k", "+method.step=3it"): [
        "method: a step is that of a mask; without a mask leave step out"
    ],
    ("method=at_init", "method.weights=end"): [
        "method: its rules ask for ended, and a method with a step has no levels before; leave "
        "step out, or name other rules"
    ],
    ("pruning=synflow", AT_INIT, "model=attentive"): [
        "pruning=synflow needs a net in which positive numbers stay positive on their way, and "
        "those of model=attentive do not; choose another pruning"
    ],
    ("pruning=synflow", "method=random_mask", "model=attentive"): [],
    ("pruning.rounds=0",): ["pruning.rounds=0 must be a whole number of at least 1"],
    ("pruning.score_per_class=0.5",): [
        "pruning.score_per_class=0.5 must be a whole number of at least 1"
    ],
}


@pytest.mark.parametrize(("lines", "sentences"), REFUSED.items(), ids=" ".join)
def test_what_cannot_be_scored_is_refused_in_a_sentence(lines, sentences):
    assert wanted(*lines).problems == sentences
