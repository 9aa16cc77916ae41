"""Tests the typed configuration: what it accepts and coerces, and what it refuses."""

import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from ltsweep.config.settings import PointConfig, RunConfig

from ..points import CONF, configs, raw, request

GROUPS = ("dataset", "model", "optimizer", "schedule", "pruning", "init", "reset", "method")


@pytest.mark.parametrize(
    "line",
    [
        f"{group}={path.stem}"
        for group in (*GROUPS, "cluster", "logger")
        for path in sorted((CONF / group).glob("*.yaml"))
    ],
)
def test_every_choice_of_every_group_is_typed(line):
    made = request(line)
    assert made.problems == []
    group, _, name = line.partition("=")
    section = getattr(made.points[0], group, None) or getattr(made.run, group, None)
    assert section.name == name if group != "reset" else section.step in ("0it", "20it")


@pytest.mark.parametrize("path", sorted(CONF.glob("*/*.yaml")), ids=lambda path: path.stem)
def test_every_file_of_the_configuration_says_what_it_is(path):
    assert path.read_text().startswith("# ")


def test_numbers_become_the_type_that_is_declared():
    (config,) = configs("batch_size=64.0", "optimizer.lr=1", "seed=3", "pruning.fraction=0.5")
    assert repr((config.batch_size, config.optimizer.lr, config.seed)) == "(64, 1.0, 3)"
    assert config.optimizer.bind().params["lr"] == 1.0


def test_a_section_without_a_choice_stays_null():
    assert configs()[0].control_init is None
    assert configs("init@control_init=xavier_normal")[0].control_init.name == "xavier_normal"


def test_a_configuration_cannot_be_changed():
    (config,) = configs()
    with pytest.raises(ValidationError):
        config.seed = 1


def test_paths_may_look_like_numbers():
    assert request("store=2024").run.store == Path("2024")
    assert request("store='~/x'").run.store == Path("~/x")


@pytest.mark.parametrize("model", [PointConfig, RunConfig])
def test_no_setting_has_a_default_outside_the_yaml_files(model):
    fields = model.model_fields.values()
    assert all(field.is_required() for field in fields if field.exclude_if is None)


def test_every_setting_is_in_the_yaml_file_and_the_other_way_round():
    (composed,) = raw()
    assert composed.keys() == {*PointConfig.model_fields, *RunConfig.model_fields}


@pytest.fixture
def users_module(tmp_path, monkeypatch):
    """Writes a module of a user's own, under a name of its own, and returns that name."""
    monkeypatch.syspath_prepend(tmp_path)
    names = []

    def write(text):
        names.append(f"users_{tmp_path.name}_{len(names)}".replace("-", "_"))
        (tmp_path / f"{names[-1]}.py").write_text(text)
        return names[-1]

    yield write
    for name in names:
        sys.modules.pop(name, None)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("def f(weights): ...", None),
        ("def f(weights, gradients, *, more: float = 1): ...", None),
        ("def f(layers, random): ...", None),
        ("def f(*weights): ...", "'M.f' takes *weights: a rule must name what it asks for"),
        ("def f(weights, /): ...", "'M.f' takes weights: a rule must name what it asks for"),
        ("def f(a, weights, b=2): ...", "'M.f' asks for a and b; there is weights, gradients, ..."),
        ("def f(ladder): ...", "'M.f' asks for ladder; there is weights, gradients, batches, ..."),
        ("f = 3", "'M.f' is not a function"),
        ("1 / 0", "cannot import 'M.f': ZeroDivisionError: division by zero (..."),
        ("def f(:", "cannot import 'M.f': SyntaxError: invalid syntax (M.py, line 1)"),
        ("def f(a, *, b: 'Nope'): ...", "the annotations of 'M.f' cannot be used: ..."),
        ("def f(a, *, b: object()): ...", "the annotations of 'M.f' cannot be used: ..."),
        ("from math import sqrt as f", "'M.f' has no source file, so its version cannot be..."),
    ],
)
def test_a_function_of_the_users_own_must_take_what_it_is_given(users_module, text, problem):
    name = users_module(text)
    told = request(f"pruning._target_={name}.f").problems
    if problem is None:
        assert told == []
    else:
        wanted = f"pruning._target_: {problem}".replace("M", name)
        assert told[0] == wanted or told[0].startswith(wanted.removesuffix("..."))
        assert "\n" not in told[0]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("def f(parameters, *, lr: float, momentum=0, **more): ...", None),
        ("class f:\n  def __init__(self, parameters, *, lr, momentum): ...", None),
        ("f = lambda parameters, *, lr, momentum: None", None),
        ("def f(*parameters, lr, momentum): ...", None),
        ("def f(parameters, *, rate): ...", "'M.f' must take lr, as a keyword-only parameter"),
        (
            "class f:\n  def __init__(self, parameters, lr=1, *, momentum=0): ...",
            "'M.f' is given the parameters, and what it takes besides, lr, would have to be "
            "keyword-only to be settings; name a function of your own that calls it, such as "
            "def mine(parameters, *, lr): return f(parameters, lr=lr)",
        ),
    ],
)
def test_a_functions_settings_are_its_keyword_only_parameters(users_module, text, problem):
    name = users_module(text)
    less = ("~optimizer.nesterov", "~optimizer.weight_decay")
    told = request(f"optimizer._target_={name}.f", *less).problems
    assert told == ([f"optimizer._target_: {problem}".replace("M", name)] if problem else [])


def test_a_missing_parameter_of_the_users_function_is_told(users_module):
    name = users_module("def f(weights, *, power: float): ...")
    assert request(f"pruning._target_={name}.f").problems == [
        "pruning.power is missing; it must be a number"
    ]
    assert request(f"pruning._target_={name}.f", "+pruning.power=x").problems == [
        "pruning.power=x must be a number"
    ]
