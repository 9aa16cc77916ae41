"""Trainings of a report by different versions or on different devices: told, or refused."""

import pytest

from ltsweep.foundations.errors import RequestError
from ltsweep.store.declared import Declared
from ltsweep.views.conclusions import conclude
from ltsweep.views.report import judged_curves
from ltsweep.views.shown import Shown, whole_store

VALUES = Declared(delta=1.0, densities=(0.8,))
OLDER = {"torch": "2.4.0", "numpy": None}
TORCH = "hese trainings mix versions of torch: 2.13.0 (2) and 2.4.0 (1)"
DEVICE = "hese trainings mix kinds of device: cpu (2) and cuda (1)"


def concluded(made_up, *require_same, **of_last):
    """A report of a curve whose last level was trained otherwise."""
    point = made_up.make_point("imp", 0, levels=2)
    made_up.store.write_point(point)
    for number, key in enumerate(point.stages):
        end = made_up.end_record(point, number)
        stage = made_up.store.stage(key)
        stage.create({})
        stage.append(end.model_copy(update=of_last if number == 2 else {}).stored())
        stage.finish("trained", [])
    shown = Shown("mixed", (point.id,), VALUES.model_copy(update={"require_same": require_same}))
    return conclude(shown, judged_curves(made_up.store, shown))


def test_trainings_alike_need_no_word(made_up):
    assert concluded(made_up, "version", "device").shown.told == ()


def test_a_mixture_is_told_above_the_tables_with_what_refuses_it(made_up):
    found = concluded(made_up, versions=OLDER, device="cuda")
    assert found.as_plain()["told"] == [
        f"T{TORCH}; report.require_same=[version] refuses that.",
        f"T{DEVICE}; report.require_same=[device] refuses that.",
    ]


def test_a_version_that_was_not_recorded_is_no_other_one(made_up):
    assert concluded(made_up, versions={}).shown.told == ()


@pytest.mark.parametrize(
    ("required", "problems"),
    [
        (("version", "device"), [f"[version]: t{TORCH}", f"[device]: t{DEVICE}"]),
        (("device",), [f"[device]: t{DEVICE}"]),
    ],
)
def test_a_report_may_ask_for_trainings_alike(made_up, required, problems):
    with pytest.raises(RequestError) as refused:
        concluded(made_up, *required, versions=OLDER, device="cuda")
    assert refused.value.problems == [f"report.require_same={told}" for told in problems]


@pytest.mark.parametrize("deltas", [(1.0, 1.0), (1.0, 2.0)])
@pytest.mark.parametrize("required", [("device", ""), ("", "device"), ("version", "device")])
def test_what_one_experiment_refuses_is_refused_of_the_whole_store(made_up, required, deltas):
    for seed, (name, delta) in enumerate(zip(required, deltas, strict=True)):
        point = made_up.make_point("imp", seed, delta=delta)
        report = point.report.model_copy(update={"require_same": (name,) if name else ()})
        mine = {"experiment": f"experiment-{seed}", "report": report}
        made_up.store.write_point(point.model_copy(update=mine))
    judged = whole_store(made_up.store).judged
    assert judged.require_same == tuple(sorted(filter(None, required)))
