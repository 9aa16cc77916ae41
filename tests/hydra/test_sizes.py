"""Tests experiments with several sizes: which is chosen, what is refused, what is offered."""

import pytest

HEAD = "# @package _global_\n"
MINE = (
    HEAD
    + "defaults:\n  - _self_\n  - mine: ${size}\n  - override /init: xavier_normal\nlevels: 9\n"
)
SMALL = HEAD + "levels: 1\nhydra: {sweeper: {params: {seed: 'range(2)'}}}\n"
PAPER = """\
# @package _global_
levels: 2
schedule: {at: [0.3]}
hydra:
  sweeper:
    params: {model: conv_gap, model.norm: none, schedule: milestones, seed: range(3)}
"""


@pytest.fixture
def write(tmp_path):
    """Writes files of the group `experiment` in a folder of one's own."""
    folder = tmp_path / "conf" / "experiment"

    def files(**contents):
        for name, text in contents.items():
            path = folder / f"{name.replace('__', '/')}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    files(mine=MINE, mine__small=SMALL, mine__paper=PAPER)
    return files


@pytest.fixture
def told(command):
    """What a command line with that folder is told: all sentences."""
    return lambda words: command(f"--config-dir conf {words} action=plan").problems


def planned(command, words):
    result = command(f"--config-dir conf {words} action=plan")
    assert result.code == 0, result.err
    return result.out.splitlines()[0]


def test_the_small_size_is_the_usual_one(command, write):
    assert planned(command, "experiment=mine") == "2 points need 4 unique stages"
    assert planned(command, "experiment=mine size=small") == "2 points need 4 unique stages"


def test_another_size_has_choices_settings_and_axes_of_its_own(command, write):
    assert planned(command, "experiment=mine size=paper") == "3 points need 9 unique stages"
    assert planned(command, "experiment=mine size=paper levels=1") == (
        "3 points need 6 unique stages"
    )
    shown = command("--config-dir conf experiment=mine size=paper --cfg job").out
    for line in (
        "levels: 2",
        "  name: conv_gap",
        "  norm: none",
        "  - 0.3",
        "  name: xavier_normal",
    ):
        assert f"\n{line}\n" in shown
    shown = command("--config-dir conf experiment=mine size=paper schedule=cosine --cfg job").out
    assert "\n  name: cosine\n" in shown


@pytest.mark.usefixtures("no_pictures")
def test_reports_of_two_sizes_have_two_names(command, write, tmp_path):
    write(mine__paper=SMALL)
    for size in ("small", "paper"):
        done = command(
            f"--config-dir conf experiment=mine size={size} method=dense schedule.length=2it "
            "reset=init cluster=debug logger=none"
        )
        assert done.code == 0, done.err
        reports = sorted(path.name for path in (tmp_path / "store" / "reports").iterdir())
        assert reports == {"small": ["mine"], "paper": ["mine", "mine-paper"]}[size]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            "experiment=mine size=small,paper",
            "size=small,paper: size takes one name, because each has axes of its own",
        ),
        ("experiment=mine size=big", "size=big is unknown; choose paper or small"),
        (
            "experiment=quickstart size=paper",
            "size=paper: experiment=quickstart has one size; leave size out",
        ),
        ("experiment=mine/paper", "experiment=mine/paper: write experiment=mine size=paper"),
        ("experiment/mine=paper", "experiment/mine=paper: write experiment=mine size=paper"),
        ("experiment=mine ~size", "~size: an experiment that has sizes needs one; leave ~size out"),
    ],
)
def test_a_wrong_size_is_refused_in_a_sentence(told, write, words, sentence):
    assert told(words) == [sentence]


def test_a_size_needs_an_experiment_that_has_sizes(told, write):
    (sentence,) = told("size=paper")
    assert sentence.startswith("size=paper goes with an experiment that has sizes; choose one of ")
    assert "mine" in sentence


def test_an_experiment_may_lack_the_usual_size(told, write):
    write(other=MINE.replace("mine", "other"), other__paper=PAPER)
    sentence = "size=small of experiment=other is unknown; choose paper"
    assert told("experiment=other") == [sentence]
    assert told("experiment=other size=paper") == []


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        (
            {"mine": HEAD + "levels: 3\n"},
            "mine.yaml: its defaults must have '- mine: ${size}', for paper.yaml to count",
        ),
        (
            {"mine__paper": HEAD + "defaults:\n  - override /model: conv2\nlevels: 1\n"},
            "mine/paper.yaml: the file of a size cannot override groups in its defaults; choose "
            "them in hydra.sweeper.params, as in model: conv2",
        ),
        ({"mine__paper": "- a list\n"}, "mine/paper.yaml holds a list; it must hold settings, "),
        (
            {"mine__paper": "levels: 2\n"},
            "mine/paper.yaml: its first line must be '# @package _global_', for its settings to "
            "be the sweep's",
        ),
    ],
)
def test_a_wrong_file_of_a_size_is_named(told, write, files, sentence):
    write(**files)
    (problem,) = told("experiment=mine size=paper")
    assert sentence in problem


def test_values_of_a_size_that_stay_behind_are_noted(command, write):
    write(mine__paper=PAPER.replace("schedule: {at: [0.3]}", "reset: {step: 5it}"))
    result = command("--config-dir conf experiment=mine size=paper reset=init action=plan")
    assert (
        "note: reset.step=5it comes from the files of experiment=mine, which has it for "
        "reset=late; reset=init would have 0it by itself"
    ) in result.out.splitlines()


def test_sizes_are_offered_as_sizes_only(command, write, monkeypatch):
    shown = command("--config-dir conf --help").out
    assert "\nsize: paper, small\n" in shown
    (line,) = (line for line in shown.splitlines() if line.startswith("experiment"))
    assert "mine" in line.removeprefix("experiment: ").split(", ")
    for typed, offered in (("experi", "experiment="), ("size=", "size=paper\nsize=small")):
        monkeypatch.setenv("COMP_LINE", f"python launch.py --config-dir conf {typed}")
        assert command("-sc query=bash").out.strip() == offered
