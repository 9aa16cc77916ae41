"""Plans with pruning.schedule=oneshot: every level is pruned from the dense net, and none waits."""

from collections import Counter

import pytest

from ..sweeps_here import selection

ONESHOT = "pruning.schedule=oneshot"


def planned(tmp_path, *lines):
    """Unique stages by level of a sweep with three levels."""
    made = selection(tmp_path, "levels=3", *lines).plan
    return dict(Counter(stage.spec.level for stage in made.stages.values()))


@pytest.mark.parametrize(
    ("lines", "stages"),
    [
        (("method=imp", ONESHOT), {0: 1, 1: 1, 2: 1, 3: 1}),
        # no ladder below the control's levels
        (("method=random_reinit", ONESHOT), {0: 1, 1: 1, 2: 1, 3: 1}),
        # the first level of both is the same
        (("method=imp", "pruning.schedule=iterative,oneshot"), {0: 1, 1: 1, 2: 2, 3: 2}),
        # a control of counts alone knows no schedule
        (("method=random_mask", "pruning.schedule=iterative,oneshot"), {0: 1, 1: 1, 2: 1, 3: 1}),
        # whose weights are the ends of the source's own levels
        (("method=trained", "target.split_seed=1", ONESHOT), {0: 2, 1: 2, 2: 2, 3: 2}),
    ],
)
def test_what_is_planned(tmp_path, lines, stages):
    assert planned(tmp_path, *lines) == stages


def test_levels_start_from_the_dense_net_alone(tmp_path):
    plan = selection(tmp_path, "levels=3", ONESHOT, "method=imp,random_reinit").plan
    (dense,) = [key for key, stage in plan.stages.items() if stage.spec.level == 0]
    assert all(stage.spec.parents in [(), (dense,)] for stage in plan.stages.values())
