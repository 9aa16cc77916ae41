"""What scores are computed on: which examples, in which batches; every criterion in every place."""

from functools import partial

import pytest
import torch

from ltsweep.data.resident import Resident
from ltsweep.data.split import split
from ltsweep.foundations.components import bind
from ltsweep.part_spec import ScoreData
from ltsweep.stages.scoring import scored_batches

from ..made_up import raw
from ..points import choices
from ..specs import data
from ..sweeps_here import train

OBJECTIVE = bind("ltsweep.train.cross_entropy", {})


@pytest.fixture(scope="module")
def resident():
    """Seventy training images of ten classes, seven each."""
    spec = data()
    raw_images = raw(1, 4, 4, examples=70)
    parts = split(raw_images, spec.split.model_copy(update={"validation": 0}))
    return Resident(parts, torch.device("cpu"), spec.normalise, spec.augment)


def batches(resident, per_class, size, seed=0, **how):
    scores = ScoreData(data=data(), objective=OBJECTIVE, per_class=per_class, **how)
    return scored_batches(resident, scores, seed, size)


mixed = partial(batches, batches="mixed")


@pytest.mark.parametrize(
    ("per_class", "size", "sizes"),
    [(1, 64, [10]), (3, 16, [15, 15]), (3, 8, [8, 8, 7, 7]), (7, 64, [35, 35]), (9, 70, [70])],
)
def test_so_many_of_each_class_in_batches_of_nearly_one_size(resident, per_class, size, sizes):
    found = mixed(resident, per_class, size)
    assert [len(labels) for _, labels in found] == sizes
    assert all(images.shape == (len(labels), 1, 4, 4) for images, labels in found)
    assert all(images.dtype == torch.float64 for images, _ in found)
    labels = torch.cat([labels for _, labels in found])
    assert labels.bincount().tolist() == [min(per_class, 7)] * 10  # or all that there are


def test_batches_are_of_mixed_classes_unless_an_early_version_asked_for_them(resident):
    first, _ = mixed(resident, 4, 20)
    assert len(first[1].unique()) > 5
    early = batches(resident, 4, 20)
    assert [labels.tolist() for _, labels in early] == [
        [number for number in numbers for _ in range(4)]
        for numbers in (range(5), range(5, 10))
    ]  # fmt: skip


def test_a_seed_has_examples_of_its_own_and_has_them_again(resident):
    def images(seed):
        return torch.cat([images for images, _ in mixed(resident, 2, 64, seed)])

    assert torch.equal(images(0), images(0))
    assert not torch.equal(images(0).sort(0).values, images(1).sort(0).values)


PLACES = {
    "the end of each level": ("method=imp",),
    "the dense end": ("method=imp", "pruning.schedule=oneshot"),
    "a state in training": ("method=at_init", "method.step=2it"),
    "the draw": ("method=at_init",),
}


@pytest.mark.parametrize("pruning", choices("pruning"))
def test_every_criterion_prunes_to_the_count_wherever_it_scores(tmp_path, pruning):
    for number, (place, lines) in enumerate(PLACES.items()):
        if (pruning, place) == ("magnitude_increase", "the draw"):
            continue  # is refused
        small = ("model.hidden=[12]", f"pruning={pruning}", "pruning.rounds=2")
        made, _ = train(tmp_path / str(number), *lines, *small, "pruning.output_fraction=null")
        (point,) = made.plan.points
        kept = [made.store.stage(key).end().kept for key in point.stages]
        assert kept == [888, 710, 568], place
