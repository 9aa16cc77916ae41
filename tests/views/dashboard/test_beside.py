"""The dashboard tells of linear classifiers and of published curves, a line each."""

from dataclasses import replace

from ltsweep.store.yardsticks import LinearClassifier, Yardsticks
from ltsweep.views.dashboard.render import render
from ltsweep.views.panels import make_panels
from ltsweep.views.records import read_curves
from ltsweep.views.verdicts.judge import judge

SIZES = {"params_left": 272_474}


def test_what_stands_beside_the_curves_stands_beside_the_verdicts(made_up, browser, tmp_path):
    words = ("model=resnet20",)
    for seed in range(2):
        point = made_up.make_point("imp", seed, levels=2, dataset="cifar10", words=words)
        made_up.write_curve(point)
        made_up.store.write_point(point.model_copy(update={"yardsticks": "data"}))
    ridge = LinearClassifier(name="ridge regression", parameters=1970, test_accuracy=0.79)
    Yardsticks(classifiers=(ridge,)).save(made_up.store, "data")
    made_up.declare(linear=True)
    curves = read_curves(made_up.store)
    for curve in curves:
        dense = curve.levels[0]
        curve.levels[0] = replace(dense, end=dense.end.model_copy(update=SIZES))
    panels = make_panels(curves)
    page = tmp_path / "d.html"
    page.write_text(render(curves, panels, judge(panels), (), "made up"), encoding="utf-8")
    browser.open(page)
    told = browser.text("#verdicts")
    assert "on the same inputs reaches 79.0 % (ridge regression, 1,970 parameters)." in told
    assert "published curves: Arora & Teuscher 2025 (batch statistics), arXiv 2512.07142;" in told
    assert browser.complaints == []
