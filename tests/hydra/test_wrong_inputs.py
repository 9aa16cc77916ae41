"""Tests wrong command lines: a sentence per mistake, exit code 2, and nothing begun."""

import shlex

import numpy as np
import pytest

from ltsweep.cli.actions import perform
from ltsweep.foundations.errors import RequestError
from ltsweep.hydra.check import check_command_line
from ltsweep.hydra.options import read_options

from .. import made_up
from ..points import CONF, raw
from .wrong import METHODS, WRONG

NOWHERE = "dataset.mirror=http://127.0.0.1:9/"

pytestmark = pytest.mark.usefixtures("one_composer")


@pytest.mark.parametrize("words", WRONG)
def test_a_wrong_request_is_refused_in_words(words, tmp_path, monkeypatch):
    """What launch.py does, without Hydra's own two compositions in between."""
    monkeypatch.chdir(tmp_path)
    arguments = shlex.split(words)
    with pytest.raises(RequestError) as wrong:
        check_command_line(CONF, read_options(arguments)[1])
        lines = [word for word in arguments if word != "-m"]
        monkeypatch.setattr(RequestError, "tell", _raise)
        perform(raw(*lines), None)
    _compare(wrong.value.problems, WRONG[words])
    assert list(tmp_path.iterdir()) == []


def _raise(error):
    raise error


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("'seed=???'", "seed: Missing mandatory value: seed"),
        ("'data_dir=${nothing}'", "data_dir: Interpolation key 'nothing' not found"),
        ("'seed=${oc.env:NOT_SET}'", "seed: \"Environment variable 'NOT_SET' not found\""),
        ("'hydra.sweeper.params={seed:-1}'", "seed=-1 must be a whole number from 0 to 2147483647"),
        ("levels=-1", "levels=-1 must be a whole number from 0 to 200"),
        ("levls=1", "levls is not a setting (did you mean levels?)..."),
    ],
)
def test_nothing_is_left_of_a_wrong_request_but_the_sentence(command, words, problem):
    result = command(words)
    _compare(result.problems, [problem])
    assert (result.code, result.out, result.left) == (2, "", [])


def test_real_commands_end_the_same_way(processes, command):
    """The first of them in a process of its own."""
    first, *others = (
        "dataset=foo",
        "levls=4",
        "quickstart",
        "optimizer.lr=",
        "pruning.fraction=-0.1",
        "batch_size=1171",
        "jobs=0 pack=-1",
        "store=/etc/passwd/store",
        "hydra/launcher=basic",
        "hydra.mode=RUN",
        "optimizer=sgd,adam optimizer.momentum=0.9",
        "optimizer._target_=nope.foo",
    )
    for words in others:
        _check(words, command(words))
    _check(first, *processes(first, warm=False))


def _check(words, result):
    _compare(result.problems, WRONG[words])
    assert (result.code, result.out, result.left) == (2, "", []), words


def test_an_unknown_option_is_refused(command):
    result = command("--foo")
    assert result.code == 2
    assert "unrecognized arguments: --foo" in result.err


def test_missing_data_are_named_with_where_they_are_looked_for(command):
    result = command(f"dataset=mnist data_dir=empty {NOWHERE} optimizer.lrr=3 seed=-1")
    assert result.code == 2
    key, seed, missing = [line for line in result.err.splitlines() if line.startswith("ltsweep")]
    assert missing.startswith("ltsweep: dataset=mnist: train-images-idx3-ubyte.gz, ")
    assert f"{result.directory}/empty/MNIST/raw" in missing
    assert "optimizer.lrr" in key and "seed=-1" in seed


def test_data_are_not_looked_for_while_it_is_open_what_is_asked_for(command):
    result = command(f"dataset=mnist data_dir=empty {NOWHERE} levls=3")
    assert len(result.problems) == 1
    assert result.left == []


def test_damaged_data_are_named(command, tmp_path):
    folder = tmp_path / "data" / "FashionMNIST" / "raw"
    folder.mkdir(parents=True)
    for part in ("train", "t10k"):
        for kind in ("images-idx3", "labels-idx1"):
            (folder / f"{part}-{kind}-ubyte").write_bytes(b"no idx file")
    result = command("dataset=fashion_mnist")
    assert result.code == 2
    (problem,) = result.problems
    assert problem.startswith(f"dataset=fashion_mnist: {folder}/train-images-idx3-ubyte is not an")


SHAPES = "a ticket keeps its shapes: {} of model={} is {} on digits and {} on mine; choose {}"


@pytest.mark.parametrize(
    ("arrays", "words", "problem"),
    [
        (
            made_up.arrays(1, 5, 6),
            "",
            SHAPES.format(
                *("fc1.weight", "lenet_300_100", "300x64", "300x30"),
                "input=resize, input=pad, or a model that ends in global average pooling",
            ),
        ),
        (
            made_up.arrays(3, 8, 8),
            "model=conv2",
            SHAPES.format(
                *("conv1.weight", "conv2", "64x1x3x3", "64x3x3x3", "input.channels=luma")
            ),
        ),
        (
            made_up.arrays(1, 5, 6),
            "model=conv6",
            "model=conv6 does not suit mine (1x5x6): conv6 needs images of at least 8x8 pixels, "
            "not 5x6; choose input=resize with input.size=8x8 or larger",
        ),
        (
            made_up.arrays(1, 8, 8, classes=5),
            "transfer.head=source",
            "transfer.head=source needs as many classes: digits has 10 and mine 5; "
            "transfer.head=fresh draws a head for each",
        ),
        (
            made_up.arrays(1, 8, 8, examples=19),
            "target.half=a batch_size=2",
            "target.half=a needs two training images or more of each class, but mine has 1 of "
            "class 9",
        ),
    ],
    ids=["a linear layer", "a first layer", "too small", "classes", "half an image"],
)
def test_a_target_that_does_not_fit_is_refused_in_a_sentence(command, arrays, words, problem):
    np.savez("mine.npz", **arrays)
    chosen = "dataset@target=arrays target.name=mine target.path=mine.npz data_dir=. batch_size=9"
    result = command(f"{chosen} method=imp {words}")
    assert (result.code, result.problems, result.out) == (2, [problem], "")
    assert result.left == ["mine.npz"]


def test_a_module_that_ends_the_program_is_named(command, tmp_path):
    (tmp_path / "leaving.py").write_text("import sys\nsys.exit(3)\n")
    result = command("pruning._target_=leaving.score")
    assert (result.code, result.problems) == (
        2,
        [
            "pruning._target_: cannot import 'leaving.score': SystemExit: 3 "
            f"({tmp_path}/leaving.py, line 2)"
        ],
    )


def test_cuda_is_refused_where_there_is_none(command, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert command("device=cuda").problems == [
        "device=cuda needs a GPU, and torch sees none here; use device=cpu"
    ]


def test_a_mistake_in_an_experiment_file_is_told_like_one_on_the_command_line(command, tmp_path):
    folder = tmp_path / "conf" / "experiment"
    folder.mkdir(parents=True)
    text = "# @package _global_\nhydra:\n  sweeper:\n    params:\n      {}\n"
    (folder / "mine.yaml").write_text(text.format("levls: 1,2\n      method: imp,xyz"))
    (folder / "torn.yaml").write_text("optimizer:\n  lr: 1\n levels: 2\n")
    _compare(
        command("--config-dir conf experiment=mine").problems,
        [f"method=xyz is unknown; {METHODS}", "levls is not a setting (did you mean..."],
    )
    _compare(
        command("--config-dir conf experiment=torn").problems,
        [f"{folder}/torn.yaml cannot be read: while parsing a block mapping in..."],
    )


def test_an_error_of_our_own_keeps_its_traceback_and_is_not_blamed_on_the_request(
    command, monkeypatch
):
    def broken(*_):
        raise KeyError("a bug")

    monkeypatch.setattr("ltsweep.cli.actions.make_plan", broken)
    with pytest.raises(KeyError, match="a bug"):
        command("action=plan")


@pytest.mark.parametrize("code", [1, 130])
def test_the_exit_code_of_a_sweep_is_that_of_the_process(command, monkeypatch, code):
    monkeypatch.setattr("ltsweep.cli.actions.perform", lambda *_: code)
    assert command("seed=0,1").code == code
    assert command("hydra/sweeper=basic seed=0,1").code == code


def _compare(told, wanted):
    assert len(told) == len(wanted), told
    for sentence, expected in zip(told, wanted, strict=True):
        if expected.endswith("..."):
            assert sentence.startswith(expected.removesuffix("..."))
        else:
            assert sentence == expected
