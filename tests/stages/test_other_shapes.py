"""Sweeps whose images are brought to another shape: what workers hold, and tiny transfers."""

import pytest

from ltsweep.data.embedded import digits
from ltsweep.data.reshape import reshaped
from ltsweep.data.split import split
from ltsweep.launch.engine import prepare_store
from ltsweep.stages.workplace import Workplace
from ltsweep.views.curves import curve_rows

from .. import made_up
from ..sweeps_here import curves, selection, train

FEW = ("levels=1", "batch_size=20", "method=imp")


@pytest.fixture
def colour(tmp_path):
    """The words that choose a target of 12x10 pixels in colour."""
    return made_up.dataset(tmp_path, 3, 12, 10, name="colour", group="target")


def place_of(made):
    prepare_store(made)
    return Workplace(made.store, made.store.root, "cpu", keep_all=False, checkpoint_seconds=60)


def test_a_worker_holds_the_images_as_they_become_and_no_others(tmp_path):
    lines = ("input=resize", "input.size=14x9", "dataset.validation=20")
    made = selection(tmp_path, *FEW, *lines)
    (planned,) = {s.spec.train.digest: s for s in made.plan.stages.values()}.values()
    spec = planned.spec.train.data
    place = place_of(made)
    data = place.data(spec, planned.means.loaders[spec.fingerprint])
    parts = split(digits(tmp_path), spec.split)
    for part, images in (
        ("train", parts.train_images),
        ("val", parts.val_images),
        ("test", parts.test_images),
    ):
        assert (data.images(part).numpy() == reshaped(images, spec.input)).all()
    assert data.input_shape == (1, 14, 9) and place._raw == {}
    assert place.data(spec, planned.means.loaders[spec.fingerprint]) is data


def test_images_are_read_once_for_all_splits_that_use_them_as_they_are(tmp_path):
    made = selection(tmp_path, *FEW, "dataset.split_seed=0,1")
    place = place_of(made)
    found = [
        place.data(s.spec.train.data, *s.means.loaders.values()) for s in made.plan.stages.values()
    ]
    assert len({*map(id, found)}) == 2 and len(place._raw) == 1


@pytest.mark.parametrize(
    ("lines", "source", "target"),
    [
        (("input=resize", "input.channels=luma"), 64, 64),
        (("input=resize", "input.size=6x5", "input.channels=luma"), 30, 30),
        (("input=resize", "input.size=target"), 360, 360),
        (("input=pad", "input.size=target"), 360, 360),
        (("input=pad", "input.size=14x14", "input.channels=luma"), 196, 196),
    ],
)
def test_tickets_of_grey_digits_are_trained_on_colour(tmp_path, colour, lines, source, target):
    made, _ = train(tmp_path / "store", *FEW, *colour, *lines)
    by_side = {}
    for key, stage in made.plan.stages.items():
        is_target = stage.spec.train.data.normalise.white == 255
        end = made.store.stage(key).end()
        by_side.setdefault(is_target, set()).add(end.prunable)
        assert 0 <= end.test_accuracy <= 1
    assert by_side == {False: {source * 300 + 300 * 100}, True: {target * 300 + 300 * 100}}
    assert {row["target"] for row in curve_rows(made.store)} == {"colour"}


def test_tickets_of_colour_are_trained_on_grey_digits(tmp_path):
    source = made_up.dataset(tmp_path, 3, 12, 10, name="colour")
    lines = (*source, "dataset.validation=20", "dataset@target=digits", "input=resize")
    made, _ = train(tmp_path / "store", *FEW, *lines)
    assert {made.store.stage(key).end().prunable for key in made.plan.stages} == {
        360 * 300 + 300 * 100
    }
    again, _ = train(tmp_path / "again", *FEW, *lines, "input.channels=repeat")
    assert curves(again.store.root) == curves(made.store.root)


def test_nets_that_pool_take_each_size_as_it_is_once_the_channels_fit(tmp_path, colour):
    net = ("model=resnet20", "model.blocks=[1]", "model.width=2")
    made, _ = train(tmp_path / "store", *FEW, *colour, *net, "input.channels=luma")
    shapes = {stage.spec.train.data.input for stage in made.plan.stages.values()} - {None}
    assert [(shape.shape, shape.by) for shape in shapes] == [((1, 12, 10), None)]
    costs = {made.store.stage(key).end().multiply_adds for key in made.plan.stages}
    assert len(costs) > 2  # more at each position of a larger image
