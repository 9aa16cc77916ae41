"""A store with made-up curves, written through the store's own interface."""

import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from torch import nn

from ltsweep.config.settings import PointConfig
from ltsweep.models import lenet_300_100
from ltsweep.models.net import Net
from ltsweep.plan.facts import Facts
from ltsweep.plan.points import make_plan
from ltsweep.plan.sides import Side
from ltsweep.spec import StageSpec
from ltsweep.store.declarations import Declaration
from ltsweep.store.declared import Declared
from ltsweep.store.point_record import PointRecord
from ltsweep.store.records import ClosingRecord, LayerRecord, PrefixRecord, ValidationRecord
from ltsweep.store.stage_dir import StageDir
from ltsweep.store.store import Store

from ..points import configs
from ..records import closing_record, data_read, diverged

LAYERS = {"fc1.weight": 19200, "fc2.weight": 30000, "fc3.weight": 1000}
PRUNABLE = sum(LAYERS.values())
SHAPE = (1, 8, 8)
NET = Net.of(lambda: nn.Sequential(lenet_300_100(SHAPE, 10), nn.BatchNorm1d(10)), SHAPE)
TEST_EXAMPLES = 497
FACTS = Facts(fingerprint="made up", train_examples=1170, classes=10, net=NET)

# Accuracy lost at a density, as points = height * (log-density below the knee) ** power.
LOSSES = {
    "dense": (0.0, 1.0, 1.0),
    "imp": (0.03, 1.5, 1.0),
    "random_reinit": (0.4, 0.75, 1.4),
    "layerwise_permuted": (0.3, 2.2, 1.7),
    "random_mask": (0.6, 3.0, 2.0),
    "random_pruning": (0.5, 1.1, 1.5),
    "trained": (0.03, 1.0, 1.0),
    "dense_at_k": (0.0, 1.0, 1.0),
    "dense_transfer": (0.0, 1.0, 1.0),
    "lr_rewind": (0.025, 1.4, 1.0),
    "finetune": (0.05, 1.6, 1.0),
    "fresh_at_k": (0.35, 0.8, 1.4),
    "reinit_signs": (0.2, 1.0, 1.2),
    "shuffled_values": (0.25, 0.9, 1.3),
    "erk": (0.3, 1.2, 1.5),
    "balanced": (0.45, 1.4, 1.6),
}
Settings = tuple[tuple[str, Any], ...]
_SPECS: dict[str, StageSpec] = {}  # of all stages that points here were planned with, by key
TARGETS = {"digits": 0.983, "fashion_mnist": 0.885}


@cache
def make_point(
    method: str = "imp",
    seed: int = 0,
    levels: int = 15,
    dataset: str = "digits",
    pruning: str = "magnitude_global",
    init_scale: float = 1.0,
    lr: float | None = None,
    norm_statistics: str = "running",
    rescale: str = "none",
    delta: float = 1.0,
    densities: tuple[float, ...] = (0.512, 0.107, 0.035),
    arms: tuple[str, ...] = ("method",),
    source: Settings = (),
    target: Settings | None = None,
    words: tuple[str, ...] = (),
) -> PointRecord:
    """A point as the planner writes it, with what source and target have for themselves.

    `words` are further words of the command line.
    """
    config = _composed(method, dataset, pruning, words)
    data = {**config["dataset"], **dict(source)}
    changed = {
        **config,
        "seed": seed,
        "levels": levels,
        "dataset": data,
        "target": config["target"] if target is None else {**data, **dict(target)},
        "init": {**config["init"], "scale": init_scale, "rescale": rescale},
        "optimizer": {**config["optimizer"], **({} if lr is None else {"lr": lr})},
        "norm_statistics": norm_statistics,
        "report": {"delta": delta, "densities": densities, "arms": arms},
    }

    def facts(side: Side) -> Facts:
        own = side.dataset.name
        return FACTS if own == dataset else replace(FACTS, fingerprint=own)

    plan = make_plan([PointConfig.model_validate(changed)], facts)
    (point,) = plan.points
    _SPECS.update({key: stage.spec for key, stage in plan.stages.items()})
    return point.record("synthetic")


@cache
def _composed(method: str, dataset: str, pruning: str, words: tuple[str, ...]) -> dict[str, Any]:
    """Composing takes far longer than planning: done once per choice of files in conf/."""
    groups = (f"method={method}", f"dataset={dataset}", f"pruning={pruning}", "init=xavier_normal")
    (config,) = configs(*groups, "reset.step=20it", "schedule.length=400it", *words)
    return config.model_dump(mode="json", by_alias=True)


def end_record(point: PointRecord, number: int) -> ClosingRecord:
    """The closing record of one level: accuracy by formula plus a draw of its own per stage."""
    kept = [round(total * 0.8**number) for total in LAYERS.values()]
    density = sum(kept) / PRUNABLE
    draw = random.Random(point.stages[number])
    target = point.config["target"] or point.config["dataset"]
    dense = TARGETS.get(target["name"], 0.9) + draw.gauss(0, 0.003)
    knee, height, power = LOSSES.get(point.method, LOSSES["random_reinit"])
    depth = max(0.0, math.log(knee / density)) if knee else 0.0
    rate = abs(math.log2(point.config["optimizer"]["lr"] / 0.05))
    accuracy = max(0.1, dense - (0.01 * rate + height * depth**power) / 100)
    live = [int(k * min(1.0, 0.5 + density)) for k in kept]
    return closing_record(
        level=number,
        seed=point.seed,
        layers={
            name: LayerRecord(
                total=total,
                kept=kept[i],
                live=live[i],
                dead_units=0,
                rms_over_init_std=1.0 + 0.1 * number,
                rms_over_init_std_end=2.0,
                is_output=name == "fc3.weight",
            )
            for i, (name, total) in enumerate(LAYERS.items())
        },
        prunable=PRUNABLE,
        kept=sum(kept),
        live_kept=sum(live),
        params_left=sum(kept) + 410,
        multiply_adds=sum(kept),
        multiply_adds_dense=PRUNABLE,
        training_multiply_adds=3 * sum(kept) * 25600,
        weight_bits=32,
        evaluation_images=3000,
        recalibration_images=1000,
        train_accuracy=min(1.0, accuracy + 0.015),
        train_loss=0.01 + (1 - accuracy),
        val_accuracy=min(1.0, accuracy + draw.gauss(0, 0.003)),
        val_loss=0.05 + 2 * (1 - accuracy),
        val_accuracy_before=0.1 + 0.5 * density,
        test_accuracy=round(accuracy * TEST_EXAMPLES) / TEST_EXAMPLES,
        test_loss=0.06 + 2 * (1 - accuracy),
        test_examples=TEST_EXAMPLES,
        chance_accuracy=0.1,
        data=data_read("0" * 64, target["name"]),
    )


def validation_records(end: ClosingRecord, count: int = 8) -> list[ValidationRecord]:
    """A validation curve that rises to the final accuracy."""
    assert end.val_accuracy is not None and end.val_loss is not None
    records = []
    for i in range(1, count + 1):
        rise = 1 - math.exp(-4 * i / count)
        records.append(
            ValidationRecord(
                event="validation",
                step=i * end.steps // count,
                accuracy=end.val_accuracy * (rise if i < count - 1 else 1.0),
                loss=end.val_loss / max(rise, 0.05),
            )
        )
    return records


def prefix_record(spec: StageSpec) -> PrefixRecord:
    """The record of so many of the steps that `end_record` tells the cost of."""
    share = spec.stop / spec.train.schedule.total
    return PrefixRecord(
        event="prefix", training_multiply_adds=round(3 * PRUNABLE * 25600 * share), seconds=share
    )


def begin(stage: StageDir) -> None:
    """Writes down what a stage is; made-up keys end with that of a planned one."""
    stage.create(_SPECS[stage.key.rpartition("-")[2]].model_dump(mode="json"))


def write_level(store: Store, point: PointRecord, number: int, *, diverges: bool = False) -> None:
    """Finishes one stage, unless another curve's copy of it is there already."""
    stage = store.stage(point.stages[number])
    if stage.is_done():
        return
    end = end_record(point, number)
    begin(stage)
    for record in validation_records(end):
        stage.append(record.stored())
    end = diverged(end) if diverges else end
    stage.append(end.stored())
    stage.finish(end.outcome, [])


class MadeUpStore:
    """What the tests need to write curves; `store` lies under the test's own directory."""

    make_point = staticmethod(make_point)
    begin = staticmethod(begin)
    end_record = staticmethod(end_record)
    validation_records = staticmethod(validation_records)

    def __init__(self, root: Path) -> None:
        self.store = Store(root)
        self.store.create()

    def write_curve(self, point: PointRecord, until: int | None = None) -> None:
        """Writes the point and finishes its levels, all of them or up to `until`."""
        self.store.write_point(point)
        last = len(point.stages) - 1 if until is None else until
        for number in range(last + 1):
            write_level(self.store, point, number)

    def write_sources(self, point: PointRecord) -> None:
        """Finishes all stages that those of a point start from, prefixes included."""
        waiting = [parent for key in point.stages for parent in _SPECS[key].parents]
        while waiting:
            key = waiting.pop()
            spec, stage = _SPECS[key], self.store.stage(key)
            waiting.extend(spec.parents)
            if stage.is_done():
                continue
            begin(stage)
            end = end_record(point, min(spec.level, len(point.stages) - 1))
            stage.append(prefix_record(spec).stored() if spec.is_prefix else end.stored())
            stage.finish("trained", [])

    def write_level(self, point: PointRecord, number: int) -> None:
        """Finishes one level, whatever becomes of those before it."""
        write_level(self.store, point, number)

    def write_diverged(self, point: PointRecord, number: int) -> None:
        """Finishes one level as diverged."""
        write_level(self.store, point, number, diverges=True)

    def write_accuracies(self, point: PointRecord, accuracies: Iterable[float]) -> None:
        """Writes the point, and finishes its levels at these test accuracies where they are not."""
        self.store.write_point(point)
        for number, accuracy in enumerate(accuracies):
            stage = self.store.stage(point.stages[number])
            if not stage.is_done():
                end = end_record(point, number)
                stage.create({})
                stage.append(end.model_copy(update={"test_accuracy": accuracy}).stored())
                stage.finish("trained", [])

    def write_declaration(
        self, records: Sequence[PointRecord], report: Declared, *, day: int, **told: Any
    ) -> None:
        """Declares the experiment of these points on a day, with what else is told of that."""
        experiment = records[0].experiment
        assert experiment is not None
        usual = {"experiment": experiment, "stages": 30, "stages_done": 0}
        declaration = Declaration(
            **(usual | told),
            written=f"2026-01-{day:02}T00:00:00.000000+00:00",
            report=report,
            seeds=tuple(sorted({record.seed for record in records})),
            cells=tuple(sorted({record.cell for record in records})),
            points=tuple(sorted(record.id for record in records)),
        )
        declaration.save(self.store)

    def declare(self, **report: Any) -> None:
        """Has all points that are written declare this of their report, too."""
        for point in self.store.points():
            declared = Declared.model_validate({**point.report.model_dump(), **report})
            self.store.write_point(point.model_copy(update={"report": declared}))

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


@pytest.fixture
def made_up(tmp_path: Path) -> MadeUpStore:
    """An empty store and the means to fill it."""
    return MadeUpStore(tmp_path / "store")
