"""What a report compares has to be there: one sentence otherwise, before any job starts."""

import pytest

from ltsweep.cli.actions import perform
from ltsweep.cli.compared import missing_contrasts
from ltsweep.cli.examine import examine
from ltsweep.plan.points import make_plan
from ltsweep.store.store import Store

from ..points import FACTS, configs, raw, request

IMP, OTHER = "{method: imp}", "{method: random_mask}"


def problems(*lines):
    """Of a sweep over methods, resets and two scales."""
    sweep = ("method=imp,random_mask", "init.scale=1,3", "levels=1", "seed=0,1")
    return missing_contrasts(make_plan(configs(*sweep, *lines), lambda side: FACTS).points)


@pytest.mark.parametrize(
    ("report", "problem"),
    [
        (
            "compare=reset.step report.reference=3it",
            "report.reference=3it is no value of reset.step in this sweep; it must be 0it or 2it",
        ),
        (
            "compare=pruning",
            "report.reference=null is no value of pruning in this sweep; it must be "
            "magnitude_global",
        ),
        (
            "primary={arm: {method: erk}, against: {method: imp}}",
            "report.primary compares nothing: no curve has method=erk; in this sweep method is "
            "imp and random_mask",
        ),
        (
            f"contrasts=[{{arm: {IMP}, against: {{method: random_mask, init.rescale: energy}}}}]",
            "report.contrasts[0] compares nothing: no curve has method=random_mask and "
            "init.rescale=energy; in this sweep method is imp and random_mask and init.rescale is "
            "none",
        ),
        (
            "contrasts=[{arm: {init.scale: 1, method: imp}, against: {init.scale: 3}}]",
            None,
        ),
        (
            "primary={arm: {method: imp}, against: {method: random_mask}, where: {dataset: mnist}}",
            "report.primary compares nothing: no curve has dataset=mnist; in this sweep dataset is "
            "digits",
        ),
        ("primary={arm: {method: imp}, against: {method: random_mask}, density: 0.8}", None),
        ("compare=reset.step report.reference=0it", None),
    ],
)
def test_what_is_compared_has_to_be_there(report, problem):
    lines = [f"report.{line}" for line in report.replace(" report.", "|").split("|")]
    arms = "report.arms=[method,init.scale]"
    found = problems(*lines, arms, "report.densities=[0.8]", "reset.step=0it,2it")
    assert found == ([problem] if problem else [])


SCALES = "arm: {init.scale: 1}, against: {init.scale: 3}"


def test_tuned_arms_are_compared_too():
    lines = ("optimizer.lr=0.1,0.05", "report.tuned=[optimizer.lr]", "report.densities=[0.8]")
    there = f"report.primary={{arm: {IMP}, against: {OTHER}, density: 0.8}}"
    assert problems(*lines, there) == []
    (problem,) = problems(*lines, there.replace("random_mask", "erk"))
    assert "no curve has method=erk" in problem


@pytest.mark.parametrize(
    ("contrast", "problem"),
    [
        (SCALES, "differ in init.scale, which is no part of an arm; add it to report.arms"),
        (
            f"{SCALES}, where: {{method: erk}}",
            "no curve has method=erk; in this sweep method is imp and random_mask",
        ),
        (
            "arm: {method: imp, init.scale: 1}, against: {method: random_mask, init.scale: 3}, "
            "where: {init.scale: 1}",
            "no curve has method=random_mask and init.scale=3; in this sweep method is imp and "
            "random_mask and init.scale is 1",
        ),
        ("arm: {method: imp}, against: {method: imp, init.scale: 1}, where: {init.scale: 1}",
         "its two sides are the same curves"),
    ],
)  # fmt: skip
def test_what_keeps_two_sides_apart_is_named(contrast, problem):
    (told,) = problems(f"report.contrasts=[{{{contrast}}}]")
    assert told.startswith("report.contrasts[0] compares nothing: ") and told.endswith(problem)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (
            f"primary={{arm: {IMP}, against: {{pruning.scop: global}}}}",
            "report.primary.against: pruning.scop is no setting that curves can differ in; name "
            "settings, such as init.scale, or groups that have a name, such as method or dataset",
        ),
        (
            f"contrasts=[{{arm: {IMP}, against: {OTHER}, where: {{reset: late}}}}]",
            "report.contrasts[0].where: reset has no name of its own; name a setting of it, such "
            "as reset.optimizer",
        ),
        (
            f"primary={{arm: {IMP}, against: {OTHER}, density: 0.4}}",
            "report: primary is held at density=0.4; it must be one of report.densities, 0.5, 0.1 "
            "or 0.03, or null for all",
        ),
        (
            "reference=0it",
            "report: reference is the value of the setting report.compare that others are held "
            "against; name that setting, or leave reference out",
        ),
    ],
)
def test_names_and_densities_are_known_before_anything_is_planned(line, problem):
    told = request(f"report.{line}", "report.densities=[0.5,0.1,0.03]").problems
    assert told == [problem]


def test_a_sweep_that_lacks_what_it_compares_is_refused_and_its_report_is_not(tmp_path, capsys):
    lines = (
        f"store={tmp_path}", "levels=1", "cluster=debug", "logger=none",
        "report.primary={arm: {method: imp}, against: {method: erk}}",
    )  # fmt: skip
    asked, find_facts = examine(raw(*lines))
    key, planned = next(iter(make_plan(asked.points, find_facts).stages.items()))
    Store(tmp_path).stage(key).create(planned.spec.model_dump(mode="json"))
    for action, code in (("plan", 2), ("submit", 2), ("report", 0)):
        assert perform(raw(*lines, f"action={action}"), "part") == code
        told = "report.primary compares nothing: no curve has method=erk"
        assert (told in capsys.readouterr().err) == (code == 2)
