"""What it takes to store a net: values, which of all masks of that count, and all the rest."""

import math

import pytest

from ltsweep.views.context import Context
from ltsweep.views.derived import bits
from ltsweep.views.records import read_curves

# by the exact number of choices, which Python can count
CHOICES = {kept: math.log2(math.comb(50_200, kept)) for kept in (0, 1, 3000, 25_100, 50_200)}


def found(made_up, **different):
    usual = made_up.end_record
    point = made_up.make_point(levels=1)
    made_up.store.write_point(point)
    stage = made_up.store.stage(point.stages[1])
    made_up.begin(stage)
    stage.append(usual(point, 1).model_copy(update=different).stored())
    stage.finish("trained", [])
    (curve,) = read_curves(made_up.store)
    return bits(curve, curve.levels[1], Context.of([curve]))


@pytest.mark.parametrize(("kept", "mask"), CHOICES.items())
@pytest.mark.parametrize("width", [32, 1])
def test_values_at_their_width_the_mask_and_the_rest_at_32(made_up, kept, mask, width):
    told = found(made_up, kept=kept, params_left=kept + 410, weight_bits=width)
    assert told == pytest.approx(width * kept + mask + 32 * 410, rel=1e-9)
    assert 0 <= mask < 50_200  # a bitmap takes a bit for each weight


def test_records_of_early_versions_tell_none(made_up):
    assert found(made_up, weight_bits=None) is None


def test_a_head_is_stored_as_it_is(made_up):
    told = found(made_up, kept=50_200, params_left=50_200 + 410 + 1000)
    assert told == 32 * (50_200 + 410 + 1000)
