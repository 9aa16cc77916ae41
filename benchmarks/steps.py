"""Samples per second of whole training steps: packs of ltsweep against the usual loop."""

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from ltsweep.components import Call, bind
from ltsweep.data.dataset import RawImages
from ltsweep.data.resident import Resident
from ltsweep.data.split import split
from ltsweep.initialize import initial_state
from ltsweep.models.facts import build_meta, prunable_layers
from ltsweep.spec import InitSpec, ScheduleSpec
from ltsweep.train.replicate import DataOrder, Replicate
from ltsweep.train.strategy import strategy_for

SGD = bind("ltsweep.train.optimizers.sgd", {"lr": 0.01, "momentum": 0.9})
CONSTANT = bind("ltsweep.train.schedules.constant", {})
KAIMING = InitSpec(distribution=bind("ltsweep.initialize.kaiming_normal", {}), scale=1.0)


@dataclass(frozen=True)
class Case:
    """An architecture on images of a shape, at a batch size."""

    name: str
    model: Call
    shape: tuple[int, int, int]
    examples: int
    batch_size: int


CASES = (
    Case(
        "LeNet-300-100, digits", bind("ltsweep.models.lenet.lenet_300_100", {}), (1, 8, 8), 1170, 64
    ),
    Case(
        "LeNet-300-100, 28x28",
        bind("ltsweep.models.lenet.lenet_300_100", {}),
        (1, 28, 28),
        6000,
        128,
    ),
    Case("Conv-2, 32x32", bind("ltsweep.models.conv.conv2", {}), (3, 32, 32), 600, 60),
)


@dataclass(frozen=True)
class Row:
    """One line of the table: rates in samples a second, over all replicates."""

    case: str
    way: str
    rates: list[float]

    @property
    def median(self) -> float:
        """The middle rate."""
        return statistics.median(self.rates)


def rows(repetitions: int) -> Iterator[Row]:
    """Measures every case; the ways of one case take turns, so that noise hits them alike."""
    for case in CASES:
        data = _data(case)
        ways = {"usual loop (DataLoader, eager, mask in the forward)": _usual(case, data)}
        for precision in ("fp32", "bf16"):
            for replicates in (1, 8):
                ways[f"ltsweep {precision}, K = {replicates}"] = _pack(
                    case, data, precision, replicates
                )
        rates: dict[str, list[float]] = {way: [] for way in ways}
        for way in ways.values():
            way()  # warm up
        for _ in range(repetitions):
            for name, way in ways.items():
                began = time.perf_counter()
                samples = way()
                rates[name].append(samples / (time.perf_counter() - began))
        yield from (Row(case.name, name, found) for name, found in rates.items())


def _data(case: Case) -> Resident:
    rng = np.random.default_rng(0)
    count = case.examples + 100

    def part(n: int) -> tuple[np.ndarray, np.ndarray]:
        return rng.integers(0, 256, (n, *case.shape), dtype=np.uint8), rng.integers(0, 10, n)

    raw = RawImages.of(train=part(count), test=part(100), classes=10)
    channels = case.shape[0]
    parts = split(raw, validation=100, split_seed=0)
    return Resident(parts, "cpu", mean=[0.5] * channels, std=[0.25] * channels, white=255.0)


def _pack(case: Case, data: Resident, precision: str, replicates: int) -> Callable[[], int]:
    module = build_meta(case.model, case.shape, 10)
    layers = prunable_layers(module, case.shape)
    schedule = ScheduleSpec(total=10_000, warmup=0, factor=CONSTANT, validate_every=10_000)
    pack = []
    for seed in range(replicates):
        state = initial_state(module, layers, KAIMING, seed, "init")
        mask = {layer.name: torch.rand(layer.shape) < 0.5 for layer in layers}
        order = DataOrder(seed, 1, data.size("train"), case.batch_size)
        pack.append(Replicate(f"{seed}", state, mask, SGD, schedule, order, 0, 10_000))
    strategy = strategy_for(module)(module, pack, data, precision)
    steps = max(1, _steps(case) // replicates)

    def run() -> int:
        for step in range(steps):
            batch = torch.stack([replicate.order.batch(step) for replicate in pack])
            strategy.step(batch, [1.0] * replicates)
        return sum(replicate.order.examples_before(steps) for replicate in pack)

    return run


def _usual(case: Case, data: Resident) -> Callable[[], int]:
    with torch.device("cpu"):
        module = case.model(case.shape, 10)
    masks = {name: torch.rand_like(p) < 0.5 for name, p in module.named_parameters() if p.ndim > 1}
    optimizer = torch.optim.SGD(module.parameters(), lr=0.01, momentum=0.9)
    images = data.images("train").float() / 255
    labels = data.labels("train", torch.arange(data.size("train")))
    loader = DataLoader(TensorDataset(images, labels), case.batch_size, shuffle=True)
    steps = _steps(case)

    def batches() -> Iterator[list[torch.Tensor]]:
        while True:
            yield from loader

    def run() -> int:
        samples = 0
        for _, (x, y) in zip(range(steps), batches(), strict=False):
            masked = {
                name: p * masks[name] if name in masks else p
                for name, p in module.named_parameters()
            }
            loss = nn.functional.cross_entropy(torch.func.functional_call(module, masked, x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            samples += len(y)
        return samples

    return run


def _steps(case: Case) -> int:
    return 8 if case.model.target.endswith("conv2") else 80
