"""Layer collapse, where it was published: ResNet-18 pruned by magnitude before it is trained.

Tanaka et al. 2020 (arXiv 2006.05467) lose all accuracy on CIFAR-10 between compression by 10 and
by 17.8. Their classifier is prunable and drawn uniform, so no weight of it is large enough.
"""

import pytest

from ltsweep.store.store import Store
from ltsweep.views.emptied import emptied_layers
from ltsweep.views.records import read_curves

from ..made_up import dataset
from ..sweeps_here import train

LINES = (
    *("method=at_init", "model=resnet18", "levels=1", "dataset.validation=0", "batch_size=2"),
    *("schedule.length=1it", "schedule.validate_every=1it", "reset.step=0it"),
)
AS_PUBLISHED = "init.output=torch"
BY_17_8 = f"pruning.fraction={1 - 10**-1.25}"
FRACTIONS = f"{BY_17_8},0.9"


def emptied(folder, *lines):
    """What reports say of empty layers, by the fraction that is pruned, in whole percent."""
    data = dataset(folder, 3, 16, 16, examples=20)  # small, for scores are of the draw alone
    made, _ = train(folder, *LINES, *data, *lines)
    found = {}
    for point in made.plan.points:
        percent = round(100 * point.config.pruning.fraction)
        found.setdefault(percent, []).extend(emptied_layers(read_curves(made.store, [point.id])))
    return found


def test_magnitude_empties_a_classifier_that_is_drawn_uniform(tmp_path):
    found = emptied(tmp_path, AS_PUBLISHED, FRACTIONS)
    assert found[90] == []
    (sentence,) = found[94]
    assert sentence.startswith("layer fc.weight of at_init")


def test_magnitude_empties_nothing_else(tmp_path):
    """All Kaiming normal, the classifier exempt or not."""
    assert emptied(tmp_path, BY_17_8, "pruning.output_fraction=0,null") == {94: []}


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_synflow_closes_no_way_through_the_net(tmp_path):
    """What is in series keeps weights; a shortcut's convolution, beside a branch, may lose all."""
    found = emptied(tmp_path, AS_PUBLISHED, BY_17_8, "pruning=synflow")
    assert all("shortcut" in sentence for sentence in found[94])
    (curve,) = read_curves(Store(tmp_path))
    end = curve.finished[1].end
    assert end.live_kept > 0.95 * end.kept
