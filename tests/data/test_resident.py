"""Tests the tensors on the device: normalisation, gathering, the parts."""

import numpy as np
import pytest
import torch

from ltsweep.data.augment import Batch, augmented
from ltsweep.data.dataset import RawImages
from ltsweep.data.resident import Resident
from ltsweep.data.split import split
from ltsweep.data_spec import Augment, Normalise, Split

MEAN, STD, WHITE = [0.1, 0.2, 0.4], [0.5, 0.25, 1.5], 200
NORMALISE = Normalise(mean=MEAN, std=STD, white=WHITE)


@pytest.fixture
def parts():
    rng = np.random.default_rng(0)

    def part(count):
        return rng.integers(0, 256, (count, 3, 5, 4)).astype(np.uint8), np.arange(count) % 4

    raw = RawImages.of(train=part(50), test=part(20), classes=4)
    return split(raw, Split(validation=10, split_seed=0, examples=None))


@pytest.fixture
def resident(parts):
    return Resident(parts, "cpu", NORMALISE, Augment(flip=False, crop=0))


def test_what_it_says_of_itself(parts, resident):
    assert resident.input_shape == (3, 5, 4)
    assert resident.classes == 4
    assert resident.fingerprint == parts.fingerprint
    assert [resident.size(part) for part in ("train", "val", "test")] == [40, 10, 20]


def test_images_are_the_bytes_of_the_split(parts, resident):
    assert resident.images("val").dtype == torch.uint8
    assert (resident.images("train").numpy() == parts.train_images).all()
    assert (resident.images("val").numpy() == parts.val_images).all()
    assert (resident.images("test").numpy() == parts.test_images).all()


def test_normalisation_equals_the_plain_formula(parts, resident):
    indices = torch.tensor([3, 0, 19, 3])
    batch = resident.batch("test", indices)
    mean, std = (np.array(values).reshape(3, 1, 1) for values in (MEAN, STD))
    expected = (parts.test_images[[3, 0, 19, 3]] / WHITE - mean) / std
    assert batch.dtype == torch.float32
    np.testing.assert_allclose(batch.numpy(), expected, rtol=0, atol=2e-6)


def test_a_batch_leaves_the_stored_bytes_alone(parts, resident):
    resident.batch("train", torch.arange(40))
    assert (resident.images("train").numpy() == parts.train_images).all()


@pytest.mark.parametrize("leading", [(), (6,), (3, 6), (2, 3, 6)])
def test_gathers_indices_of_any_shape(resident, leading):
    indices = torch.randint(0, 40, leading, generator=torch.Generator().manual_seed(0))
    batch, labels = resident.batch("train", indices), resident.labels("train", indices)
    assert batch.shape == (*leading, 3, 5, 4)
    assert labels.shape == leading and labels.dtype == torch.int64
    everything = resident.batch("train", torch.arange(40))
    for place in np.ndindex(leading):
        assert torch.equal(batch[place], everything[indices[place]])
        assert labels[place] == resident.labels("train", torch.arange(40))[indices[place]]


def test_a_replicates_batch_does_not_depend_on_its_pack(resident):
    indices = torch.randint(0, 40, (8, 7), generator=torch.Generator().manual_seed(0))
    packed = resident.batch("train", indices)
    for row, alone in zip(packed, indices, strict=True):
        assert torch.equal(row, resident.batch("train", alone[None])[0])


def draws(replicates, images):
    """Indices, flips and shifts (padding 2) of a step."""
    random = torch.Generator().manual_seed(1)
    return Batch(
        torch.randint(0, 40, (replicates, images), generator=random),
        torch.randint(2, (replicates, images), generator=random).bool(),
        torch.randint(5, (replicates, images, 2), generator=random),
    )


def test_a_training_batch_is_augmented_before_it_is_normalised(parts):
    cropping = Resident(parts, "cpu", NORMALISE, Augment(flip=True, crop=2))
    step = draws(3, 7)
    batch = cropping.training_batch(step)
    assert batch.dtype == torch.float32 and batch.shape == (3, 7, 3, 5, 4)
    images = torch.from_numpy(parts.train_images)
    mean, std = (np.array(values).reshape(3, 1, 1) for values in (MEAN, STD))
    for mine, indices, flips, shifts in zip(
        batch, step.indices, step.flips, step.shifts, strict=True
    ):
        bytes_ = augmented(images[indices], flips, shifts, padding=2).numpy()
        expected = (bytes_ / WHITE - mean) / std  # black: the raw value 0, not the mean
        np.testing.assert_allclose(mine.numpy(), expected, rtol=0, atol=2e-6)


def test_without_draws_a_training_batch_is_the_plain_one(resident):
    indices = torch.randint(0, 40, (3, 7), generator=torch.Generator().manual_seed(0))
    plain = resident.batch("train", indices)
    assert torch.equal(resident.training_batch(Batch(indices)), plain)


def test_a_replicates_augmented_batch_does_not_depend_on_its_pack(parts):
    cropping = Resident(parts, "cpu", NORMALISE, Augment(flip=True, crop=2))
    step = draws(8, 7)
    packed = cropping.training_batch(step)
    for k in range(8):
        assert torch.equal(packed[k], cropping.training_batch(step[k : k + 1])[0])


def test_labels_are_those_of_the_split(parts, resident):
    assert resident.labels("val", torch.arange(10)).tolist() == parts.val_labels.tolist()
    assert resident.labels("test", torch.arange(20)).tolist() == parts.test_labels.tolist()


def test_fixed_train_subset(resident):
    assert resident.fixed_train_subset(4).tolist() == [0, 1, 2, 3]
    assert len(resident.fixed_train_subset(10_000)) == 40


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"mean": [0.1]}, "dataset.mean has 1 and dataset.std 3 values, .* 3 channels"),
        ({"std": [0.1, 0.2]}, "dataset.std 2 values"),
    ],
)
def test_refuses_what_does_not_fit(parts, wrong, message):
    with pytest.raises(ValueError, match=message):
        Resident(parts, "cpu", NORMALISE.model_copy(update=wrong), Augment(flip=False, crop=0))
