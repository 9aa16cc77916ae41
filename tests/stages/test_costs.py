"""What stages record of their cost beside their training: evaluations, statistics, prefixes."""

import pytest

from ltsweep.train.norm_statistics import EvaluationStatistics
from ltsweep.views.curves import curve_rows

from ..sweeps_here import train

TRAIN, VAL, TEST = 1170, 130, 497
WEIGHTS = 50_200  # of LeNet-300-100 on digits
DENSE = 3 * WEIGHTS * 12 * 64  # twelve steps of batches of 64


def test_evaluations_are_counted_image_by_image(tmp_path, monkeypatch):
    """A level is validated before its first step, at step 6 and at step 12, where it ends."""
    taken = []
    usual = EvaluationStatistics._taken
    monkeypatch.setattr(
        EvaluationStatistics, "_taken", lambda *args: (taken.append(1), usual(*args))[1]
    )
    made, _ = train(
        tmp_path, "model=conv_gap", "levels=1", "reset.step=0it", "norm_statistics=recalibrated"
    )
    ends = [made.store.stage(key).end() for key in made.plan.points[0].stages]
    for end in ends:
        assert end.evaluation_images == 3 * VAL + TRAIN + VAL + TEST
        assert end.recalibration_images == 3 * 1024
    assert len(taken) == 2 * 3


@pytest.mark.parametrize("validation", ["dataset.validation=0", "schedule.validate_every=12it"])
def test_without_validation_images_a_net_is_measured_once(tmp_path, validation):
    made, _ = train(tmp_path, "method=dense", validation)
    end = made.store.stage(made.plan.points[0].stages[0]).end()
    measured = TRAIN + VAL + TEST
    assert end.evaluation_images == (measured + 2 * VAL if "every" in validation else measured)
    assert end.recalibration_images == 0


def test_the_beginning_of_a_training_costs_its_steps(tmp_path):
    """The control's draw is trained to step 3, and the ladder's dense training to its end."""
    made, _ = train(tmp_path, "method=fresh_at_k,random_mask,imp", "levels=1")
    rows = {(row["method"], row["level"]): row for row in curve_rows(made.store)}
    assert rows["imp", 0]["total_multiply_adds"] == DENSE
    own = 3 * 40_160 * 64
    assert rows["imp", 1]["total_multiply_adds"] == DENSE + own * 9
    assert rows["random_mask", 1]["total_multiply_adds"] == own * 12
    assert rows["fresh_at_k", 1]["total_multiply_adds"] == DENSE + DENSE // 4 + own * 12
    assert rows["fresh_at_k", 1]["source_steps"] == 3 + 12
    assert rows["fresh_at_k", 1]["total_seconds"] > rows["fresh_at_k", 1]["seconds"]
