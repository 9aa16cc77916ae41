"""Tests what a plan finds out about data, architectures and devices."""

import gzip
import struct

import numpy as np
import pytest
import torch

from ltsweep.data.embedded import digits
from ltsweep.data.split import split
from ltsweep.foundations.errors import RequestError
from ltsweep.launch.local.devices import resolve_device
from ltsweep.plan.facts import FactFinder
from ltsweep.plan.sides import sides

from ..points import configs

NOWHERE = "dataset.mirror=http://127.0.0.1:9/"


@pytest.fixture
def mnist_files(tmp_path):
    """A data directory with 30 training and 20 test images of 4x3 pixels."""
    folder = tmp_path / "MNIST" / "raw"
    folder.mkdir(parents=True)
    for part, count in (("train", 30), ("t10k", 20)):
        for name, array in (
            ("images-idx3", np.zeros((count, 4, 3), np.uint8)),
            ("labels-idx1", (np.arange(count) % 10).astype(np.uint8)),
        ):
            header = bytes((0, 0, 8, array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape)
            path = folder / f"{part}-{name}-ubyte.gz"
            path.write_bytes(gzip.compress(header + array.tobytes()))
    return tmp_path


def problems(data_dir, *lines):
    (config,) = configs(*lines)
    with pytest.raises(RequestError) as wrong:
        FactFinder(data_dir)(sides(config).source)
    return wrong.value.problems


def test_digits_and_lenet(tmp_path):
    facts = FactFinder(tmp_path)(sides(configs()[0]).source)
    assert facts.train_examples == 1300 - 130
    assert [layer.total for layer in facts.layers] == [64 * 300, 300 * 100, 100 * 10]
    assert [layer.is_output for layer in facts.layers] == [False, False, True]
    assert len(facts.fingerprint) == 64


def test_the_same_data_have_the_same_fingerprint_however_they_are_used(tmp_path):
    find = FactFinder(tmp_path)
    one, other = (
        find(sides(c).source) for c in configs("dataset.validation=100,200", "model=lenet_300_100")
    )
    assert one.fingerprint == other.fingerprint
    assert (one.train_examples, other.train_examples) == (1200, 1100)


def test_data_and_architectures_are_looked_at_once(mnist_files, monkeypatch):
    find = FactFinder(mnist_files)
    both = configs("dataset=mnist", "dataset.validation=5,6", "seed=range(5)")
    monkeypatch.setattr("ltsweep.data.mnist_family.read_images_and_labels", _count(calls := []))
    for config in both:
        find(sides(config).source)
    assert len(calls) == 2  # a pair of files for training, one for test


def _count(calls):
    from ltsweep.data.idx import read_images_and_labels

    def read(*paths):
        calls.append(paths)
        return read_images_and_labels(*paths)

    return read


def test_missing_data_are_a_wrong_request(tmp_path):
    (problem,) = problems(tmp_path, "dataset=mnist", NOWHERE)
    assert problem.startswith("dataset=mnist: train-images-idx3-ubyte.gz, ")
    assert str(tmp_path) in problem


def test_a_data_directory_that_is_a_file_is_a_wrong_request(tmp_path):
    (tmp_path / "file").write_text("")
    (problem,) = problems(tmp_path / "file", "dataset=fashion_mnist", NOWHERE)
    assert problem.startswith("dataset=fashion_mnist: ")


def test_a_damaged_file_is_named(mnist_files):
    damaged = mnist_files / "MNIST" / "raw" / "t10k-labels-idx1-ubyte.gz"
    damaged.write_bytes(damaged.read_bytes()[:-9])
    (problem,) = problems(mnist_files, "dataset=mnist", "dataset.validation=5")
    assert problem.startswith(f"dataset=mnist: {damaged} is not a whole gzip file")


def test_constants_must_suit_the_images(mnist_files):
    lines = ["dataset=mnist", "dataset.mean=[1,2]", "dataset.std=[1,2,3]", "dataset.validation=30"]
    assert problems(mnist_files, *lines, "dataset.crop=3") == [
        "dataset.validation=30 must be less than 30, the number of training images of mnist that "
        "it is taken from",
        "dataset.crop=3 must be less than 3, the lesser of height and width of the images of "
        "mnist, else it would leave nothing of some",
        "dataset.mean=[1.0,2.0] must have as many values as mnist has channels: 1",
        "dataset.std=[1.0,2.0,3.0] must have as many values as mnist has channels: 1",
    ]


def test_a_subset_of_the_training_images_is_counted_and_cannot_be_more_than_there_are(tmp_path):
    few, (all_of_them,) = configs("dataset.examples=500")[0], configs("dataset.examples=1170")
    assert FactFinder(tmp_path)(sides(few).source).train_examples == 500
    assert FactFinder(tmp_path)(sides(all_of_them).source).train_examples == 1170
    assert problems(tmp_path, "dataset.examples=1171") == [
        "dataset.examples=1171 must be at most 1170, the number of training images of digits "
        "without its validation images, or null"
    ]


def facts(data_dir, *lines):
    (config,) = configs(*lines)
    return FactFinder(data_dir)(sides(config).source)


def test_classes_and_examples_are_counted_in_the_subset(tmp_path):
    whole = facts(tmp_path, "dataset.validation=0")
    some = facts(tmp_path, "dataset.validation=0", "dataset.classes=[1,7,8]")
    a, b = (facts(tmp_path, "dataset.validation=0", f"dataset.half={half}") for half in "ab")
    lines = ["dataset.classes=[1,7]", "dataset.half=b", "dataset.validation=30"]
    few = facts(tmp_path, *lines, "dataset.per_class=20")
    assert a.train_examples + b.train_examples == whole.train_examples == 1300
    assert (some.classes, few.classes, a.classes) == (3, 2, 10)
    assert few.train_examples == 40
    assert some.layers[-1].shape == (3, 100) and few.layers[-1].shape == (2, 100)
    assert len({found.fingerprint for found in (whole, some, a, b, few)}) == 1


def test_subsets_that_the_data_cannot_give_are_refused_in_words(tmp_path):
    assert problems(tmp_path, "dataset.classes=[3,12]", "dataset.mean=[1,2]") == [
        "dataset.classes=[3,12]: digits has no class 12, only 0 to 9",
        "dataset.mean=[1.0,2.0] must have as many values as digits has channels: 1",
    ]
    (problem,) = problems(tmp_path, "dataset.half=a", "dataset.per_class=100")
    assert problem.startswith("dataset.per_class=100 must be at most ")


def test_constants_are_computed_on_the_images_that_are_trained_on(tmp_path):
    raw = digits(tmp_path)
    lines = ["dataset.mean=null", "dataset.std=null"]
    lines += ["dataset.classes=[0,1]", "dataset.half=b", "dataset.validation=9"]
    images = split(raw, configs(*lines)[0].dataset.split).train_images / 16
    computed = facts(tmp_path, *lines).computed
    assert computed.mean == pytest.approx([images.mean()], rel=1e-12)
    assert computed.std == pytest.approx([images.std()], rel=1e-12)
    assert computed.white == 16
    only_mean = facts(tmp_path, "dataset.mean=null").computed
    assert only_mean.std == (0.3761,) and only_mean.mean != computed.mean
    assert facts(tmp_path).computed is None


def test_images_without_contrast_need_a_std_that_is_set(mnist_files):
    lines = ["dataset=mnist", "dataset.validation=5", "dataset.mean=null", "batch_size=5"]
    assert problems(mnist_files, *lines, "dataset.std=null") == [
        "dataset.std=null cannot be computed: channel 0 of the images of mnist that are trained on "
        "is the same everywhere; set dataset.std"
    ]
    assert facts(mnist_files, *lines, "dataset.std=[1]").computed.mean == (0.0,)


def test_images_that_are_too_small_for_a_model_are_refused(tmp_path, monkeypatch):
    def tiny(build, shape, prunable, *, is_own):
        raise ValueError("it needs more")

    monkeypatch.setattr("ltsweep.plan.facts.Net.of", tiny)
    assert problems(tmp_path, "model=conv2") == [
        "model=conv2 does not suit digits (1x8x8): it needs more"
    ]


def test_devices(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert resolve_device("auto").type == resolve_device("cpu").type == "cpu"
    with pytest.raises(RequestError, match="device=cuda needs a GPU"):
        resolve_device("cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert resolve_device("auto").type == resolve_device("cuda").type == "cuda"
    assert resolve_device("cpu").type == "cpu"
