"""Tests conf/dataset/*.yaml: each names a loader, and only what that loader takes."""

import importlib
import inspect
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from ltsweep.data.embedded import digits

FOLDER = Path(__file__).parents[2] / "conf" / "dataset"
FILES = sorted(FOLDER.glob("*.yaml"))
SPLIT = {"validation", "examples", "split_seed"}
COMMON = {"_target_", "name", "mean", "std", "white", "flip", "crop"} | SPLIT


def loader_of(target):
    module, _, name = target.rpartition(".")
    return getattr(importlib.import_module(module), name)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_yaml_fits_its_loader(path):
    config = OmegaConf.load(path)
    assert set(config) >= COMMON
    assert config.name == path.stem
    parameters = inspect.signature(loader_of(config._target_)).parameters
    assert list(parameters)[0] == "data_dir"
    own = {key: value for key, value in config.items() if key not in COMMON}
    assert own == {name: parameters[name].default for name in list(parameters)[1:]}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_header_says_what_it_is(path):
    first = path.read_text().splitlines()[0]
    assert first.startswith("# ") and "classes" in first


def test_mean_and_std_of_digits():
    config = OmegaConf.load(FOLDER / "digits.yaml")
    scaled = digits(Path()).train_images / config.white
    assert config.mean == [round(float(scaled.mean()), 4)]
    assert config.std == [round(float(scaled.std()), 4)]
