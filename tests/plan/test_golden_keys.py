"""Keys that last: those of `experiment=quickstart` are pinned, whatever moves or is added later.

A change here means that nothing ever computed is found again. CONTRIBUTING ("Keys that last") says
what may change without one; what must change them raises SCHEMA, says why, and writes the file
anew: python -m tests.plan.test_golden_keys
"""

import importlib.util
import json
import sys
from pathlib import Path

import pytest

import ltsweep.init
from ltsweep.data_spec import Frozen
from ltsweep.foundations import components
from ltsweep.foundations.components import ComponentError, bind, late
from ltsweep.init import distributions
from ltsweep.methods import ladders
from ltsweep.plan import specs
from ltsweep.plan.facts import FactFinder
from ltsweep.plan.points import make_plan
from ltsweep.spec import TrainSpec, digest

from ..points import composer, configs

GOLDEN = Path(__file__).parents[1] / "golden" / "quickstart.json"
CACHES = (
    *(components.resolve, components.public_name, components.parameter_model),
    *(components.arguments, components._source_hash, ladders.rule),
)


def quickstart():
    """What identifies the quickstart: ids of cells and points, keys of all stages."""
    axes = composer().compose(["experiment=quickstart"]).hydra.sweeper.params
    lines = [f"{name}={values}" for name, values in axes.items()]
    made = make_plan(configs("experiment=quickstart", *lines), FactFinder(Path("nowhere")))
    return {
        "cells": sorted({point.cell for point in made.points}),
        "points": {point.id: list(point.stages) for point in made.points},
        "stages": sorted(made.stages),
    }


@pytest.fixture
def fresh_caches():
    """Components are looked up anew, and again when the test is over."""

    def clear():
        for cached in CACHES:
            cached.cache_clear()

    clear()
    yield
    clear()


def test_the_quickstart_has_its_keys():
    assert quickstart() == json.loads(GOLDEN.read_text())
    assert len(quickstart()["stages"]) == 366


def test_keys_hold_when_the_file_of_a_component_moves(monkeypatch, fresh_caches):
    spec = importlib.util.spec_from_file_location("ltsweep.init.moved", distributions.__file__)
    moved = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "ltsweep.init.moved", moved)
    spec.loader.exec_module(moved)
    monkeypatch.setattr(ltsweep.init, "xavier_normal", moved.xavier_normal)
    with pytest.raises(ComponentError, match="none of the components that ltsweep.init offers"):
        bind("ltsweep.init.distributions.xavier_normal", {})
    assert bind("ltsweep.init.moved.xavier_normal", {}).target == "ltsweep.init.xavier_normal"
    assert quickstart() == json.loads(GOLDEN.read_text())


class Later(TrainSpec):
    """A training as a later version may describe it."""

    gradient_norm: float | None = late(None)  # that gradients are clipped to


def test_keys_hold_when_a_field_is_added_late(monkeypatch):
    monkeypatch.setattr(specs, "TrainSpec", Later)
    assert quickstart() == json.loads(GOLDEN.read_text())
    monkeypatch.setattr(specs, "TrainSpec", lambda **fields: Later(**fields, gradient_norm=1.0))
    assert not set(quickstart()["stages"]) & set(json.loads(GOLDEN.read_text())["stages"])


class Old(Frozen):
    a: int = 1


class New(Frozen):
    a: int = 1
    b: float = late(0.0)


def test_a_late_field_is_hashed_unless_nothing_happens_and_other_defaults_are():
    assert New().model_dump() == Old().model_dump() == {"a": 1}
    assert New(b=2.0).model_dump() == {"a": 1, "b": 2.0}
    assert New.model_validate(Old().model_dump()) == New()
    assert digest(New().model_dump()) == digest(Old().model_dump())


@pytest.fixture
def users_init(tmp_path, monkeypatch, fresh_caches):
    """Writes an init of a user's own and binds it; its source stands for nothing here."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(components, "_source_hash", lambda target: None)

    def write(parameters, decorator=""):
        (tmp_path / "own_init.py").write_text(
            "from typing import Annotated\n"
            "from ltsweep.foundations.components import late, version\n"
            f"{decorator}\ndef own(fan_in, fan_out, *, {parameters}): return gain\n"
        )
        sys.modules.pop("own_init", None)
        for cached in (components.resolve, components.parameter_model, components.public_name):
            cached.cache_clear()
        return bind("own_init.own", {})

    yield write
    sys.modules.pop("own_init", None)


def test_a_late_parameter_of_a_component_is_out_of_its_identity(users_init):
    before = users_init("gain: float = 1.0")
    after = users_init("gain: float = 1.0, bend: Annotated[float, late(0.0)] = 0.0")
    assert after == before
    assert after(3, 4) == 1.0
    assert bind("own_init.own", {"bend": 0.5}).params == {"gain": 1.0, "bend": 0.5}
    changed_default = users_init("gain: float = 2.0")
    assert changed_default != before


def test_a_late_parameter_has_its_neutral_value_as_default(users_init):
    with pytest.raises(ComponentError, match="without bend, which is late, at its default"):
        users_init("gain: float = 1.0, bend: Annotated[float, late(0.0)] = 1.0")


def test_a_component_that_computes_something_else_has_a_version(users_init):
    first = users_init("gain: float = 1.0")
    second = users_init("gain: float = 1.0", "@version(2)")
    assert first.model_dump() == {"target": "own_init.own", "params": {"gain": 1.0}, "source": None}
    assert second.model_dump() == {**first.model_dump(), "version": 2}


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(quickstart(), indent=1) + "\n")
