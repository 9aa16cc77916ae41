"""Tests that the command line works as Hydra's users expect, wherever it is typed."""

import json
import re

import pytest

from ltsweep.views.curves import columns

from ..points import choices
from .conftest import LAUNCH

pytestmark = pytest.mark.usefixtures("one_composer")

ISSUE = (
    "pruning=magnitude_global,magnitude_layerwise init.scale=0.5,1,2 reset.step=0it,20it "
    "seed=0,1,2 levels=2 action=plan"
)


# settings that are listed in their types
LISTED = {
    "action": ("plan", "submit", "status", "logs", "retry", "cancel", "report"),
    "precision": ("fp32", "bf16"),
    "device": ("auto", "cpu", "cuda"),
    "strategy": ("auto", "by_density", "stacked", "sparse", "loop"),
    "keep": ("needed", "all"),
    "wait": ("true", "false", "auto"),
    "logger.mode": ("auto", "offline", "online", "disabled"),
    "reset.schedule": ("resume", "restart"),
    "pruning.scope": ("global", "layerwise"),
    "dataset.flip": ("true", "false"),
    "optimizer.nesterov": ("true", "false"),
}


def plan_of(result):
    assert result.code == 0, result.err
    return json.loads((result.directory / "store" / "plan.json").read_text())


@pytest.mark.parametrize("multirun", ["-m ", ""])
def test_axes_make_their_product_with_or_without_m(command, multirun):
    plan = plan_of(command(multirun + ISSUE))
    dense, ladders = 3 * 3, 2 * 3 * 2 * 3
    assert plan["points"] == ladders
    assert plan["stages"] == plan["trainings"] == dense + 2 * ladders
    assert plan["trainings_without_sharing"] == 3 * ladders
    assert plan["jobs"] >= 1


def test_a_plan_is_printed_and_leaves_only_the_store(command):
    result = command("seed=0,1 levels=1 method=imp,random_mask report.densities=[0.8] action=plan")
    assert result.out.splitlines() == [
        "4 points need 6 unique stages",
        "6 trainings to run (0 already done)",
        "8 trainings without sharing: 2 saved",
        result.out.splitlines()[3],
        # three passes a step, 64 images each; tickets go on at step 20 of 400
        f"device-hours: unknown, no record of a like stage yet; {3 * 64 * 50_200 * 2360:.2g} "
        "multiply-adds as if dense, 6.3e-07 hours at 1e13 a second",
        "seeds: to bound arm minus dense within 1 pp, by the paired standard deviation over seeds "
        "(none is measured yet), takes 5 at 1 pp and 13 at 2 pp; this plan has 2, and a verdict "
        "takes 5",
        f"plan: {result.directory}/store/plan.json",
    ]
    (resource,) = plan_of(result)["resources"]
    assert result.out.splitlines()[3] == (
        f"cluster=local, {resource['device']}: 6 trainings in {resource['packs']} packs, "
        f"{resource['jobs']} jobs"
    )
    assert result.err == ""
    assert result.left == ["store"]
    assert list((result.directory / "store" / "stages").iterdir()) == []


@pytest.mark.parametrize(
    ("words", "points"),
    [
        ("seed=0", 1),
        ("seed=range(4)", 4),
        ("'seed=range(0,10,3)' levels=1", 4),
        ("'init.scale=range(0.5,2.5,0.5)'", 4),
        ("seed=0,0,1", 2),
        ("seed=0 seed=1,2", 2),
        ("batch_size=64,64.0", 1),
        ("'model.hidden=[30,10],[20]'", 2),
        ("optimizer=sgd,adam optimizer.lr=0.1,0.01", 4),
        ("optimizer=glob(*)", len(choices("optimizer"))),
        ("init@control_init=null,xavier_normal,kaiming_normal method=random_mask", 2),
        ("~init@control_init ~experiment", 1),
        ("target.half=b", 1),
        ("dataset.half=a,b target.half=a,b target_schedule.length=9it", 4),
        ("dataset@target=null,digits target.half=b optimizer@target_optimizer=sgd,adam", 2),
        ("schedule=milestones 'schedule.at=[0.5],[0.25,0.75]'", 2),
        ("++seed=3,4", 2),
        ("'reset={step:0it},{step:20it,schedule:restart}'", 2),
        ("'optimizer={lr:0.1}' optimizer.momentum=0,0.5", 2),
    ],
)
def test_ways_to_write_an_axis(command, words, points):
    assert plan_of(command(f"{words} action=plan levels=1"))["points"] == points


@pytest.mark.parametrize(
    ("words", "points"),
    [
        ("", 4 * 6),
        ("seed=0", 4),
        ("method=imp", 6),
        ("++seed=7,8", 4 * 2),
        ("optimizer=adam reset=init seed=0", 4),
    ],
)
def test_an_experiment_brings_its_axes_and_the_command_line_replaces_them(command, words, points):
    plan = plan_of(
        command(f"experiment=quickstart levels=1 report.densities=[0.8] action=plan {words}")
    )
    assert plan["points"] == points


def test_an_experiment_of_the_users_own_is_found_in_a_directory_of_his_own(command, tmp_path):
    folder = tmp_path / "conf" / "experiment"
    folder.mkdir(parents=True)
    (folder / "mine.yaml").write_text(
        "# @package _global_\nlevels: 3\nhydra:\n  sweeper:\n    params:\n      seed: 1,2\n"
    )
    for way in ("--config-dir conf", f"'hydra.searchpath=[file://{tmp_path}/conf]'"):
        assert plan_of(command(f"{way} experiment=mine action=plan"))["stages"] == 8


@pytest.mark.parametrize(
    "words",
    [
        "store=store --config-dir conf experiment=mine action=plan",
        "experiment=mine -cd conf action=plan",
        "-m experiment=mine --config-dir=conf action=plan seed=1,2",
        "experiment=mine action=plan --config-dir conf",
    ],
)
def test_options_stand_anywhere_among_the_overrides(command, tmp_path, words):
    folder = tmp_path / "conf" / "experiment"
    folder.mkdir(parents=True)
    (folder / "mine.yaml").write_text(
        "# @package _global_\nlevels: 3\nhydra:\n  sweeper:\n    params:\n      seed: 1,2\n"
    )
    assert plan_of(command(words))["stages"] == 8


def test_interpolations_follow_the_axes(command):
    words = "reset.step=0it,20it 'schedule.warmup=${reset.step}' method=dense action=plan"
    assert plan_of(command(words))["stages"] == 2  # two warm-ups, two dense trainings


def test_controls_can_be_drawn_from_another_init(command):
    words = "method=random_mask levels=1 action=plan init@control_init=xavier_normal"
    assert plan_of(command(f"{words} control_init.scale=0.5,1,2 seed=0,1"))["stages"] == 2 + 6


def test_another_sweeper_of_hydras_works_through_the_launcher(command):
    result = command("hydra/sweeper=basic seed=0,1 levels=1 action=plan")
    assert plan_of(result)["points"] == 2
    assert result.left == ["store"]
    assert (result.directory / "store" / "hydra" / "multirun.yaml").exists()


def test_hydras_own_directories_lie_in_the_store(command):
    result = command("--cfg hydra --package hydra.sweep")
    assert "dir: ${store}/hydra" in result.out


def test_help_names_groups_settings_and_examples(command):
    out = command("--help optimizer=adam").out
    for line in (
        f"dataset: {', '.join(choices('dataset'))}",
        f"method: {', '.join(choices('method'))}",
        "  betas:",
        "Exit codes: 0 done, 1 a stage failed, 2 the request is wrong, 130 interrupted.",
        "  python launch.py experiment=quickstart",
    ):
        assert line in out.splitlines()
    wide = [line.partition(":")[0] for line in out.splitlines() if len(line) > 120]
    # Hydra lists the names of a group in a line
    assert set(wide) <= {"experiment", "method", "pruning"}


def test_the_configuration_is_shown_and_nothing_is_run(command):
    result = command("--cfg job experiment=quickstart batch_size=32")
    assert {"levels: 15", "batch_size: 32", "  name: xavier_normal"} <= set(result.out.splitlines())
    assert "hydra:" not in result.out
    assert result.left == []


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("datas", {"dataset=", "dataset."}),
        ("dataset=", {f"dataset={name}" for name in choices("dataset")}),
        ("experiment=q", {"experiment=quickstart"}),
        ("optimizer=adam optimizer.b", {"optimizer.betas."}),
        ("lev", {"levels="}),
        ("seed=0,1 optimizer=sgd,adam lev", {"levels="}),
        ("optimizer.lr=", {"optimizer.lr=0.05"}),
        *((f"{key}=", {f"{key}={value}" for value in values}) for key, values in LISTED.items()),
        ("precision=b", {"precision=bf16"}),
        ("method=rigl method.start=", {"method.start=erk", "method.start=uniform"}),
        ("+keep=a", {"+keep=all"}),
        ("cluster=slurm cluster.name=", {"cluster.name=slurm"}),
        ("model=m --config-dir conf model=m", {"model=mine"}),
        ("--config-dir conf experiment=none precision=b", {"precision=bf16"}),
        ("experiment=torn lev --config-dir conf lev", set()),
        ("--config-dir c", set()),
        ("--config-dir", set()),
        ("--config-dir nowhere lev", set()),
        ("nope=", set()),
        ("=", set()),
    ],
)
def test_completion(command, monkeypatch, tmp_path, typed, offered):
    (tmp_path / "conf" / "model").mkdir(parents=True)
    (tmp_path / "conf" / "model" / "mine.yaml").write_text("name: mine\n")
    (tmp_path / "conf" / "experiment").mkdir()
    (tmp_path / "conf" / "experiment" / "torn.yaml").write_text("defaults: [torn]\n")
    line = f"python launch.py {typed}"
    monkeypatch.setenv("COMP_LINE", line)
    monkeypatch.setenv("COMP_POINT", str(len(line)))
    assert set(command("-sc query=bash").out.split()) == offered


def test_fish_takes_launch_py_for_a_program_of_hydras(command):
    (marker,) = re.findall(r'grep -q "(.+?)"', command("-sc install=fish").out)
    assert marker in LAUNCH.read_text()


def test_a_run_with_a_score_of_the_users_own_ends_with_the_report(processes, tmp_path):
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "my_score.py").write_text(
        "def score(weights, *, power: float = 1.0):\n"
        "    return {name: w.abs() ** power for name, w in weights.items()}\n"
    )
    words = (
        "pruning._target_=my_score.score +pruning.power=2 levels=1 schedule.length=4it "
        "reset.step=1it seed=0,1 logger=none jobs=1"
    )
    first = processes(words, cwd=tmp_path / "work")[0]
    assert first.code == 0, first.out + first.err
    *_, report, dashboard = first.out.splitlines()
    folder = first.directory / "store" / "reports"
    assert report.startswith(f"report: {folder}/selection-")
    assert dashboard == f"dashboard: {report.removeprefix('report: ')}/dashboard.html"
    (table,) = folder.glob("*/curves.csv")
    lines = table.read_text().splitlines()
    assert lines[0].split(",") == columns()
    assert len(lines) == 1 + 2 * 2
    assert {*first.left} - {"__pycache__"} == {"my_score.py", "store"}
