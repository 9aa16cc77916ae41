"""Sweeps on classes, halves and arrays of one's own, with computed constants: planned, trained."""

import numpy as np

from ltsweep.data.embedded import digits
from ltsweep.data.split import split
from ltsweep.launch.engine import prepare_store
from ltsweep.stages.workplace import Workplace
from ltsweep.views.curves import curve_rows

from ..sweeps_here import selection, train

FEW = ("dataset.validation=20", "levels=1", "batch_size=20", "method=imp")


def resident(made):
    """The data of the sweep's only training, as a worker has them."""
    (planned,) = {s.spec.train.digest: s for s in made.plan.stages.values()}.values()
    place = Workplace(made.store, made.store.root, "cpu", keep_all=False, checkpoint_seconds=60)
    data = planned.spec.train.data
    return place.data(data, planned.means.loaders[data.fingerprint]), planned.spec.train


def test_a_net_has_as_many_outputs_as_classes_are_chosen(tmp_path):
    made, _ = train(tmp_path, *FEW, "dataset.classes=[8,3,5]", "dataset.per_class=50")
    dense, ticket = curve_rows(made.store)
    assert dense["prunable"] == 64 * 300 + 300 * 100 + 100 * 3
    assert 0.3 < dense["test_accuracy"] <= 1 and ticket["density"] < 1
    data, _ = resident(made)
    raw = digits(tmp_path)
    assert data.all_labels("train").bincount().tolist() == [50, 50, 50]
    assert data.size("test") == sum(int(label) in (8, 3, 5) for label in raw.test_labels)


def test_two_halves_are_two_sweeps_with_one_fingerprint(tmp_path):
    made, _ = train(tmp_path, *FEW, "dataset.half=a,b")
    a, b = made.plan.points
    assert not {*a.stages} & {*b.stages}
    rows = curve_rows(made.store)
    assert {(row["dataset.half"], row["level"]) for row in rows} == {
        ("a", 0), ("a", 1), ("b", 0), ("b", 1)
    }  # fmt: skip
    assert len({stage.spec.train.data.fingerprint for stage in made.plan.stages.values()}) == 1


def test_what_was_computed_on_the_images_trained_on_normalises_them(tmp_path):
    lines = ("dataset.classes=[0,1]", "dataset.half=b", "dataset.mean=null", "dataset.std=null")
    made = selection(tmp_path, *FEW, *lines)
    prepare_store(made)
    data, train_spec = resident(made)
    images = data.batch("train", data.fixed_train_subset(10**6)).double()
    assert abs(images.mean()) < 1e-6 and abs(images.std(correction=0) - 1) < 1e-6
    pixels = split(digits(tmp_path), train_spec.data.split).train_images / 16
    assert abs(train_spec.data.normalise.mean[0] - pixels.mean()) < 1e-12
    (notice,) = made.plan.notices
    assert notice.startswith(f"dataset=digits: dataset.mean=[{train_spec.data.normalise.mean[0]}] ")


def test_arrays_of_ones_own_are_trained_wherever_they_lie(tmp_path):
    raw = digits(tmp_path)
    arrays = {name: getattr(raw, name) for name in ("train_images", "train_labels")}
    arrays |= {name: getattr(raw, name) for name in ("test_images", "test_labels")}
    np.savez(tmp_path / "mine.npz", **arrays)
    np.savez(tmp_path / "copy.npz", **arrays)
    lines = [*FEW, "dataset=arrays", "dataset.validation=20", "dataset.white=16"]
    made, _ = train(tmp_path / "store", *lines, f"dataset.path={tmp_path / 'mine.npz'}")
    again = selection(tmp_path / "store", *lines, f"dataset.path={tmp_path / 'copy.npz'}")
    assert again.plan.stages.keys() == made.plan.stages.keys()
    published = selection(tmp_path / "store", *FEW, "dataset.mean=null", "dataset.std=null")
    assert published.plan.stages.keys() == made.plan.stages.keys()
    named = selection(
        tmp_path / "store", *lines, "dataset.name=mine", f"dataset.path={tmp_path / 'mine.npz'}"
    )
    assert named.plan.points[0].record("tiny").columns.source == "mine"
