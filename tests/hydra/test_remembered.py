"""What the tests remember of conf/ is what Hydra would compose anew, and stays as it is."""

import pytest
from hydra._internal import config_loader_impl, defaults_list
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.config_repository import ConfigRepository
from hydra.errors import ConfigCompositionException
from hydra.types import RunMode
from omegaconf import OmegaConf

from .. import remembered
from ..composing import Composing
from ..points import composer


def compose(*lines):
    return composer().loader.load_configuration("config", [*lines], RunMode.RUN)


@pytest.mark.parametrize(
    "lines",
    [
        (),
        ("optimizer=adam", "optimizer.lr=0.1", "seed=3"),
        ("experiment=quickstart", "init@control_init=xavier_normal", "~optimizer.momentum"),
        ("experiment=morcos2019_datasets", "size=paper", "method=erk", "dataset@target=cifar10"),
    ],
)
def test_it_is_what_hydra_composes(lines, monkeypatch):
    compose(*lines[:1], "seed=4")
    first, again = compose(*lines), compose(*lines)
    for place, name, anew in (
        (ConfigLoaderImpl, "_compose_config_from_defaults_list", remembered.merge_anew),
        (config_loader_impl, "create_defaults_list", remembered.find_anew),
        (defaults_list, "_create_interpolation_map", remembered.map_anew),
        (ConfigRepository, "load_config", remembered.load_anew),
    ):
        monkeypatch.setattr(place, name, anew)
    anew = compose(*lines)
    assert repr(OmegaConf.to_container(first)) == repr(OmegaConf.to_container(again))
    assert repr(OmegaConf.to_container(again)) == repr(OmegaConf.to_container(anew))  # in order
    for one in (again, anew):
        assert OmegaConf.is_struct(one) and not OmegaConf.is_readonly(one.hydra)
        assert OmegaConf.get_type(one, "hydra") is OmegaConf.get_type(anew, "hydra")


@pytest.mark.parametrize(
    "lines",
    [
        ("levels=3", "levels=4", "model.hidden=[60,20]", "store=/a/b", "optimizer.lr=1e-3"),
        ("method=imp,erk", "seed=0,1", "pruning.fraction=0.4", "dataset.classes=null"),
        ("reset={step:3it}", "reset.step=4it", "reset.schedule=restart", "~optimizer.momentum"),
        ("model=resnet20", "model.width=2", "model.blocks=[1]", "+pruning.power=2"),
        ("reset.step=7it", "schedule.warmup=${reset.step}", "seed=2", "method=dense,imp"),
        ("dataset@target=digits", "target.half=b", "init.scale=2,1.5", "data_dir='a b'"),
        ("seed=range(3)", "model.hidden=[3],[4,5]", "method=erk,imp", "seed=4", "levels=1"),
    ],
)
def test_values_that_are_put_in_are_those_that_hydra_would_set(lines):
    composing = Composing(composer())
    composing.configs(*lines[:1], "seed=5")
    found = composing.configs(*lines)
    assert found == composing.configs(*lines) == composing.anew(lines)


def test_of_several_lines_for_one_setting_the_last_counts():
    configs = Composing(composer()).configs("seed=0,1", "levels=3", "seed=2", "levels=4,5")
    assert [(config["seed"], config["levels"]) for config in configs] == [(2, 4), (2, 5)]


def test_a_setting_that_is_not_there_is_hydras_matter():
    composing = Composing(composer())
    for lines in (["levls=3"], ["model=conv2", "model.hidden=[3]"]):
        with pytest.raises(ConfigCompositionException, match=r"levls|hidden"):
            composing.configs(*lines)


def test_nobody_changes_it():
    compose("seed=3").optimizer.lr = 7
    assert (compose().seed, compose().optimizer.lr) == (0, 0.05)


def test_what_is_no_setting_is_refused_each_time():
    for _ in range(2):
        with pytest.raises(ConfigCompositionException, match="levls"):
            compose("levls=3")


def test_a_folder_of_ones_own_is_read_each_time(tmp_path):
    for levels in (2, 3):
        (tmp_path / "experiment").mkdir(exist_ok=True)
        (tmp_path / "experiment" / "my.yaml").write_text(f"# @package _global_\nlevels: {levels}\n")
        found = compose(f"hydra.searchpath=[file://{tmp_path}]", "experiment=my")
        assert found.levels == levels
