"""The command that reproduces a curve is composed again, and must make the same point."""

import shlex
from pathlib import Path

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import QuotedString

from ltsweep.hydra.check import check_command_line
from ltsweep.hydra.options import read_options
from ltsweep.steer.reproduce import command, literal

from .. import remembered
from ..points import CONF, plan


@pytest.mark.parametrize(
    "lines",
    [
        (),
        ("method=dense", "seed=3"),
        ("method=random_mask", "init@control_init=xavier_normal", "control_init.scale=2"),
        ("method=random_reinit", "init@control_init=null", "init.scale=0.5"),
        ("model.hidden=[30,10]", "dataset.mean=[0.25]", "batch_size=60"),
        ("optimizer=adam", "optimizer.betas=[0.8,0.9]", "optimizer.eps=1e-7", "precision=bf16"),
        ("schedule=milestones", "schedule.at=[0.25,0.75]", "schedule.length=20ep"),
        ("pruning=magnitude_layerwise", "pruning.output_fraction=null", "pruning.fraction=0.3"),
        ("pruning.layers={out*:half,@first:0,*:0.3}", "pruning.schedule=oneshot"),
        ("reset=init", "reset.step=7it", "reset.schedule=restart"),
        ("reset.optimizer=snapshot", "method=erk", "method.weights=source"),
        ("method=finetune",),
        ("method=finetune", "method.lr=0.003"),
        ("method=finetune", "method.lr=null"),
        ("method=rigl", "method.drop=0.5", "method.start=uniform", "method.every=2ep"),
        ("method=gradual", "method.begin=0", "method.end=1", "~method.every_at_most"),
        ("dataset=fashion_mnist", "optimizer.nesterov=true", "optimizer.lr=1e-3", "levels=0"),
        (
            "optimizer._target_=odd_or_not.slow_or_not",
            "~optimizer.momentum",
            "~optimizer.nesterov",
            "~optimizer.weight_decay",
            "+optimizer.notes={a:'it\\'s, [1]',b:[null,true,'true','1e3','']}",
            "optimizer.name=mine",
        ),
        ("report.delta=0.5", "report.densities=[0.5,0.25]"),
        (
            *("dataset=arrays", "dataset.path='/a b/mine.npz'", "dataset.name=mine"),
            *("dataset.layout=channels_last", "dataset.mean=[0.5]", "dataset.std=[0.5]"),
        ),
        ("input=resize", "input.size=14x9", "input.channels=luma"),
        ("dataset.classes=[3,1]", "dataset.half=b", "dataset.per_class=7", "dataset.kin=[mnist]"),
    ],
)
def test_the_command_makes_the_same_point(
    lines: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "odd_or_not.py").write_text(
        "def slow_or_not(parameters, *, lr: float, notes: dict = {}): ...\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr("ltsweep.hydra.check.Composer", remembered.composer)
    made = plan(*lines)
    record = made.points[0].record(None)
    python, launch, *words = shlex.split(command(record))
    assert (python, launch) == ("python", "launch.py")
    again = plan(*words)
    assert [point.record(None) for point in again.points] == [record]
    check_command_line(CONF, read_options([*words, f"store={tmp_path}"])[1])


def test_only_what_differs_from_the_groups_is_said() -> None:
    record = plan("optimizer=adam", "optimizer.lr=0.1", "levels=2").points[0].record(None)
    assert command(record) == (
        "python launch.py dataset=digits init=kaiming_normal input=native method=imp "
        "model=lenet_300_100 numbers=plain objective=cross_entropy optimizer=adam optimizer.lr=0.1 "
        "pruning=magnitude_global reset=late schedule=constant batch_size=64 levels=2 "
        "norm_statistics=running precision=fp32 seed=0 strategy=auto"
    )


def test_settings_that_a_file_takes_in_from_another_count_as_its_own() -> None:
    record = plan("dataset=cifar10", "dataset.crop=0", "dataset.examples=9").points[0].record(None)
    words = [word for word in shlex.split(command(record)) if word.startswith("dataset")]
    assert words == ["dataset=cifar10", "dataset.crop=0", "dataset.examples=9"]


@pytest.mark.parametrize(
    "value",
    [
        *(None, True, False, 0, -3, 0.1, 1e-7, -2.5, 1e22),
        *("", " ", "a b", "it's", '"', "\\", "\\'", "a\\\\'b"),
        *("null", "True", "nan", "12", "1e3", "1_000", "400it", "a=b", "a,b", "[1]", "{a:1}", "#"),
        *("ltsweep.x.y", "C:\\dir\\", "a\\\\", "(x)", "é", "-5", "~x", "+1", "range(3)"),
        *("/", "/a/b", "//c", "a b/c"),
        [1, "a", [None, "b c"], {"k": [True, "false"]}],
    ],
)
def test_literals_are_read_back_as_they_were(value: object) -> None:
    (override,) = OverridesParser.create().parse_overrides([f"key={literal(value)}"])
    assert not override.is_sweep_override()
    read = override.value()
    assert _plain(read) == value and type(_plain(read)) is type(value)


def _plain(value: object) -> object:
    """Without the quotes that Hydra remembers."""
    if isinstance(value, QuotedString):
        return value.text
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if isinstance(value, dict):
        return {_plain(key): _plain(part) for key, part in value.items()}
    return value
