"""Tests requests: sentences about what is wrong, all of them, and what is left to be looked at."""

from dataclasses import replace

import pytest

from ltsweep.config.parse import parse
from ltsweep.config.sentences import show, words
from ltsweep.config.settings import PointConfig
from ltsweep.foundations.errors import RequestError, listed, not_a_choice, not_a_setting
from ltsweep.models.layers import Layer
from ltsweep.part_spec import PruningSpec
from ltsweep.plan.fit import find_misfits, misfits
from ltsweep.plan.sides import sides
from ltsweep.pruning.counts import kept_by_level

from ..points import FACTS, configs, raw, request

STEPS = "optimizer steps such as 500it or epochs such as 1ep"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("levels=201", "levels=201 must be a whole number from 0 to 200"),
        ("seed=null", "seed=null must be a whole number from 0 to 2147483647"),
        ("init.scale=x", "init.scale=x must be a number greater than 0"),
        ("init.nonlinearity=tanh", "init.nonlinearity=tanh must be relu or linear"),
        ("pruning.scope=local", "pruning.scope=local must be global or layerwise"),
        (
            "pruning.output_fraction=1",
            "pruning.output_fraction=1 must be a number of at least 0 and less than 1, or null",
        ),
        ("cluster.cores=0", "cluster.cores=0 must be a whole number of at least 1, or null"),
        ("logger.mode=on", "logger.mode=on must be auto, offline, online or disabled"),
        (
            "dataset.std=[0]",
            "dataset.std=[0] must be a list of values in brackets, each a number greater than 0, "
            "or null",
        ),
        ("dataset.flip=3", "dataset.flip=3 must be true or false"),
        ("dataset.crop=-1", "dataset.crop=-1 must be a whole number of at least 0"),
        ("dataset.crop=1.5", "dataset.crop=1.5 must be a whole number of at least 0"),
        (
            "optimizer.betas=[0.9]",
            "optimizer.betas=[0.9] must be a list of 2 values in brackets, each a number of at "
            "least 0 and less than 1",
        ),
        (
            "dataset.name='a b'",
            "dataset.name=a b must be a name of letters, digits and the characters _ . + -",
        ),
        ("checkpoint_seconds=-1", "checkpoint_seconds=-1 must be a number of at least 0"),
        ("checkpoint_seconds=inf", "checkpoint_seconds=inf must be a finite number of at least 0"),
        (
            "report.densities=[2]",
            "report.densities=[2] must be a list of values in brackets, each a number greater "
            "than 0 and at most 1",
        ),
        ("~seed", "seed is missing; it must be a whole number from 0 to 2147483647"),
        ("~optimizer.lr", "optimizer.lr is missing; it must be a number greater than 0"),
        ("+reset.foo=1", "reset.foo is not a setting; reset=... has step, schedule and optimizer"),
        (
            "model._target_=ltsweep.models.lenet.lenet",
            "model._target_: module 'ltsweep.models.lenet' has no 'lenet'",
        ),
    ],
)
def test_a_sentence_names_the_setting_its_value_and_what_it_may_be(line, problem):
    lines = ["optimizer=adam", line] if "betas" in line else [line]
    (told,) = request(*lines).problems
    assert told == problem


def test_all_mistakes_of_all_points_are_told_once_each():
    lines = ["seed=-1,-2", "batch_size=0", "optimizer.lr=-1", "optimizer.momentum=3", "jobs=x"]
    assert request(*lines).problems == [
        "jobs=x must be a whole number of at least 1, or auto",
        "optimizer.lr=-1 must be a number greater than 0",
        "batch_size=0 must be a whole number of at least 1",
        "seed=-1 must be a whole number from 0 to 2147483647",
        "optimizer.momentum=3 must be a number of at least 0 and less than 1",
        "seed=-2 must be a whole number from 0 to 2147483647",
    ]


def test_points_share_what_is_equal_in_them():
    first, second, third = configs("optimizer.lr=0.1,0.2", "seed=0,1")[:3]
    assert first.optimizer is second.optimizer
    assert first.optimizer is not third.optimizer
    assert first.dataset is third.dataset


def test_what_is_wrong_is_left_out_and_the_rest_is_typed():
    made = request("optimizer.lr=-1", "store=")
    (config,) = made.points
    assert config.model_fields_set == {*PointConfig.model_fields} - {"optimizer"}
    assert config.dataset.name == "digits"
    assert "store" not in made.run.model_fields_set


def test_what_is_doubtful_is_judged_but_left_out():
    made = parse(raw("reset.step=x", "batch_size=10"), doubtful={"batch_size"})
    assert made.problems == [f"reset.step=x must be {STEPS}"]
    missing = {*PointConfig.model_fields} - made.points[0].model_fields_set
    assert missing == {"reset", "batch_size"}


def test_how_a_sweep_is_run_cannot_differ_between_points():
    made = parse([*raw(), *raw("store=other", "report.delta=3")])
    assert made.problems == [
        "report takes one value: it says how a sweep is run or judged, and cannot be an axis",
        "store takes one value: it says how a sweep is run or judged, and cannot be an axis",
    ]


def told(*lines, facts=FACTS):
    (config,) = request(*lines).points
    return list(misfits(sides(config).source, facts))


def test_what_fits():
    assert told() == []
    assert told("batch_size=640", "reset.step=399it", "levels=20") == []
    assert told("reset.step=400it", "reset.schedule=restart") == []
    assert told("method=dense", "levels=200") == []


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (["batch_size=641"], "batch_size=641 must be at most 640, the number of training..."),
        (["reset.step=400it"], "reset.step=400it is step 400 of a training of 400 steps; it..."),
        (["reset.step=41ep"], "reset.step=41ep is step 410 of a training of 400 steps; it must..."),
        (["reset.step=401it", "reset.schedule=restart"], "reset.step=401it is step 401 of a..."),
        (
            ["schedule.warmup=41ep"],
            "schedule.warmup=41ep is 410 steps; it must be at most 400it...",
        ),
        (
            ["levels=200"],
            "levels=200 must be at most 27 for pruning.fraction=0.2 and model=lenet_300_100 on "
            "digits: level 28 would not prune any more of the 2 weights left",
        ),
        (
            ["levels=4", "pruning.fraction=0.95"],
            "levels=4 must be at most 2 for pruning.fraction=0.95 and model=lenet_300_100 on "
            "digits: level 3 would prune all of the 2 weights left",
        ),
    ],
)
def test_what_does_not_fit(lines, problem):
    (sentence,) = told(*lines)
    assert sentence == problem or sentence.startswith(problem.removesuffix("..."))


def test_misfits_are_looked_for_in_what_is_right():
    made = request("batch_size=641", "levels=200", "pruning.fraction=2", "reset.step=400it")
    find_misfits(made, lambda config: FACTS)
    assert [problem.partition("=")[0] for problem in made.problems] == [
        "pruning.fraction",
        "batch_size",
        "reset.step",
    ]


def test_missing_data_are_told_once_for_all_points():
    def no_facts(config):
        raise RequestError(["no data"])

    made = request("seed=range(3)", "precision=bf16")
    find_misfits(made, no_facts)
    assert made.problems == ["no data"]


def test_counts_by_level_are_exact():
    score = configs()[0].pruning.bind()
    pruning = PruningSpec(score=score, scope="layerwise", fraction=0.2, output_fraction=0.1)
    layers = [Layer("a", (100,), 1), Layer("b", (25,), 1), Layer("c", (10,), 1, is_output=True)]
    assert kept_by_level(pruning, layers, 3) == [
        {("a",): 100, ("b",): 25, ("c",): 10},
        {("a",): 80, ("b",): 20, ("c",): 9},
        {("a",): 64, ("b",): 16, ("c",): 8},
        {("a",): 51, ("b",): 13, ("c",): 7},
    ]


def test_an_architecture_of_one_layer_can_be_pruned():
    only = (Layer("only", (100,), 1, is_output=True),)
    assert told("levels=3", facts=replace(FACTS, net=replace(FACTS.net, layers=only))) == []


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({"type": "integer"}, "a whole number"),
        ({"type": "number", "exclusiveMinimum": 0, "maximum": 1}, "greater than 0 and at most 1"),
        ({"type": "array", "items": {"type": "boolean"}}, "each true or false"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "text, or null"),
        ({"const": "auto"}, "auto"),
        ({}, "of another kind"),
    ],
)
def test_schemas_in_words(schema, text):
    assert words(schema).endswith(text)


def test_values_are_shown_as_they_are_typed():
    assert show([None, True, {"a": (1, 2.5)}, "x"]) == "[null,true,{a:[1,2.5]},x]"


def test_lists_and_hints():
    assert (listed([]), listed("a"), listed("ab"), listed("abc", "or")) == (
        "", "a", "a and b", "a, b or c",
    )  # fmt: skip
    assert not_a_choice("x=imq", "imq", ["imp", "dense"]) == (
        "x=imq is unknown (did you mean imp?); choose imp or dense"
    )
    assert not_a_setting("a.b", "a=c", []) == "a.b is not a setting; a=c has none"


def test_the_same_sentence_is_told_once(capsys):
    RequestError(["one", "two", "one"]).tell()
    assert capsys.readouterr().err == "ltsweep: one\nltsweep: two\n"
