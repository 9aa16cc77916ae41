"""Tests selections beyond one product: grids, axes that advance together, exclusions."""

import json

import pytest

from ltsweep.foundations.errors import RequestError
from ltsweep.hydra.compose import Composer
from ltsweep.hydra.conf import SelectionConf
from ltsweep.hydra.selection import Selection

from ..points import composer


def selected(*given, **conf):
    """(method, seed, reset step, learning rate) of each point, and the notices."""
    selection = Selection.of(SelectionConf(**conf), composer().parse(given), composer())
    points, notices = selection.points(composer())
    return [
        (p["method"]["name"], p["seed"], p["reset"]["step"], p["optimizer"]["lr"]) for p in points
    ], notices


METHODS = {"method": "imp,random_mask"}
STEPS = {"reset.step": "0it,20it"}


@pytest.mark.parametrize(
    ("rules", "left"),
    [
        ([{"method": "imp", "reset.step": "0it"}], "imp 20it, random_mask 0it, random_mask 20it"),
        ([{"method": "imp"}], "random_mask 0it, random_mask 20it"),
        ([{"method": "imp,dense", "reset.step": "0it,20it"}], "random_mask 0it, random_mask 20it"),
        ([{"method": "glob(random*)"}, {"reset.step": "0it"}], "imp 20it"),
        ([{"seed": 0, "optimizer": "sgd", "reset.step": "20it"}], "imp 0it, random_mask 0it"),
        ([{"init@control_init": None, "method": "imp"}], "random_mask 0it, random_mask 20it"),
        ([{"batch_size": 64.0, "method": "random_mask"}], "imp 0it, imp 20it"),
        ([{"model.hidden": [300, 100], "reset.step": "0it"}], "imp 20it, random_mask 20it"),
    ],
)
def test_points_that_match_all_of_a_rule_are_left_out(rules, left):
    points, notices = selected(params=METHODS | STEPS, exclude=rules)
    assert ", ".join(f"{method} {step}" for method, _, step, _ in points) == left
    assert notices == []


def test_a_rule_that_excludes_nothing_is_noticed():
    rules = [{"method": "dense", "seed": 0}, {"method": "imp"}, {"optimizer.betas": [0.9, 0.99]}]
    assert selected(params=METHODS, exclude=rules)[1] == [
        "exclude: no point matches {method: dense, seed: 0}",
        "exclude: no point matches {optimizer.betas: [0.9,0.99]}",
    ]


def test_a_sweep_of_no_points_is_refused():
    with pytest.raises(RequestError, match="exclude leaves no point"):
        selected(params=METHODS, exclude=[{"seed": 0}])


@pytest.mark.parametrize(
    ("axes", "zips", "points"),
    [
        (
            {"optimizer.lr": "0.1,0.2", "reset.step": "0it,5it"},
            [["reset.step", "optimizer.lr"]],
            ["imp 0it 0.1", "imp 5it 0.2"],
        ),
        (
            {"method": "imp,dense", "seed": "0,1", "reset.step": "0it,5it"},
            [["method", "reset.step"]],
            ["imp 0it 0.05", "imp 0it 0.05", "dense 5it 0.05", "dense 5it 0.05"],
        ),
        (
            {"method": "imp,dense", "reset.step": "0it,5it", "optimizer": "adam,sgd"},
            [["optimizer", "method", "reset.step"]],
            ["imp 0it 0.0012", "dense 5it 0.05"],
        ),
    ],
)
def test_zipped_axes_advance_together(axes, zips, points):
    found, _ = selected(params=axes, zip=zips)
    assert [f"{method} {step} {lr}" for method, _, step, lr in found] == points


def test_grids_are_united_and_share_the_other_axes():
    grids = [{"method": "imp", "reset.step": "0it,20it"}, {"method": "random_mask", "seed": 5}]
    found, _ = selected(params={"seed": "0,1"}, grids=grids)
    assert [point[:3] for point in found] == [
        ("imp", 0, "0it"),
        ("imp", 0, "20it"),
        ("imp", 1, "0it"),
        ("imp", 1, "20it"),
        ("random_mask", 5, "20it"),
    ]


def test_the_command_line_replaces_axes_of_every_grid():
    grids = [{"method": "imp", "seed": "0,1"}, {"method": "random_mask", "seed": "0,1"}]
    found, _ = selected("seed=7", grids=grids)
    assert [point[:2] for point in found] == [("imp", 7), ("random_mask", 7)]


def test_a_setting_of_one_choice_is_an_axis_of_its_grid():
    grids = [{"optimizer": "adam", "optimizer.eps": "1e-8,1e-6"}, {"optimizer.momentum": "0,0.9"}]
    assert len(selected(grids=grids)[0]) == 4


def test_composition_is_once_per_choice_where_axes_are_zipped_too(monkeypatch):
    calls = []
    compose = Composer.compose
    monkeypatch.setattr(
        Composer, "compose", lambda self, lines: calls.append(lines) or compose(self, lines)
    )
    axes = {"method": "imp,dense,random_mask", "seed": "range(100)", "optimizer": "sgd,adam,sgd"}
    assert len(selected(params=axes, zip=[["method", "optimizer"]])[0]) == 300
    assert len(calls) == 1 + 2 + 1


EXPERIMENT = """\
# @package _global_
levels: 1
hydra:
  sweeper:
    params:
      seed: 0,1
    grids:
      - {method: imp, model: 'lenet_300_100,conv2', optimizer.lr: '0.1,0.2'}
      - {method: 'imp,random_mask', seed: '0,2'}
    zip: [[model, optimizer.lr]]
    exclude:
      - {method: random_mask, seed: 2}
      - {seed: 9}
"""


def test_an_experiment_file_has_all_of_them(command, tmp_path):
    (tmp_path / "conf" / "experiment").mkdir(parents=True)
    (tmp_path / "conf" / "experiment" / "mine.yaml").write_text(EXPERIMENT)
    result = command("--config-dir conf experiment=mine action=plan")
    plan = json.loads((tmp_path / "store" / "plan.json").read_text())
    assert plan["points"] == 2 * 2 + 2 + 1
    assert "note: exclude: no point matches {seed: 9}" in result.out.splitlines()
    command("--config-dir conf experiment=mine action=plan seed=1 'hydra.sweeper.exclude=[]'")
    assert json.loads((tmp_path / "store" / "plan.json").read_text())["points"] == 2 + 2


def test_an_experiment_file_without_its_first_line(command, tmp_path):
    (tmp_path / "conf" / "experiment").mkdir(parents=True)
    text = EXPERIMENT.partition("\n")[2]
    (tmp_path / "conf" / "experiment" / "mine.yaml").write_text(text)
    result = command("--config-dir conf experiment=mine action=plan")
    assert (result.code, result.err) == (
        2,
        f"ltsweep: {tmp_path}/conf/experiment/mine.yaml: its first line must be "
        "'# @package _global_', for its settings to be the sweep's\n",
    )


def test_equal_points_of_several_grids_are_one(command, tmp_path):
    command('action=plan levels=1 \'hydra.sweeper.grids=[{seed:"0,1"},{seed:"1,2"}]\'')
    assert json.loads((tmp_path / "store" / "plan.json").read_text())["points"] == 3


def test_a_target_may_have_values_in_the_file_and_others_as_axes(command, tmp_path):
    (tmp_path / "conf" / "experiment").mkdir(parents=True)
    head = "# @package _global_\nlevels: 1\ntarget: {validation: 60}\n"
    params = "{dataset.validation: 60, target.half: 'a,b'}"
    text = f"{head}hydra: {{sweeper: {{params: {params}}}}}\n"
    (tmp_path / "conf" / "experiment" / "mine.yaml").write_text(text)
    result = command("--config-dir conf experiment=mine action=plan")
    assert (result.code, result.err) == (0, "")
    assert json.loads((tmp_path / "store" / "plan.json").read_text())["points"] == 2
    wrong = command("--config-dir conf experiment=mine target.halves=a action=plan")
    assert "target.halves is not a setting" in wrong.err
