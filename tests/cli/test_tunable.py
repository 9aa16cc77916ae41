"""What a report tunes has to have values to choose from: one sentence otherwise, before any job."""

import pytest

from ltsweep.cli.tunable import untunable
from ltsweep.plan.points import make_plan

from ..points import FACTS, configs


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ("report.tuned=[optimizer.lr] optimizer.lr=0.02,0.05", None),
        ("report.tuned=[target_optimizer.lr] target_optimizer.lr=0.02,0.05", None),
        ("method=finetune report.tuned=[method.lr] method.lr=0.01,0.001", None),
        (
            "report.tuned=[optimizer.lr]",
            "report.tuned: optimizer.lr is 0.05 in all of this sweep; give it several values, as "
            "in optimizer.lr=A,B,C, or take it out of report.tuned",
        ),
        (
            "report.tuned=[optimizer] optimizer=sgd,adam",
            "report.tuned: optimizer is no setting of this sweep; a tuned setting has one value, "
            "as optimizer.lr, target_optimizer.lr and init.scale have",
        ),
        (
            "report.tuned=[init.scale] report.arms=[method,init.scale] init.scale=1,2",
            "report.tuned: init.scale is what arms differ in, and cannot be chosen for each of "
            "them; take it out of report.arms and report.compare, or out of report.tuned",
        ),
        (
            "report.tuned=[optimizer.lr] optimizer.lr=0.02,0.05 dataset.validation=0",
            "report.tuned: values are chosen by validation accuracy, and dataset.validation=0 "
            "leaves no images for it",
        ),
        (
            "report.tuned=[optimizer.lr] optimizer.lr=0.02,0.05 target.validation=0",
            "report.tuned: values are chosen by validation accuracy, and target.validation=0 "
            "leaves no images for it",
        ),
    ],
)
def test_a_tuned_setting_has_values_to_choose_from(lines, problem):
    found = untunable(make_plan(configs("levels=1", *lines.split()), lambda side: FACTS).points)
    assert found == ([problem] if problem else [])
