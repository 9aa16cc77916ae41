"""Test images of a target that its source was trained on: counted once for each pair."""

import numpy as np
import pytest

from ltsweep.cli.actions import perform
from ltsweep.launch.engine import prepare_store, write_points
from ltsweep.store.overlap import Overlap

from .. import made_up
from ..sweeps_here import TINY, composed, selection

FEW = ("levels=1", "batch_size=20", "method=imp")


def arrays(path, train, test, classes=10):
    """A dataset of these images, whose labels go round; returns the path."""
    labels = [np.arange(len(images)) % classes for images in (train, test)]
    found = dict(zip(made_up.NAMES, (train, labels[0], test, labels[1]), strict=True))
    np.savez(path, **found)
    return path


def images(count, seed, shape=(1, 8, 8)):
    return np.random.default_rng(seed).integers(0, 256, (count, *shape)).astype(np.uint8)


@pytest.fixture
def pair(tmp_path):
    """The words that choose a source and a target, whose test images begin with four of its."""
    trained, others = images(100, seed=1), images(50, seed=2)
    test = np.concatenate([trained[:3], trained[:1], others[:26]])
    source = arrays(tmp_path / "source.npz", trained, others)
    target = arrays(tmp_path / "target.npz", images(100, seed=3), test)
    return (
        *("dataset=arrays", "dataset.name=one", f"dataset.path={source}"),
        *("dataset@target=arrays", "target.name=other", f"target.path={target}"),
    )


def counted(root, *lines):
    """What the store tells of the only pair of these points."""
    made = selection(root, *FEW, *lines)
    prepare_store(made)
    write_points(made)
    (name,) = {point.overlap for point in made.store.points(made.point_ids)}
    return Overlap.load(made.store, name)


def test_copies_are_counted_each(tmp_path, pair):
    assert counted(tmp_path, *pair) == Overlap(
        duplicates=4, test_images=30, training_images=100
    )  # fmt: skip


def test_only_what_is_trained_on_and_tested_counts(tmp_path, pair):
    """Copies are of classes 0, 1, 2 and 0 among what is trained on, of 0 to 3 in the test."""
    found = counted(tmp_path, *pair, "target.classes=[3,4,5,6,7,8,9]")
    assert (found.duplicates, found.test_images) == (1, 21)
    found = counted(tmp_path, *pair, "dataset.classes=[1,2,3]")
    assert (found.duplicates, found.training_images) == (2, 30)
    halves = [counted(tmp_path, *pair, f"dataset.half={half}") for half in ("a", "b")]
    assert [found.training_images for found in halves] == [50, 50]
    assert sum(found.duplicates for found in halves) == 4
    held_out = counted(tmp_path, *pair, "dataset.validation=80")
    assert held_out.training_images == 20 and held_out.duplicates <= 4


def test_images_are_compared_as_published_whatever_becomes_of_them(tmp_path, pair):
    resized = counted(tmp_path, *pair, "input=resize", "input.size=6x6")
    assert resized.duplicates == 4


def test_images_of_other_shapes_are_never_equal(tmp_path):
    target = made_up.dataset(tmp_path, 1, 6, 6, name="small", group="target")
    found = counted(tmp_path, *target, "input=resize")
    assert found.duplicates is None and found.test_images == 100


def test_a_sweep_without_a_target_has_nothing_to_count(tmp_path):
    assert counted(tmp_path) is None
    assert counted(tmp_path / "other", "target_batch_size=10") is None
    assert not (tmp_path / "overlaps").exists()


def test_a_pair_is_counted_once(tmp_path, pair, monkeypatch):
    counted(tmp_path, *pair)
    monkeypatch.setattr("ltsweep.plan.overlaps.digests", lambda images: pytest.fail("again"))
    more = ("seed=1,2", "target.flip=true", "target.validation=10", "method=random_mask")
    assert counted(tmp_path, *pair, *more).duplicates == 4
    assert len(list((tmp_path / "overlaps").iterdir())) == 1


def test_a_count_that_is_damaged_is_made_again(tmp_path, pair):
    counted(tmp_path, *pair)
    (path,) = (tmp_path / "overlaps").iterdir()
    path.write_text("{")
    assert counted(tmp_path, *pair).duplicates == 4


def test_data_that_have_changed_since_the_plan_are_not_counted(tmp_path, pair):
    made = selection(tmp_path, *FEW, *pair)
    arrays(tmp_path / "target.npz", images(100, seed=3), images(30, seed=4))
    prepare_store(made)
    write_points(made)
    (point,) = made.store.points()
    assert Overlap.load(made.store, point.overlap) is None


@pytest.mark.usefixtures("no_pictures")
def test_a_report_counts_what_an_older_store_lacks(tmp_path, pair, capsys):
    made = selection(tmp_path, *FEW, *pair)
    key, planned = next(iter(made.plan.stages.items()))
    made.store.stage(key).create(planned.spec.model_dump(mode="json"))
    places = (f"store={tmp_path}", "cluster=debug", "logger=none", "action=report")
    assert perform(composed(*TINY, *FEW, *places, *pair), None) == 0
    assert (
        "one to other: 4 of the 30 test images of the target are among the 100 training images of "
        "the source, pixel by pixel as published\n"
    ) in capsys.readouterr().out
