"""A sweep measured with both kinds of norm statistics: the same trainings, told apart."""

import pytest
import torch

from ltsweep.foundations.tensor_files import load_tensors
from ltsweep.stages.export import export_ticket
from ltsweep.store.store import Store

from ..sweeps_here import selection, train

NET = (
    *("model=resnet20", "model.blocks=[1]", "model.width=4", "method=imp,random_reinit"),
    *("optimizer.lr=0.1", "keep=all"),
)
BOTH = "norm_statistics=running,recalibrated"


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The store, and the points of both kinds by kind and method."""
    root = tmp_path_factory.mktemp("both") / "store"
    train(root, *NET, BOTH)
    store = Store(root)
    return store, {(p.columns.norm_statistics, p.method): p for p in store.points()}


def pairs(points):
    """Stages that differ in the kind alone."""
    for method in ("imp", "random_reinit"):
        running, other = points["running", method], points["recalibrated", method]
        yield from zip(running.stages, other.stages, strict=True)


def test_weights_masks_and_saved_statistics_are_those_of_the_training_bit_for_bit(trained):
    store, points = trained
    for one, other in pairs(points):
        here, there = store.stage(one), store.stage(other)
        files = [path.name for path in here.path.glob("*.safetensors")]
        assert "final.safetensors" in files
        for name in files:
            if name.startswith("next-mask"):
                continue  # named by a pruning, and compared as the tickets of the next level
            ours, theirs = (load_tensors(place.path / name)[0] for place in (here, there))
            assert ours.keys() == theirs.keys()
            assert all(torch.equal(ours[key], theirs[key]) for key in ours), name


def test_every_accuracy_of_every_arm_is_measured_anew(trained):
    store, points = trained
    for one, other in pairs(points):
        running, recalibrated = store.stage(one).records(), store.stage(other).records()
        assert [line["event"] for line in running] == [line["event"] for line in recalibrated]
        for ours, theirs in zip(running, recalibrated, strict=True):
            if ours["event"] == "validation":
                assert ours["loss"] != theirs["loss"]
        ours, theirs = running[-1], recalibrated[-1]
        for loss in ("train_loss", "val_loss", "test_loss"):
            assert ours[loss] != theirs[loss]


def test_the_record_says_how_many_images_statistics_were_taken_from(trained):
    store, points = trained
    images = {
        (kind, store.stage(key).end().norm_statistics_images)
        for (kind, _), point in points.items()
        for key in point.stages
    }
    assert images == {("running", None), ("recalibrated", 1024)}  # 16 batches of 64


def test_an_exported_ticket_has_the_statistics_of_its_training(trained, tmp_path):
    store, points = trained
    exported = []
    for kind in ("running", "recalibrated"):
        export_ticket(store, points[kind, "imp"], 2, tmp_path / kind)
        exported.append(load_tensors(tmp_path / kind)[0])
    ours, theirs = exported
    assert "weights/norm.running_mean" in ours
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_a_plan_says_that_running_statistics_need_longer_trainings(tmp_path):
    (notice,) = selection(tmp_path, *NET, BOTH).plan.notices
    assert notice.startswith("resnet20 is trained for 12 steps only")
    assert selection(tmp_path, *NET, "norm_statistics=recalibrated").plan.notices == []
