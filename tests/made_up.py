"""Made-up datasets in .npz files: images of any shape, in as many classes as are wanted."""

import numpy as np

from ltsweep.data.dataset import RawImages

NAMES = ("train_images", "train_labels", "test_images", "test_labels")


def arrays(channels, height, width, *, classes=10, examples=200, seed=0):
    """Arrays of a dataset: noise that is brighter the higher the number of the class is."""
    random = np.random.default_rng(seed)
    found = []
    for count in (examples, examples // 2):
        labels = np.arange(count) % classes
        noise = random.integers(0, 100, (count, channels, height, width))
        found += [(noise + 15 * labels[:, None, None, None]).astype(np.uint8), labels]
    return dict(zip(NAMES, found, strict=True))


def raw(*shape, **how):
    """What is loaded from there."""
    train_images, train_labels, test_images, test_labels = arrays(*shape, **how).values()
    train, test = (train_images, train_labels), (test_images, test_labels)
    return RawImages.of(train=train, test=test, classes=how.get("classes", 10))


def dataset(folder, channels, height, width, *, name="made", group="dataset", **how):
    """The words that choose such a dataset, written to a folder; `group` may be `target`."""
    path = folder / f"{name}.npz"
    np.savez(path, **arrays(channels, height, width, **how))
    there = group if group == "dataset" else f"dataset@{group}"
    return f"{there}=arrays", f"{group}.name={name}", f"{group}.path={path}"
