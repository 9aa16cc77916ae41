"""Tests stage specifications: what is in a stage's key, and that keys stay what they are."""

import json

import pytest

from ltsweep.foundations.components import Call, ValidationError, bind
from ltsweep.plan.steps import parse_steps
from ltsweep.spec import (
    DataSpec,
    InitSpec,
    MaskSpec,
    PruningSpec,
    RewindSpec,
    ScheduleSpec,
    StageSpec,
    TrainSpec,
    WeightsSpec,
    digest,
)

DATA = DataSpec(
    fingerprint="f" * 64,
    validation=130,
    examples=None,
    split_seed=0,
    mean=(0.3,),
    std=(0.4,),
    white=16,
    flip=False,
    crop=0,
)
TRAIN = TrainSpec(
    data=DATA,
    model=bind("ltsweep.models.lenet_300_100", {}),
    optimizer=bind("ltsweep.train.sgd", {"lr": 0.05, "momentum": 0.9}),
    schedule=ScheduleSpec(
        total=400,
        warmup=0,
        factor=bind("ltsweep.train.constant", {}),
        validate_every=19,
    ),
    batch_size=64,
    precision="fp32",
)
INIT = InitSpec(distribution=bind("ltsweep.init.kaiming_normal", {}), scale=1.0)
DENSE = StageSpec(
    train=TRAIN,
    seed=3,
    level=0,
    mask=None,
    weights=WeightsSpec(rule=bind("ltsweep.methods.fresh", {}), init=INIT),
    start=0,
    stop=400,
)
TICKET = StageSpec(
    train=TRAIN,
    seed=3,
    level=1,
    mask=MaskSpec(
        rule=bind("ltsweep.methods.imp", {}),
        pruning=PruningSpec(
            score=bind("ltsweep.pruning.magnitude", {}),
            scope="global",
            fraction=0.2,
            output_fraction=None,
        ),
        ladder="a" * 20,
    ),
    weights=WeightsSpec(
        rule=bind("ltsweep.methods.rewound", {}),
        rewind=RewindSpec(dense="b" * 20, step=20),
    ),
    start=20,
    stop=400,
)


def test_golden_keys():
    """A change here means that nobody's finished results are found again: raise SCHEMA, say why."""
    assert DENSE.key == "95fe38b54c49e0fa06cd"
    assert TICKET.key == "b901c20d59b1782033bc"


def test_golden_digests():
    assert digest({"b": 1, "a": [0.1, None, "ü"]}) == "ea0482aeeba2c14bf2bd"
    assert digest(None) == "3d4f76bb44ce7370a032"


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
        {"weights": DENSE.weights.model_copy(update={"init": None})},
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
        RewindSpec(dense="b", step=1, epoch=2)


def test_parents():
    assert DENSE.parents == ()
    assert TICKET.parents == ("a" * 20, "b" * 20)
    rewind = RewindSpec(dense="a" * 20, step=20)
    first = TICKET.model_copy(
        update={"weights": TICKET.weights.model_copy(update={"rewind": rewind})}
    )
    assert first.parents == ("a" * 20,)


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
