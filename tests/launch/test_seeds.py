"""A plan says how many seeds its tolerance takes, by what the store has measured."""

import pytest

from ltsweep.launch.engine import Selection
from ltsweep.launch.seeds import about_seeds
from ltsweep.store.store import Store
from ltsweep.views.records import read_curves

from ..points import plan, request
from ..records import closing_record

LEVELS = ("levels=2", "report.densities=[0.64]")
# percent of 1,000 test images by seed: dense, then level 2
ACCURACIES = {0: (90, 88), 1: (91, 88), 2: (90, 86)}  # differences -2, -3, -4: SD 1


@pytest.fixture
def selection(tmp_path):
    def made(*lines):
        run = request(f"store={tmp_path / 'store'}").run
        return Selection(plan(*LEVELS, *lines), run, "sweep", "sweep")

    return made


def write(store: Store, points):
    for point in points:
        store.write_point(point.record("sweep"))
        for level, key in enumerate(point.stages):
            stage = store.stage(key)
            if level == 1 or stage.is_done():
                continue
            accuracy = ACCURACIES[point.config.seed][level // 2] / 100
            kept = 1000 if level == 0 else 640
            end = closing_record(
                level=level, seed=point.config.seed, kept=kept, live_kept=kept,
                test_accuracy=accuracy, test_examples=1000,
            )  # fmt: skip
            stage.create({})
            stage.append(end.stored())
            stage.finish("trained", [])


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (
            ["seed=range(10)"],
            "(none is measured yet), takes 5 at 1 pp and 13 at 2 pp; this plan has 10, enough up "
            "to 1.73 pp",
        ),
        (
            ["seed=range(4)", "report.delta=0.5"],
            "(none is measured yet), takes 5 at 0.5 pp and 13 at 1 pp; this plan has 4, and a "
            "verdict takes 5",
        ),
    ],
)
def test_before_anything_is_measured_usual_standard_deviations_tell(selection, lines, told):
    assert about_seeds(selection(*lines)).endswith(told)


def test_measured_standard_deviations_tell(selection):
    measured = selection("seed=0,1,2")
    measured.store.create()
    write(measured.store, measured.plan.points)
    assert len(read_curves(measured.store)) == 3
    assert about_seeds(selection("seed=range(8)", "report.delta=0.5")) == (
        "to bound arm minus dense within 0.5 pp, by the paired standard deviation over seeds "
        "(measured in this store), takes 13 at 1 pp; this plan has 8, enough up to 0.746 pp"
    )


def test_where_nothing_is_pruned_there_is_nothing_to_tell(selection):
    assert about_seeds(selection("method=dense")) is None
