"""What is measured: architectures on synthetic images of the real shapes, and packs of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
import torch

from ltsweep.data.dataset import RawImages
from ltsweep.data.resident import Resident
from ltsweep.data.split import split
from ltsweep.data_spec import Augment, Normalise, Split
from ltsweep.foundations.components import Call, bind
from ltsweep.init.state import initial_state
from ltsweep.models.layers import Layer
from ltsweep.models.net import Net
from ltsweep.part_spec import InitSpec
from ltsweep.pruning.mask import Mask
from ltsweep.spec import ScheduleSpec
from ltsweep.train.choice import strategy_for
from ltsweep.train.recipe import Recipe
from ltsweep.train.replicate import Batches, DataOrder, Replicate
from ltsweep.train.strategy import Strategy

SGD = bind("ltsweep.train.sgd", {"lr": 0.01, "momentum": 0.9})
CONSTANT = bind("ltsweep.train.constant", {})
KAIMING = InitSpec(distribution=bind("ltsweep.init.kaiming_normal", {}), scale=1.0)
BATCH_SIZE = 128
EXAMPLES, HELD_OUT = 6400, 100


@dataclass(frozen=True)
class Case:
    """An architecture on images of a shape; `steps` make one timing of about half a second."""

    name: str
    model: Call
    shape: tuple[int, int, int]
    steps: int
    augment: bool = False
    batch_size: int = BATCH_SIZE
    densities: tuple[float, ...] = (1.0,)

    @cached_property
    def net(self) -> Net:
        """The architecture and its prunable layers."""
        return Net.of(partial(self.model, self.shape, 10), self.shape)

    def flops(self) -> float:
        """Floating-point operations of one example's training, products alone.

        Forward, gradient of the weights, and of the inputs but for the first layer's.
        """
        layers = self.net.layers
        products = [layer.multiply_adds(torch.ones(layer.shape)) or 0 for layer in layers]
        return 2.0 * (3 * sum(products) - products[0])

    def data(self, device: str = "cpu") -> Resident:
        """Random images, enough for some epochs."""
        rng = np.random.default_rng(0)

        def part(n: int) -> tuple[np.ndarray, np.ndarray]:
            return rng.integers(0, 256, (n, *self.shape), dtype=np.uint8), rng.integers(0, 10, n)

        raw = RawImages.of(train=part(EXAMPLES + HELD_OUT), test=part(100), classes=10)
        channels = self.shape[0]
        parts = split(raw, Split(validation=HELD_OUT, split_seed=0, examples=None))
        normalise = Normalise(mean=[0.5] * channels, std=[0.25] * channels, white=255.0)
        augment = Augment(flip=self.augment, crop=4 if self.augment else 0)
        return Resident(parts, device, normalise, augment)


LENET = Case(
    "LeNet",
    bind("ltsweep.models.lenet_300_100", {}),
    (1, 28, 28),
    40,
    densities=(1.0, 0.2, 0.05, 0.01),
)
CONV2 = Case("Conv-2", bind("ltsweep.models.conv2", {}), (3, 32, 32), 2, augment=True)
RESNET20 = Case("ResNet-20", bind("ltsweep.models.resnet", {}), (3, 32, 32), 2, augment=True)
RESNET18 = Case(
    "ResNet-18",
    bind("ltsweep.models.resnet", {"blocks": (2, 2, 2, 2), "width": 64}),
    (3, 32, 32),
    2,
    augment=True,
)


def pack(
    case: Case, data: Resident, *, precision: str, replicates: int, density: float
) -> Callable[[int], int]:
    """A pack as a worker would load it: a function that takes steps and counts images."""
    strategy, members = loaded(case, data, Recipe(precision), replicates, density)
    batches, taken = Batches(members), 0

    def run(steps: int) -> int:
        nonlocal taken
        before = taken
        taken += steps
        for step in range(before, taken):
            strategy.step(batches.at(step, replicates), [1.0] * replicates)
        seen = [m.order.examples_before(taken) - m.order.examples_before(before) for m in members]
        return sum(seen)

    return run


def loaded(
    case: Case, data: Resident, recipe: Recipe, replicates: int = 1, density: float = 1.0
) -> tuple[Strategy, list[Replicate]]:
    """A pack in the strategy that is chosen for it, and its members."""
    schedule = ScheduleSpec(total=10_000, warmup=0, factor=CONSTANT, validate_every=10_000)
    members = []
    for seed in range(replicates):
        state = initial_state(case.net, KAIMING, seed, "init")
        mask = random_mask(case.net.layers, density)
        state |= {name: state[name] * part for name, part in mask.items()}
        order = DataOrder(seed, 1, EXAMPLES, case.batch_size, case.augment, 4 * case.augment)
        members.append(Replicate(f"{seed}", state, mask, SGD, schedule, order, 0, 10_000))
    kind = strategy_for(case.net.module, members[0].mask, data.device, recipe)
    return kind(case.net.module, members, data, recipe), members


def random_mask(layers: Sequence[Layer], density: float) -> Mask:
    """Exactly this density in every layer; nothing is masked where everything is kept."""
    masks = {}
    for layer in layers:
        order = torch.randperm(layer.total)
        masks[layer.name] = (order < round(density * layer.total)).view(layer.shape)
    return masks if density < 1 else {}
