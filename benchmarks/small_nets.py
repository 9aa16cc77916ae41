"""Small nets and what is asked of their trainings, for `trainings.py`."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from torch import nn

from ltsweep.data.dataset import RawImages

BATCH_SIZE = 64
RATE, MOMENTUM = 0.1, 0.9
MEAN, STD = 0.5, 0.29


def images(data_dir: Path, *, side: int, train: int, test: int, labels: int) -> RawImages:
    """Random grey images: a dataset as `conf/dataset/` names them."""
    random = np.random.default_rng(0)

    def part(count: int) -> tuple[np.ndarray, np.ndarray]:
        pixels = random.integers(0, 256, (count, 1, side, side), dtype=np.uint8)
        return pixels, random.integers(0, labels, count)

    return RawImages.of(train=part(train), test=part(test), classes=labels)


@dataclass(frozen=True)
class Case:
    """What is trained: a net of `conf/model/`, at a density, on random images (1, side, side).

    `plain` makes it as anyone would write it. `validation` of the `train` images are held out.
    """

    model: str
    plain: Callable[[], nn.Module]
    side: int
    classes: int
    train: int
    validation: int
    test: int
    steps: int
    replicates: int
    density: float
    precision: str
    settings: tuple[str, ...] = ()

    def images(self) -> RawImages:
        """Its images, as the stages read them."""
        return images(Path(), **self._sizes())

    def lines(self) -> list[str]:
        """The command line that asks for these trainings, at level 1, with random masks."""
        return [
            "dataset=digits",
            "dataset._target_=benchmarks.small_nets.images",
            *(f"+dataset.{name}={size}" for name, size in self._sizes().items()),
            f"dataset.validation={self.validation}",
            f"dataset.mean=[{MEAN}]",
            f"dataset.std=[{STD}]",
            "dataset.white=255",
            f"model={self.model}",
            "method=random_pruning",
            f"pruning.fraction={1 - self.density}",
            "levels=1",
            f"batch_size={BATCH_SIZE}",
            f"optimizer.lr={RATE}",
            f"optimizer.momentum={MOMENTUM}",
            f"schedule.length={self.steps}it",
            "schedule.validate_every=1ep",
            f"precision={self.precision}",
            f"seed=range({self.replicates})",
            *self.settings,
        ]

    def _sizes(self) -> dict[str, int]:
        return {
            "side": self.side,
            "train": self.train,
            "test": self.test,
            "labels": self.classes,
        }


def conv_gap() -> nn.Module:
    """`conv_gap` as anyone would write it."""
    layers: list[nn.Module] = []
    inputs = 1
    for outputs, stride in ((16, 2), (32, 1), (32, 2), (64, 1)):
        layers.append(nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False))
        layers += [nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)]
        inputs = outputs
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inputs, 10))


def lenet() -> nn.Module:
    """LeNet-300-100 for images of 8x8 pixels and five classes."""
    hidden = (nn.Linear(64, 300), nn.ReLU(), nn.Linear(300, 100), nn.ReLU())
    return nn.Sequential(nn.Flatten(), *hidden, nn.Linear(100, 5))


_CONV_GAP = partial(
    Case,
    model="conv_gap",
    plain=conv_gap,
    side=14,
    classes=10,
    train=11_000,
    validation=1_000,
    test=2_000,
    steps=250,
    replicates=8,
    density=0.1,
)
# as in experiment=transfer_quickstart
_LENET = partial(
    Case,
    model="lenet_300_100",
    plain=lenet,
    side=8,
    classes=5,
    train=650,
    validation=60,
    test=250,
    steps=400,
    replicates=16,
    precision="fp32",
    settings=("strategy=by_density",),
)
CASES = (
    _CONV_GAP(precision="fp32"),
    _CONV_GAP(precision="bf16"),
    *(_LENET(density=density) for density in (0.5, 0.2, 0.05, 0.02)),
)
