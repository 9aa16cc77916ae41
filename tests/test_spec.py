"""Tests stage specifications: what is in a stage's key, and that keys stay what they are."""

import json

import pytest

from ltsweep.foundations.components import Call, ValidationError, bind
from ltsweep.part_spec import InitSpec, Input
from ltsweep.plan.steps import parse_steps
from ltsweep.spec import StageSpec, digest

from .specs import INIT, ladder_mask, rewound, stage, training

TRAIN = training()
DATA = TRAIN.data
DENSE = stage(TRAIN)
TICKET = stage(TRAIN, level=1, mask=ladder_mask("a" * 20), weights=rewound("b" * 20, 20), start=20)


def test_golden_keys():
    """A change here means that nobody's finished results are found again: raise SCHEMA, say why."""
    assert DENSE.key == "ec6ec2b33de86aa18efc"
    assert TICKET.key == "035feb0b9ed682c11c3d"


def test_golden_digests():
    assert digest({"b": 1, "a": [0.1, None, "ü"]}) == "75f7fa8291005cc17a33"
    assert digest(None) == "1ca34175be5f4feecf52"


def test_the_order_of_keys_does_not_matter_and_the_type_of_a_number_does():
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    assert digest([1, 2]) != digest([2, 1])
    assert digest(1) != digest(1.0)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_what_is_not_finite_has_no_digest(bad):
    with pytest.raises(ValueError, match="Out of range float"):
        digest({"a": [bad]})


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_what_is_not_finite_is_no_specification(bad):
    with pytest.raises(ValidationError, match="finite number"):
        InitSpec(distribution=INIT.distribution, scale=bad)
    with pytest.raises(ValueError, match="not JSON compliant"):
        Call(target="ltsweep.methods.imp", params={"a": bad})


def test_whole_numbers_and_floats_of_one_value_have_one_key():
    """Sweeps write scale=1 and scale=1.0, and JSON may lose the difference."""
    texts = [json.dumps(DENSE.model_dump(mode="json")), DENSE.model_dump_json()]
    whole = texts[0].replace('"scale": 1.0', '"scale": 1').replace('"white": 16.0', '"white": 16')
    seed = texts[0].replace('"seed": 3', '"seed": 3.0')
    assert len({*texts, whole, seed}) == 4
    for text in (*texts, whole, seed):
        assert StageSpec.model_validate_json(text).key == DENSE.key
    lenient = bind("ltsweep.train.sgd", {"momentum": 0.9, "weight_decay": 0, "lr": 0.05})
    assert lenient == TRAIN.optimizer


def test_a_key_survives_the_disk():
    for spec in (DENSE, TICKET):
        assert (
            StageSpec.model_validate(json.loads(json.dumps(spec.model_dump(mode="json")))) == spec
        )
        shuffled = dict(reversed(spec.model_dump(mode="json").items()))
        assert StageSpec.model_validate(shuffled).key == spec.key


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 4},
        {"level": 1},
        {"start": 1},
        {"stop": 399},
        {"train": TRAIN.model_copy(update={"batch_size": 65})},
        {"train": TRAIN.model_copy(update={"precision": "bf16"})},
        {"train": TRAIN.model_copy(update={"data": DATA.model_copy(update={"fingerprint": "0"})})},
        {"weights": DENSE.weights.model_copy(update={"given": {}})},
        {"optimizer_state": Input(stage="b" * 20, what="optimizer", step=20)},
        {"mask": TICKET.mask},
    ],
)
def test_everything_that_makes_a_result_is_in_its_key(change):
    assert DENSE.model_copy(update=change).key != DENSE.key


def test_a_users_source_is_in_the_key():
    optimizer = TRAIN.optimizer.model_copy(update={"source": "0" * 64})
    train = TRAIN.model_copy(update={"optimizer": optimizer})
    assert DENSE.model_copy(update={"train": train}).key != DENSE.key


def test_specifications_are_frozen_and_closed():
    with pytest.raises(ValidationError, match="frozen"):
        DENSE.seed = 4
    with pytest.raises(ValidationError, match="Extra inputs"):
        Input(stage="b", what="state", step=1, epoch=2)


def test_what_a_stage_reads():
    assert DENSE.inputs == () and DENSE.parents == ()
    following, state = TICKET.inputs
    assert (following.stage, following.what) == ("a" * 20, "next mask")
    assert (state.stage, state.what, state.step) == ("b" * 20, "state", 20)
    assert TICKET.parents == ("a" * 20, "b" * 20)
    assert TICKET.snapshots_read == (state,)
    first = stage(TRAIN, level=1, mask=ladder_mask("a" * 20), weights=rewound("a" * 20, 20))
    assert first.parents == ("a" * 20,)


def test_what_the_criterion_of_a_next_mask_reads_at_a_step_is_waited_for_too():
    (following, _) = TICKET.inputs
    early = Input(stage="c" * 20, what="state", step=5)
    given = {"ladder": following.model_copy(update={"given": {"rewound": early}})}
    mask = TICKET.mask.model_copy(update={"given": given})
    spec = stage(TRAIN, level=1, mask=mask, weights=TICKET.weights, start=20)
    assert spec.snapshots_read[-1] == early and "c" * 20 in spec.parents


def test_a_prefix_is_a_stage_of_its_own():
    prefix = DENSE.prefix(20)
    assert prefix.is_prefix and not DENSE.is_prefix
    assert (prefix.start, prefix.stop, prefix.train.schedule.total) == (0, 20, 400)
    assert prefix.key not in (DENSE.key, DENSE.prefix(21).key)
    assert DENSE.prefix(400).key == DENSE.key


@pytest.mark.parametrize(
    ("text", "steps"), [("500it", 500), ("0it", 0), ("1ep", 19), ("12ep", 228), ("0ep", 0)]
)
def test_steps(text, steps):
    assert parse_steps(text, steps_per_epoch=19) == steps


@pytest.mark.parametrize("text", ["500", "ep", "1.5ep", "-1it", "1ep ", "1 ep", "1EP", "", "1it2"])
def test_what_is_not_a_number_of_steps_is_refused(text):
    with pytest.raises(ValueError, match="not a number of steps such as 500it or of epochs"):
        parse_steps(text, steps_per_epoch=19)
