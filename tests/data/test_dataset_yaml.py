"""Tests conf/dataset/*.yaml: each has all settings of a dataset, and only what its loader takes."""

import importlib
import inspect
import re
from pathlib import Path

import pytest
import yaml

from ltsweep.config.components import Dataset
from ltsweep.data.embedded import digits
from ltsweep.hydra.compose import Composer, plain

from ..points import composer, raw

FOLDER = Path(__file__).parents[2] / "conf" / "dataset"
FILES = sorted(FOLDER.glob("*.yaml"))
COMMON = {field.alias or name for name, field in Dataset.model_fields.items()}


def composed(name):
    (point,) = raw(f"dataset={name}")
    return point["dataset"]


def loader_of(target):
    module, _, name = target.rpartition(".")
    return getattr(importlib.import_module(module), name)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_yaml_fits_its_loader(path):
    config = composed(path.stem)
    assert set(config) >= COMMON
    assert config["name"] == path.stem
    parameters = inspect.signature(loader_of(config["_target_"])).parameters
    assert list(parameters)[0] == "data_dir"
    own = {key: value for key, value in config.items() if key not in COMMON}
    assert own == {name: parameters[name].default for name in list(parameters)[1:]}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_header_says_what_it_is(path):
    first = path.read_text().splitlines()[0]
    assert first.startswith("# ") and "classes" in first


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_kin_are_datasets_of_conf(path):
    assert set(composed(path.stem)["kin"]) <= {other.stem for other in FILES} - {path.stem}


def test_the_page_about_datasets_has_a_row_for_each():
    text = (FOLDER.parents[1] / "docs" / "datasets.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \|(?:.*\|){5} ?(.*) \|$", text, re.MULTILINE)
    assert [name for name, _ in rows] == [path.stem for path in FILES]
    for name, kin in rows:
        assert re.findall(r"\w+", kin) == composed(name)["kin"]


def test_mean_and_std_of_digits():
    config = composed("digits")
    scaled = digits(Path()).train_images / config["white"]
    assert config["mean"] == [round(float(scaled.mean()), 4)]
    assert config["std"] == [round(float(scaled.std()), 4)]


def test_a_file_of_the_users_own_takes_the_usual_settings_in_or_has_all_itself(tmp_path):
    folder = tmp_path / "dataset"
    folder.mkdir()
    everything = {**composed("digits"), "crop": 1, "examples": 100}
    usual = ("split_seed", "flip")
    some = {key: value for key, value in everything.items() if key not in usual}
    some["defaults"] = ["/usual_dataset@_here_", "_self_"]
    for name, content in (("whole", everything), ("short", some)):
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(content))
    made = Composer(composer().loader, "config", (f"hydra.searchpath=[file://{tmp_path}]",))
    for name in ("whole", "short"):
        assert plain(made.compose([f"dataset={name}"]))["dataset"] == everything
    assert "usual_dataset" not in made.options("dataset")
