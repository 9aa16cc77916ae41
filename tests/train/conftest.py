"""A tiny dataset, replicates on it, and the training of a pack: what tests of training share."""

from dataclasses import dataclass, field

import numpy as np
import pytest
import torch

from ltsweep.data.dataset import RawImages
from ltsweep.data.resident import Resident
from ltsweep.data.split import split
from ltsweep.data_spec import Augment, Normalise, Split
from ltsweep.foundations.components import bind
from ltsweep.init.state import initial_state
from ltsweep.models.net import Net
from ltsweep.part_spec import InitSpec
from ltsweep.spec import ScheduleSpec
from ltsweep.train.choice import strategy_for
from ltsweep.train.loop import Interrupted, train
from ltsweep.train.recipe import Recipe
from ltsweep.train.replicate import DataOrder, Replicate, Validation

TRAIN, VAL, CLASSES = 150, 40, 10
INIT = InitSpec(distribution=bind("ltsweep.init.kaiming_normal", {}), scale=1.0)


def sgd(**settings):
    given = {"lr": 0.05, "momentum": 0.9, "weight_decay": 1e-3} | settings
    return bind("ltsweep.train.sgd", given)


def adam(**settings):
    given = {"lr": 1e-3, "weight_decay": 1e-3} | settings
    return bind("ltsweep.train.adam", given)


@dataclass
class Recorder:
    """Events of a training, written down; saves and stops where it is told to."""

    save_after: int | None = None
    stop_after: int | None = None
    snapshots: dict = field(default_factory=dict)
    checkpoints: dict = field(default_factory=dict)
    _step: int = 0

    def validated(self, replicate, accuracy, loss):
        replicate.validation.append(Validation(replicate.step, accuracy, loss))

    def snapshot(self, replicate, step, state, optimizer_state):
        assert (replicate.key, step) not in self.snapshots
        self.snapshots[replicate.key, step] = state

    def checkpoint(self, replicate, state, optimizer_state):
        self.checkpoints[replicate.key] = (replicate.step, state, optimizer_state)

    def at(self, step):
        """Say where the training stands: `Ground` does after each step."""
        self._step = step

    def stepped(self, replicate):
        pass

    def wants_checkpoint(self):
        return self._step == self.save_after

    def wants_stop(self):
        return self._step == self.stop_after


@dataclass
class Result:
    """What a training leaves of one replicate."""

    state: dict
    optimizer_state: dict
    correct: torch.Tensor
    loss: torch.Tensor
    validation: list

    def assert_same(self, other):
        """Bit by bit."""
        for mine, theirs in (
            (self.state, other.state),
            (self.optimizer_state, other.optimizer_state),
        ):
            assert mine.keys() == theirs.keys()
            different = [name for name in mine if not torch.equal(mine[name], theirs[name])]
            assert different == []
        assert torch.equal(self.correct, other.correct)
        assert torch.equal(self.loss, other.loss)
        steps = {point.step: point for point in other.validation}
        assert all(steps[point.step] == point for point in self.validation)


class Ground:
    """One model on a tiny dataset: makes replicates and trains packs of them."""

    def __init__(self, model, shape, *, flip=False, crop=0):
        self.flip, self.crop = flip, crop
        random = np.random.default_rng(0)

        def part(count):
            images = random.integers(0, 256, (count, *shape)).astype(np.uint8)
            return images, np.arange(count) % CLASSES

        raw = RawImages.of(train=part(TRAIN + VAL), test=part(30), classes=CLASSES)
        parts = split(raw, Split(validation=VAL, split_seed=0, examples=None))
        normalise = Normalise(mean=[0.5] * shape[0], std=[0.3] * shape[0], white=255)
        self.data = Resident(parts, "cpu", normalise, Augment(flip=flip, crop=crop))
        self.net = Net.of(lambda: model(shape, CLASSES), shape)
        self.module, self.layers = self.net.module, self.net.layers
        self.strategy = strategy_for(self.module, {}, self.data.device, Recipe("fp32"))

    def replicate(
        self,
        seed=0,
        *,
        density=0.3,
        level=1,
        optimizer=None,
        factor=None,
        step=0,
        stop=10,
        batch_size=64,
        snapshots=(),
        dynamics=None,
    ):
        """A replicate with a draw, a random mask and an order of the data that its seed gives."""
        random = torch.Generator().manual_seed(1000 + seed)
        state = initial_state(self.net, INIT, seed, "init")
        mask = {}
        if density < 1:
            for layer in self.layers:
                mask[layer.name] = torch.rand(layer.shape, generator=random) < density
                state[layer.name] *= mask[layer.name]
        return Replicate(
            key=f"seed {seed}",
            state=state,
            mask=mask,
            optimizer=optimizer or sgd(),
            schedule=ScheduleSpec(
                total=stop,
                warmup=0,
                factor=factor or bind("ltsweep.train.constant", {}),
                validate_every=4,
            ),
            order=DataOrder(seed, level, TRAIN, batch_size, self.flip, self.crop),
            step=step,
            stop=stop,
            snapshots=snapshots,
            dynamics=dynamics,
        )

    def train(self, pack, precision="fp32", events=None, strategy=None, **recipe):
        """Train the pack as a worker would and return each replicate's result, by key."""
        events = events or Recorder()
        pack = sorted(pack, key=lambda replicate: replicate.step)
        how = Recipe(precision, **recipe)
        running = (strategy or self.strategy)(self.module, pack, self.data, how)
        take_step = running.step

        def step(batch, factors):
            events.at(pack[0].step + 1)
            take_step(batch, factors)

        running.step = step
        try:
            train(pack, running, torch.arange(VAL), events)
        except Interrupted:
            assert events.stop_after is not None
        correct, losses = running.evaluate("test", torch.arange(30), range(len(pack)))
        return {
            replicate.key: Result(
                running.state(k),
                running.optimizer_state(k),
                correct[k],
                losses[k],
                replicate.validation,
            )
            for k, replicate in enumerate(pack)
        }

    @staticmethod
    def events(**settings):
        """A recorder of a training's events that saves and stops where it is told to."""
        return Recorder(**settings)

    def company(self, count, stop=10, batch_size=64):
        """`count` replicates, as different as a pack allows: some start late, some go astray."""
        cosine = bind("ltsweep.train.cosine", {})
        kinds = [
            {"step": 0, "density": 0.05, "optimizer": sgd(lr=0.2)},
            {"step": 0, "density": 1.0, "optimizer": sgd(lr=1e4)},  # diverges
            {"step": 1, "optimizer": adam()},
            {"step": 2, "factor": cosine},
            {"step": 3, "density": 0.7, "level": 4},
            {"step": 5, "optimizer": sgd(momentum=0)},
            {"step": stop - 1, "density": 1.0},
        ]
        return [
            self.replicate(100 + k, stop=stop, batch_size=batch_size, **kind)
            for k, kind in enumerate(kinds[:count])
        ]


@pytest.fixture(scope="session")
def lenet():
    """LeNet-300-100 on 28x28 images, as in experiments."""
    return Ground(bind("ltsweep.models.lenet_300_100", {}), (1, 28, 28))


@pytest.fixture(scope="session")
def small():
    """A net so small that every product is."""
    model = bind("ltsweep.models.lenet_300_100", {"hidden": (9, 7)})
    return Ground(model, (1, 6, 6))


@pytest.fixture(scope="session")
def conv2():
    """Conv-2 on images of 4x4 pixels."""
    return Ground(bind("ltsweep.models.conv2", {}), (3, 4, 4))


@pytest.fixture(scope="session")
def resnet():
    """A residual net of two stages on images of 8x8 pixels, flipped and cropped."""
    model = bind("ltsweep.models.resnet", {"blocks": (1, 1), "width": 4})
    return Ground(model, (3, 8, 8), flip=True, crop=2)
