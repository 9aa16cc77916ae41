"""Files that write hydra.sweeper or hydra.searchpath wrongly: the file is named, in a sentence."""

import warnings

import pytest

from ltsweep.foundations.errors import RequestError
from ltsweep.hydra.check import check_command_line
from ltsweep.hydra.options import read_options

from ..points import CONF

EXPERIMENT = "# @package _global_\nhydra:\n  sweeper:\n    "


def problems(*words):
    with pytest.raises(RequestError) as wrong, warnings.catch_warnings():
        warnings.simplefilter("error")
        check_command_line(CONF, read_options([*words])[1])
    return wrong.value.problems


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("zip: [a, b]", "hydra.sweeper.zip=[a,b] must be a list of lists of axes, such as ..."),
        ("params: {seed: [0, 1]}", "hydra.sweeper.params={seed:[0,1]} must be settings and their"),
        ("grids: {seed: 0}", "hydra.sweeper.grids={seed:0} must be a list of settings and their"),
        ("exclude: [imp]", "hydra.sweeper.exclude=[imp] must be a list of settings that a point"),
    ],
)
def test_a_file_that_selects_in_the_wrong_form_is_named(tmp_path, line, told):
    path = tmp_path / "experiment" / "mine.yaml"
    path.parent.mkdir()
    path.write_text(f"{EXPERIMENT}{line}\n")
    (problem,) = problems("--config-dir", str(tmp_path), "experiment=mine")
    assert problem.startswith(f"{path}: {told.removesuffix('...')}")


def test_a_configuration_of_ones_own_names_places_that_are_there(tmp_path):
    (tmp_path / "mine.yaml").write_text(
        "defaults: [config, _self_]\nhydra:\n  searchpath: [/no/such, pkg://no.such]\n"
    )
    assert problems("--config-dir", str(tmp_path), "--config-name", "mine") == [
        "hydra.searchpath: /no/such is not a directory",
        "hydra.searchpath: there is no package no.such, a folder with __init__.py",
    ]
