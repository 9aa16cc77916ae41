"""Tests every experiment at both sizes: it plans, and has what its report declares; its header."""

import pytest

from ..points import CONF
from .planned import SIZES, names, plan, selection

LINES = ("# Question: ", "# Command:  ", "# Expect:   ", "# Cost:     ", "# Paper:    ")
ALL = [(name, size) for name in names() for size in SIZES]


@pytest.mark.parametrize(("name", "size"), ALL)
def test_it_plans_and_has_what_it_compares(name, size):
    configs, made, problems = plan(name, size, "seed=100")
    assert problems == []  # each declared density is near a level, each contrast has its cells
    assert made.notices == [n for n in made.notices if "computed" in n or " as on the " in n]
    report = configs[0].report
    assert report.question and report.shows_not and report.primary
    assert size == "paper" or all(recalibrates(config) for config in configs)
    assert report.delta == (0.2 if size == "paper" else 1.0 if has_digits(configs) else 0.5)


@pytest.mark.parametrize("name", names())
def test_the_seeds_of_a_small_one_are_fresh(name):
    seeds = selection(name, "small").params["seed"]  # others were used to choose settings
    dear = {"frankle2019_conv6": 107, "frankle2021_resnet20": 106, "renda2020_resnet20": 106}
    assert seeds == f"range(100,{dear.get(name, 110)})"


@pytest.mark.parametrize("name", names())
def test_its_header_tells_question_command_expectation_cost_and_paper(name):
    text = (CONF / "experiment" / f"{name}.yaml").read_text()
    head = text.partition("defaults:")[0].splitlines()
    assert head[0] == "# @package _global_"
    for line in LINES:
        assert sum(found.startswith(line) for found in head) == 1, line
    assert f"python launch.py experiment={name}" in text
    assert "arXiv" in text


@pytest.mark.parametrize(
    ("name", "stages"),
    [
        # two halves; each a dense net, the ladder's first level, four arms at two levels. The
        # random mask depends on the target and on counts alone
        ("morcos2019_halves", 2 * (1 + 1 + 4 * 2)),
        ("frankle2019_lenet", 1 + 5 + 5),  # the ladder is the ticket's own curve
        ("review_dynamic", 2 * (1 + 4 * 2) + 2),  # at either length dense and four; the ladder
    ],
)
def test_trainings_of_a_seed_are_those_counted_by_hand(name, stages):
    _, made, _ = plan(name, "small", "seed=100")
    assert len(made.stages) == stages


def has_digits(configs):
    """Whether accuracies are measured on the 497 test images of digits."""
    return any((config.target or config.dataset).name == "digits" for config in configs)


def recalibrates(config):
    """Whether a net with batch norm is evaluated as nets with short trainings have to be."""
    has_norm = config.model.name in ("conv_gap", "resnet20")
    return config.norm_statistics == "recalibrated" or not has_norm


def test_the_page_of_experiments_lists_each_with_its_question_and_cost():
    page = (CONF.parent / "docs" / "experiments.md").read_text()
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    listed = sorted(row.split("`")[1] for row in rows)
    assert [name for name in listed if name != "experiment="] == names()
    for name in names():
        text = (CONF / "experiment" / f"{name}.yaml").read_text()
        head = " ".join(text.partition("defaults:")[0].replace("\n#", " ").split())
        row = next(line for line in page.splitlines() if line.startswith(f"| `{name}`"))
        question, small, paper = (cell.strip() for cell in row.split("|")[2:5])
        assert f"Question: {question} Command:" in head
        assert f"small: {small} on two cores; paper: {paper} Paper:" in head
