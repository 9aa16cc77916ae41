"""Tests sweeps of parts from folders outside the repository: their curves can be made again."""

import json
import shlex

import pytest

from ltsweep.cli.main import main

from .conftest import LAUNCH

MODULE = """
from torch import nn

def tiny(input_shape, classes, *, channels: int):
    colours, height, width = input_shape
    return nn.Sequential(
        nn.Conv2d(colours, channels, 3, padding=1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(channels * height * width, classes),
    )
"""
FILES = {
    "model/tiny.yaml": "_target_: my_parts.tiny\nname: tiny\nchannels: 3\n",
    "model/wide.yaml": "defaults: [tiny, _self_]\nname: wide\nchannels: 6\n",
    "optimizer/steady.yaml": (
        "_target_: ltsweep.train.sgd\nname: steady\nlr: 0.2\nmomentum: 0.5\nnesterov: false\n"
        "weight_decay: 0.0\n"
    ),
    "experiment/mine.yaml": (
        "# @package _global_\ndefaults:\n  - override /model: wide\n"
        "  - override /optimizer: steady\nlevels: 1\n"
        "schedule: {length: 4it}\nreset: {step: 1it}\n"
    ),
}
HOW = "logger=none cluster=debug store=store experiment=mine optimizer.lr=0.1 data_dir=elsewhere"


@pytest.fixture
def parts(tmp_path):
    """A folder of parts, conf, and the module that they name beside it."""
    (tmp_path / "my_parts.py").write_text(MODULE)
    for name, text in FILES.items():
        path = tmp_path / "conf" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "conf"


def test_a_file_that_was_broken_since_is_no_choice(command, parts, capfd):
    assert command(f"--config-dir conf {HOW}").code == 0
    for name, text in {"wide": "defaults: [wide]", "tiny": "- a", "more": "defaults: 3"}.items():
        (parts / "model" / f"{name}.yaml").write_text(text)
    (curve,) = (parts.parent / "store" / "points").glob("*.json")
    capfd.readouterr()
    assert main(["show", curve.stem, "--json", "--store", str(parts.parent / "store")]) == 0
    words = shlex.split(json.loads(capfd.readouterr().out)["command"])
    assert {"model._target_=my_parts.tiny", "model.name=wide", "+model.channels=6"} <= {*words}


@pytest.mark.parametrize(
    ("option", "again"),
    [
        ("--config-dir conf", "--config-dir {parts}"),
        ("'hydra.searchpath=[file://conf]'", "--config-dir {parts}"),
        (
            "--config-dir conf/none 'hydra.searchpath=[file://conf,pkg://email]'",
            "--config-dir {parts}",
        ),
    ],
)
def test_the_command_that_is_shown_finds_the_curve_again(command, parts, capfd, option, again):
    (parts / "none").mkdir()
    assert command(f"{option} {HOW}").code == 0
    (curve,) = (parts.parent / "store" / "points").glob("*.json")
    capfd.readouterr()
    assert main(["show", curve.stem, "--json", "--store", str(parts.parent / "store")]) == 0
    shown = json.loads(capfd.readouterr().out)["command"]
    python, launch, *words = shlex.split(shown)
    assert (python, launch) == ("python", str(LAUNCH))  # no launch.py lies here
    assert words[-1] == f"data_dir={parts.parent}/elsewhere"
    assert shlex.join(words).startswith(again.format(parts=parts) + " dataset=digits ")
    assert {"model=wide", "optimizer=steady", "optimizer.lr=0.1"} <= {*words}
    assert not any(word.startswith("model.") for word in words)
    result = command(shlex.join([*words, "store=store", "action=plan"]))
    assert "0 trainings to run (2 already done)" in result.out
