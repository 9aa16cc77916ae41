"""Tests components: names to functions, parameters checked by their annotations, source hashes."""

import hashlib
import importlib
import pkgutil
import re
import sys

import pytest

from ltsweep.foundations.components import (
    Call,
    ComponentError,
    ValidationError,
    arguments,
    bind,
    public_name,
    resolve,
)

from ..points import CONF

LENET = "ltsweep.models.lenet_300_100"
SGD = "ltsweep.train.sgd"


def test_a_dotted_name_is_its_function():
    from ltsweep.pruning.criteria import magnitude

    assert resolve("ltsweep.pruning.magnitude") is magnitude


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("magnitude", "'magnitude' is not a dotted name such as package.module.function"),
        ("", "'' is not a dotted name"),
        ("ltsweep.nowhere.f", "cannot import 'ltsweep.nowhere.f': No module named"),
        ("no_such_package.f", "cannot import 'no_such_package.f': No module named"),
        (
            "ltsweep.pruning.criteria.magnitud",
            "module 'ltsweep.pruning.criteria' has no 'magnitud'",
        ),
        ("ltsweep.spec.SCHEMA", "'ltsweep.spec.SCHEMA' is not a function"),
    ],
)
def test_a_bad_name_is_refused_with_a_sentence(target, message):
    with pytest.raises(ComponentError, match=message):
        bind(target, {})


def test_binding_fills_in_the_defaults_so_that_they_are_part_of_the_identity():
    assert bind(SGD, {"lr": 0.1}).params == {
        "lr": 0.1,
        "momentum": 0.0,
        "nesterov": False,
        "weight_decay": 0.0,
    }
    assert bind(LENET, {}) == bind(LENET, {"hidden": (300, 100)})


def test_binding_makes_numbers_the_type_that_the_function_declares():
    call = bind(SGD, {"lr": 1, "momentum": 0, "weight_decay": "1e-4"})
    assert repr(call.params["lr"]) == "1.0"
    assert repr(call.params["momentum"]) == "0.0"
    assert call.params["weight_decay"] == 0.0001
    assert call == bind(SGD, {"lr": 1.0, "weight_decay": 0.0001})


def test_sequences_from_yaml_are_as_good_as_tuples():
    assert bind(LENET, {"hidden": [20, 10]}) == bind(LENET, {"hidden": (20, 10)})


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({}, "lr\n  Field required"),
        ({"lr": -1}, "greater than 0"),
        ({"lr": "fast"}, "valid number"),
        ({"lr": float("nan")}, "finite number"),
        ({"lr": float("inf")}, "finite number"),
        ({"lr": 0.1, "momentun": 0.9}, "momentun\n  Extra inputs are not permitted"),
        ({"lr": 0.1, "parameters": []}, "parameters\n  Extra inputs are not permitted"),
    ],
)
def test_bad_parameters_are_refused(params, message):
    with pytest.raises(ValidationError, match=message):
        bind(SGD, params)


def test_the_engine_passes_what_is_not_keyword_only():
    assert arguments(SGD) == {"parameters"}
    assert arguments(LENET) == {"input_shape", "classes"}
    assert arguments("ltsweep.methods.random_mask") == {"layers", "kept", "permutation"}
    assert arguments("ltsweep.methods.imp") == {"ladder"}


def test_calling_passes_both_on():
    module = bind(LENET, {"hidden": (5,)})((1, 2, 2), 3)
    assert [tuple(p.shape) for p in module.parameters()] == [(5, 4), (5,), (3, 5), (3,)]


def test_a_call_is_plain_json():
    call = bind("ltsweep.train.adam", {"lr": 0.001})
    assert Call.model_validate_json(call.model_dump_json()) == call
    assert call.params["betas"] == [0.9, 0.999]


@pytest.fixture
def users_module(tmp_path, monkeypatch):
    """Write a module of a user's own and return its name."""
    monkeypatch.syspath_prepend(tmp_path)
    made = []

    def write(name, text):
        (tmp_path / f"{name}.py").write_text(text)
        made.append(name)
        return name

    yield write
    for name in made:
        sys.modules.pop(name, None)


def test_code_outside_ltsweep_is_identified_by_its_source(users_module):
    texts = {
        "users_score": "def score(weights, *, power: float = 2):\n    return weights\n",
        "users_other": "def score(weights, *, power: float = 2):\n    return None\n",
    }
    calls = {name: bind(f"{users_module(name, text)}.score", {}) for name, text in texts.items()}
    for name, text in texts.items():
        assert calls[name].source == hashlib.sha256(text.encode()).hexdigest()
        assert calls[name].params == {"power": 2.0}
    assert bind(LENET, {}).source is None


def test_a_function_without_source_is_refused():
    with pytest.raises(ComponentError, match="'numpy.random.rand' has no source file"):
        bind("numpy.random.rand", {})


@pytest.mark.parametrize("target", ["math.sqrt", "os.system", "subprocess.getoutput", "pty.spawn"])
def test_pythons_own_functions_are_no_components(target):
    with pytest.raises(ComponentError, match=f"'{target}' is Python's own"):
        resolve(target)


@pytest.mark.parametrize("target", ["", ".", "f", "..a", "a.", "a b.c", "a-b.c", "os.system()"])
def test_a_component_goes_by_a_dotted_name(target):
    with pytest.raises(ComponentError, match="is not a dotted name such as package.module"):
        resolve(target)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), [1.0, float("nan")]])
def test_what_is_not_finite_is_refused_even_where_nothing_is_declared(users_module, bad):
    """It would be null in the key, and null when the function is called."""
    target = f"{users_module('users_loose', 'def f(x, *, free=1): return x')}.f"
    with pytest.raises(ValueError, match="not JSON compliant"):
        bind(target, {"free": bad})


ROOMS = ("data", "models", "init", "pruning", "methods", "train")


@pytest.mark.parametrize("room", ROOMS)
def test_a_package_offers_what_its_files_list_each_name_once(room):
    package = importlib.import_module(f"ltsweep.{room}")
    files = [file.name for file in pkgutil.iter_modules(package.__path__)]
    modules = [importlib.import_module(f"ltsweep.{room}.{file}") for file in files]
    names = [name for module in modules for name in getattr(module, "__all__", ())]
    assert names and len(names) == len(set(names))
    assert not set(names) & set(files)  # a file of that name would hide the component
    for name in names:
        function = getattr(package, name)
        assert public_name(f"{function.__module__}.{name}") == f"ltsweep.{room}.{name}"
    with pytest.raises(AttributeError, match=f"'ltsweep.{room}' has no attribute 'nothing'"):
        package.nothing  # noqa: B018


def test_every_yaml_names_components_as_they_are_hashed():
    targets = re.findall(r"(ltsweep\.[a-z0-9_.]+)$", "\n".join(texts_of_conf()), flags=re.M)
    assert len(targets) > 20
    assert [target for target in targets if public_name(target) != target] == []


def texts_of_conf():
    return [path.read_text() for path in CONF.rglob("*.yaml") if path.parent.name != "experiment"]
