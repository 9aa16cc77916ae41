"""Tests when a module is compiled, and that compiled steps are those of the module itself."""

import os

import pytest
import torch

from ltsweep.foundations.components import bind
from ltsweep.train import compiled
from ltsweep.train.compiled import is_compiled
from ltsweep.train.one_by_one import OneByOne
from ltsweep.train.recipe import Recipe

from .conftest import Ground

CPU, GPU = torch.device("cpu"), torch.device("cuda")


@pytest.fixture
def installed(monkeypatch, tmp_path):
    """Decides which programs there are; nothing is remembered from another test."""
    compiled._has_compiler.cache_clear()
    for name in ("CC", "CXX"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(compiled.sysconfig, "get_path", lambda name: str(tmp_path))

    def install(*names):
        for name in names:
            (tmp_path / name).write_text("#!/bin/sh\n")
            (tmp_path / name).chmod(0o755)

    yield install
    compiled._has_compiler.cache_clear()


def long(ground):
    """A replicate that sees a million examples: 6,667 epochs of 150."""
    return ground.replicate(stop=3 * 6667, batch_size=64)


def test_long_bf16_trainings_of_nets_with_batch_norm_are_compiled(resnet, conv2, installed):
    installed("g++", "Python.h")
    assert is_compiled(resnet.module, long(resnet), CPU, "bf16")
    assert not is_compiled(resnet.module, long(resnet), CPU, "fp32")
    assert not is_compiled(resnet.module, long(resnet), GPU, "bf16")
    assert not is_compiled(resnet.module, resnet.replicate(stop=3 * 6666), CPU, "bf16")
    assert not is_compiled(conv2.module, long(conv2), CPU, "bf16")


def test_a_replicate_that_begins_late_runs_as_the_others_do(resnet, installed):
    installed("g++", "Python.h")
    late = long(resnet)
    late.step = late.stop - 1
    assert is_compiled(resnet.module, late, CPU, "bf16")


def very_long(ground):
    """As many examples as pay for compiling on a GPU."""
    return ground.replicate(stop=3 * 200_000, batch_size=64)


@pytest.mark.parametrize(
    ("device", "there", "said"),
    [
        (CPU, ["Python.h"], "no C++ compiler (g++, clang++ or the variable CXX)"),
        (CPU, ["gcc", "Python.h"], "no C++ compiler (g++, clang++ or the variable CXX)"),
        (GPU, ["g++", "Python.h"], "no C compiler (gcc, clang or the variable CC)"),
        (CPU, ["clang++"], "no {}/Python.h, which comes with Python's development files"),
        (GPU, ["gcc"], "no {}/Python.h, which comes with Python's development files"),
    ],
)
def test_what_compiling_needs_and_is_not_there_is_said_once(
    resnet, installed, capsys, tmp_path, device, there, said
):
    installed(*there)
    for _ in range(2):
        assert not is_compiled(resnet.module, very_long(resnet), device, "bf16")
    assert capsys.readouterr().out == f"{said.format(tmp_path)}: training runs uncompiled\n"


@pytest.mark.parametrize("there", [("gcc",), ("clang",), ("mine",)])
def test_triton_needs_a_c_compiler(resnet, installed, monkeypatch, there):
    installed(*there, "Python.h")
    monkeypatch.setenv("CC", "mine")
    assert is_compiled(resnet.module, very_long(resnet), GPU, "bf16")


@pytest.fixture
def one_stage():
    """As little as has batch norm and a shortcut, since compiling takes its time."""
    return Ground(bind("ltsweep.models.resnet", {"blocks": (1,), "width": 4}), (3, 4, 4))


@pytest.mark.process
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of torch's own compiler
def test_compiled_steps_agree_with_the_module_and_do_not_depend_on_the_pack(
    one_stage, monkeypatch, tmp_path
):
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr("torch._inductor.config.compile_threads", 1)  # no pool of processes
    monkeypatch.setattr("torch._inductor.config.cpp.vec_isa_ok", True)  # believed, not tried out

    def one():
        return one_stage.replicate(stop=2)

    def train(*pack):
        how = {"norm_statistics": "recalibrated", "evaluation_precision": "fp32"}
        return one_stage.train(pack, "bf16", **how)["seed 0"]

    plain = train(one())
    monkeypatch.setattr("ltsweep.train.one_by_one.is_compiled", lambda *_: True)
    assert (
        OneByOne(one_stage.module, [one()], one_stage.data, Recipe("bf16")).name == "loop, compiled"
    )
    alone = train(one())
    assert list(tmp_path.rglob("*.so"))
    alone.assert_same(train(one_stage.replicate(1, stop=2), one()))
    assert alone.state.keys() == plain.state.keys()
    for name, value in plain.state.items():
        torch.testing.assert_close(alone.state[name], value, rtol=0.02, atol=0.01)
    assert alone.state["norm.num_batches_tracked"] == 2
    torch.testing.assert_close(alone.loss, plain.loss, rtol=0.01, atol=0)


def test_a_shared_cache_is_the_users_own(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", "theirs")
    compiled._share_cache()
    assert compiled.os.environ["TORCHINDUCTOR_CACHE_DIR"] == "theirs"
    monkeypatch.delenv("TORCHINDUCTOR_CACHE_DIR")
    compiled._share_cache()
    assert compiled.os.environ["TORCHINDUCTOR_CACHE_DIR"] == str(tmp_path / "ltsweep/compiled")
    monkeypatch.undo()


@pytest.mark.parametrize("cache", [None, ""])
def test_a_user_without_a_home_directory_has_torchs_place_for_compiled_code(monkeypatch, cache):
    def nowhere():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr("pathlib.Path.home", nowhere)
    monkeypatch.delenv("TORCHINDUCTOR_CACHE_DIR", raising=False)
    if cache is None:
        monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    else:
        monkeypatch.setenv("XDG_CACHE_HOME", cache)
    compiled._share_cache()
    assert "TORCHINDUCTOR_CACHE_DIR" not in os.environ
