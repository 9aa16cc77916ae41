"""A declared density that no planned level comes near is refused before anything is run."""

import pytest

from ltsweep.plan.densities import settle_densities

from ..points import FACTS, request

USUAL = (0.512, 0.262, 0.107)


def settled(*lines):
    made = request(*lines)
    assert made.problems == []
    settle_densities(made, lambda side: FACTS, USUAL)
    return made


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        # 0.8 ** 5 = 0.328 is the deepest of five levels
        (["levels=5", "report.densities=[0.5,0.1]"], "0.1; the nearest planned density is 0.328"),
        (
            ["levels=5", "report.densities=[0.1,0.05,0.5]"],
            "0.1 and 0.05; the nearest planned density is 0.328",
        ),
        (
            ["levels=3", "pruning.fraction=0.8", "report.densities=[0.09]"],
            "0.09; the nearest planned densities are 0.2 and 0.04",
        ),
        # the dense net is nearer
        (["levels=3", "report.densities=[0.95]"], "0.95; the nearest planned density is 0.8"),
        # of several ladders one is enough, and here none is
        (
            ["levels=3", "pruning.fraction=0.2,0.5", "report.densities=[0.064]"],
            "0.064; the nearest planned density is 0.125",
        ),
    ],
)
def test_a_declared_density_that_is_out_of_reach_is_refused(lines, told):
    made = settled(*lines)
    assert made.problems == [f"report.densities: no planned level comes near {told}"]
    assert made.notices == []


@pytest.mark.parametrize(
    "lines",
    [
        ["levels=10"],
        ["levels=3", "report.densities=[0.6]"],  # within a factor of sqrt(2) of 0.64
        ["levels=3", "pruning.fraction=0.2,0.5", "report.densities=[0.13]"],
        ["levels=0", "report.densities=[0.1]"],
        ["method=dense", "report.densities=[0.1]"],
        ["levels=1", "report.densities=[]"],
    ],
)
def test_what_a_level_comes_near_or_nothing_is_pruned_for_stays(lines):
    made = settled(*lines)
    assert (made.problems, made.notices) == ([], [])
    assert made.points == request(*lines).points


def test_the_usual_densities_are_those_that_the_levels_reach():
    made = settled("levels=3", "method=imp,dense")
    assert made.problems == []
    assert {config.report.densities for config in made.points} == {(0.512,)}
    assert made.notices == [
        "of the usual report.densities 0.262 and 0.107 left out: no planned level comes near "
        "0.262 and 0.107; the nearest planned density is 0.512"
    ]
