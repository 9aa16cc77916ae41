"""What a plan says and decides about users' own models: names, keys, strategies."""

import json
from hashlib import sha256
from pathlib import Path

import pytest
import torch
from torch import nn

from ltsweep.cli.actions import perform
from ltsweep.launch.engine import prepare_store, submit
from ltsweep.launch.pending import find_pending
from ltsweep.launch.worker import Worker
from ltsweep.train.choice import strategy_for
from ltsweep.train.recipe import Recipe

from ..sweeps_here import composed, selection
from . import nets, wrong


def test_the_plan_tells_what_is_prunable(tmp_path, capsys):
    lines = ("model=attentive", "method=imp", "action=plan", f"store={tmp_path}", "levels=2")
    assert perform(composed(*lines), None) == 0
    told = capsys.readouterr().out
    assert (
        "model=attentive (tests.own.nets.attentive) on digits: 2336 of 2538 parameters are "
        "prunable:\n"
        "  embed.weight (16x8)\n"
        "  encoder.self_attn.in_proj_weight (48x16)\n"
        "  encoder.self_attn.out_proj.weight (16x16)\n"
        "  encoder.linear1.weight (32x16)\n"
        "  encoder.linear2.weight (16x32)\n"
        "  head.weight (10x16)\n"
        "  not: embed.bias (16), encoder.self_attn.in_proj_bias (48), "
    ) in told
    assert " and head.bias (10)\n  buffers: positions (8x16)\n" in told
    assert told.count("are prunable") == 1
    (written,) = json.loads((tmp_path / "plan.json").read_text())["own_models"]
    assert written in told


def test_a_launch_says_which_code_it_runs(tmp_path, monkeypatch):
    monkeypatch.setattr(Worker, "run", lambda worker: None)
    made, said = selection(tmp_path, "model=conv1d", "method=dense"), []
    prepare_store(made)
    submit(made, find_pending(made.plan, made.store), said.append)
    digest = sha256(Path(nets.__file__).read_bytes()).hexdigest()
    code = f"tests.own.nets.conv1d in {nets.__file__} (SHA-256 {digest[:16]})"
    assert said[0] == f"runs code of yours: {code}"


def test_of_ltsweeps_own_models_nothing_is_told(tmp_path):
    assert selection(tmp_path, "method=imp").plan.own_models == []


def trainings(tmp_path, *lines):
    """The training of the only cell, as it is hashed."""
    stages = selection(tmp_path, "method=dense", *lines).plan.stages.values()
    (stage,) = stages
    return stage.spec.train.model_dump(mode="json")


@pytest.mark.parametrize(
    ("target", "marked"),
    [
        ("wrong.perceptron", False),
        ("nets.dropout", True),
        ("nets.conv1d", True),
        ("nets.twice", True),
        ("nets.attentive", True),
        ("nets.embedded", True),
        ("nets.gru", True),
    ],
)
def test_models_that_are_trained_otherwise_than_before_have_new_keys(tmp_path, target, marked):
    train = trainings(tmp_path, "model=dropout", f"model._target_=tests.own.{target}")
    assert train.get("net") == ("any" if marked else None)
    assert "prunable" not in train


def test_patterns_and_biases_are_in_the_key_where_they_are_given(tmp_path):
    assert trainings(tmp_path, "model.prunable=[fc1.*]")["prunable"] == ["fc1.*"]
    (one,), (other,) = (
        selection(tmp_path, "method=dense", *lines).plan.stages
        for lines in ((), ("init.bias=torch",))
    )
    assert one != other


class Scaled(nn.Linear):
    def forward(self, x):
        return 2 * super().forward(x)


class Doubled(nn.Sequential):
    def forward(self, x):
        return 2 * super().forward(x)


def hooked():
    layer = nn.Linear(64, 10)
    layer.register_forward_hook(lambda _, inputs, output: 2 * output)
    return layer


def shared():
    layer = nn.Linear(64, 64)
    return nn.Sequential(nn.Flatten(), layer, nn.ReLU(), layer)


def frozen():
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 10).requires_grad_(False))


@pytest.mark.parametrize(
    ("module", "strategy"),
    [
        (nn.Sequential(nn.Flatten(), nn.Linear(64, 10)), "stacked"),
        (nn.Sequential(nn.Flatten(), Scaled(64, 10)), "loop"),
        (Doubled(nn.Flatten(), nn.Linear(64, 10)), "loop"),
        (nn.Sequential(nn.Flatten(), hooked()), "loop"),
        (shared(), "loop"),
        (frozen(), "loop"),
        (nn.Sequential(nn.Flatten(2), nn.Linear(64, 10)), "loop"),
        (wrong.perceptron((1, 8, 8), 10), "loop"),
    ],
    ids=["plain", "subclass", "own sequence", "hook", "shared", "frozen", "rows", "own module"],
)
def test_what_only_looks_like_a_perceptron_is_not_trained_as_one(module, strategy):
    kind = strategy_for(module, {}, torch.device("cpu"), Recipe("fp32"))
    assert kind.name == strategy
