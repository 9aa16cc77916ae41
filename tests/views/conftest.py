"""A store with made-up curves, written through the store's own interface."""

import base64
import math
import random
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from ltsweep.store.store import Record, Store

LAYERS = {"fc1.weight": 19200, "fc2.weight": 30000, "fc3.weight": 1000}
PRUNABLE = sum(LAYERS.values())
TEST_EXAMPLES = 497

# Accuracy lost at a density, as points = height * (log-density below the knee) ** power.
LOSSES = {
    "dense": (0.0, 1.0, 1.0),
    "imp": (0.03, 1.5, 1.0),
    "random_reinit": (0.4, 0.75, 1.4),
    "layerwise_permuted": (0.3, 2.2, 1.7),
    "random_mask": (0.6, 3.0, 2.0),
    "random_pruning": (0.5, 1.1, 1.5),
}
TARGETS = {"digits": 0.983, "fashion_mnist": 0.885}


def make_point(
    method: str = "imp",
    seed: int = 0,
    levels: int = 15,
    dataset: str = "digits",
    pruning: str = "magnitude_global",
    init_scale: float = 1.0,
    lr: float = 0.05,
) -> Record:
    """A point as the planner writes it; its id and cell are hashes of its configuration."""
    depth = 0 if method == "dense" else levels
    config: dict[str, Any] = {
        "batch_size": 64,
        "dataset": {"name": dataset, "classes": 10, "split_seed": 0},
        "device": "cpu",
        "init": {"name": "xavier_normal", "scale": init_scale, "rescale": None},
        "jobs": 2,
        "levels": levels,
        "method": {"name": method},
        "model": {"name": "lenet_300_100", "hidden": [300, 100]},
        "optimizer": {"name": "sgd", "lr": lr, "momentum": 0.9, "weight_decay": 0.0},
        "pruning": {"name": pruning, "fraction": 0.2},
        "reset": {"step": "20it", "schedule": "resume"},
        "schedule": {"length": "400it", "warmup": None},
        "seed": seed,
    }
    cell = digest(method, dataset, pruning, init_scale, lr)
    stages = [
        digest(cell if k else ("dense", dataset, init_scale, lr), seed, k) for k in range(depth + 1)
    ]
    return {
        "id": digest(cell, seed),
        "cell": cell,
        "seed": seed,
        "method": method,
        "levels": depth,
        "experiment": "synthetic",
        "config": config,
        "columns": {
            "source": dataset,
            "source_optimizer": "sgd",
            "target": dataset,
            "target_optimizer": "sgd",
            "model": "lenet_300_100",
            "pruning": pruning,
            "init": "xavier_normal",
            "init_scale": init_scale,
            "reset": "20it",
        },
        "report": {"delta": 1.0, "densities": [0.512, 0.107, 0.035]},
        "stages": stages,
    }


def end_record(point: Record, number: int) -> Record:
    """The closing record of one level: accuracy by formula plus a draw of its own per stage."""
    kept = [round(total * 0.8**number) for total in LAYERS.values()]
    density = sum(kept) / PRUNABLE
    draw = random.Random(point["stages"][number])
    dense = TARGETS[point["config"]["dataset"]["name"]] + draw.gauss(0, 0.003)
    knee, height, power = LOSSES[point["method"]]
    depth = max(0.0, math.log(knee / density)) if knee else 0.0
    rate = abs(math.log2(point["config"]["optimizer"]["lr"] / 0.05))
    accuracy = max(0.1, dense - (0.01 * rate + height * depth**power) / 100)
    correct = round(accuracy * TEST_EXAMPLES)
    live = [int(k * min(1.0, 0.5 + density)) for k in kept]
    return {
        "event": "end",
        "outcome": "trained",
        "level": number,
        "seed": point["seed"],
        "steps": 400,
        "examples": 25600,
        "layers": {
            name: {
                "total": total,
                "kept": kept[i],
                "live": live[i],
                "dead_units": 0,
                "rms_over_init_std": 1.0 + 0.1 * number,
            }
            for i, (name, total) in enumerate(LAYERS.items())
        },
        "prunable": PRUNABLE,
        "kept": sum(kept),
        "live_kept": sum(live),
        "dead_units": 0,
        "multiply_adds": sum(kept),
        "multiply_adds_dense": PRUNABLE,
        "train_accuracy": min(1.0, accuracy + 0.015),
        "train_loss": 0.01 + (1 - accuracy),
        "val_accuracy": min(1.0, accuracy + draw.gauss(0, 0.003)),
        "val_loss": 0.05 + 2 * (1 - accuracy),
        "val_accuracy_before": 0.1 + 0.5 * density,
        "test_accuracy": correct / TEST_EXAMPLES,
        "test_loss": 0.06 + 2 * (1 - accuracy),
        "early_stop_step": 120,
        "test_correct": base64.b64encode(bytes(63)).decode(),
        "test_examples": TEST_EXAMPLES,
        "seconds": 1.25,
        "device": "cpu",
        "strategy": "stacked",
        "pack_size": 9,
        "data": {"digits": "0" * 64},
        "versions": {"torch": "2.13.0"},
        "commit": "0" * 40,
    }


def validation_records(end: Record, count: int = 8) -> list[Record]:
    """A validation curve that rises to the final accuracy."""
    records = []
    for i in range(1, count + 1):
        rise = 1 - math.exp(-4 * i / count)
        records.append(
            {
                "event": "validation",
                "step": i * end["steps"] // count,
                "accuracy": end["val_accuracy"] * (rise if i < count else 1.0),
                "loss": end["val_loss"] / max(rise, 0.05),
            }
        )
    return records


def diverged_record(end: Record) -> Record:
    """The same level when its training turned non-finite: counts, and no metrics."""
    gone = ("train_accuracy", "train_loss", "val_accuracy", "val_loss", "val_accuracy_before")
    gone += ("test_accuracy", "test_loss", "early_stop_step")
    return {**end, **dict.fromkeys(gone), "outcome": "diverged"}


def write_level(store: Store, point: Record, number: int, *, diverged: bool = False) -> None:
    """Finishes one stage, unless another curve's copy of it is there already."""
    stage = store.stage(point["stages"][number])
    if stage.is_done():
        return
    end = end_record(point, number)
    stage.create({"level": number})
    for record in validation_records(end):
        stage.append(record)
    stage.append(diverged_record(end) if diverged else end)
    stage.finish("diverged" if diverged else "trained", [])


class MadeUpStore:
    """What the tests need to write curves; `store` lies under the test's own directory."""

    make_point = staticmethod(make_point)
    end_record = staticmethod(end_record)
    validation_records = staticmethod(validation_records)

    def __init__(self, root: Path) -> None:
        self.store = Store(root)
        self.store.create()

    def write_curve(self, point: Record, until: int | None = None) -> None:
        """Writes the point and finishes its levels, all of them or up to `until`."""
        self.store.write_point(point)
        last = len(point["stages"]) - 1 if until is None else until
        for number in range(last + 1):
            write_level(self.store, point, number)

    def write_diverged(self, point: Record, number: int) -> None:
        """Finishes one level as diverged."""
        write_level(self.store, point, number, diverged=True)

    def fill(
        self,
        methods: Iterable[str] = ("imp", "random_reinit", "random_mask"),
        seeds: int = 6,
        **choices: Any,
    ) -> Store:
        """Finishes every method for every seed."""
        for method in methods:
            for seed in range(seeds):
                self.write_curve(make_point(method, seed, **choices))
        return self.store


def digest(*parts: Any) -> str:
    """A short hash, in the shape of the store's keys."""
    return sha256(repr(parts).encode()).hexdigest()[:16]


@pytest.fixture(autouse=True)
def _no_disk_flush(monkeypatch: pytest.MonkeyPatch) -> None:
    """Made-up stores need not survive a power cut, and thousands of flushes are slow."""
    monkeypatch.setattr("os.fsync", lambda descriptor: None)


@pytest.fixture
def made_up(tmp_path: Path) -> MadeUpStore:
    """An empty store and the means to fill it."""
    return MadeUpStore(tmp_path / "store")
