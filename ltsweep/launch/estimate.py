"""How many device-hours a plan will take, judged by the store's own records of like stages."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from heapq import nsmallest
from math import log
from statistics import median
from typing import Any

from ltsweep.foundations.files import DamagedFile
from ltsweep.plan.plan import Plan
from ltsweep.plan.stage import PlannedStage
from ltsweep.store.stage_dir import StageDir
from ltsweep.store.store import Store

# A plan must not read a big store through. Records of the plan's own stages come first: their keys
# are known, and so what they are like. For kinds that these leave open, other stages are looked at.
# Of each the least keys are taken: keys are hashes, so these are a random sample, over all levels,
# and the same one each time. A kind that makes a hundredth of the store is missed once in fifty.
ENOUGH = 16  # records per kind
MOST_LOOKS = 400  # stages of other plans whose specification is read


Kind = tuple[str, str]  # of training, and of device
_LIKE = ("model", "batch_size", "precision", "objective", "numbers", "dynamics", "strategy")


@dataclass(frozen=True)
class Estimate:
    """Device-hours of those stages that like ones are recorded of; None if there are none."""

    hours: float | None
    stages: int


@dataclass(frozen=True)
class _Rate:
    seconds_per_step: float  # of one stage: its share of the pack's time
    pack_size: int


def dense_work(stages: Iterable[PlannedStage]) -> int | None:
    """Multiply-adds of these trainings, three forward passes a step, as if no weight were pruned.

    That is what a device does which saves nothing for zeros. None where it can't be told.
    """
    total = 0
    for stage in stages:
        if stage.means.multiply_adds is None:
            return None
        steps = stage.spec.stop - stage.spec.start
        total += 3 * stage.means.multiply_adds * stage.spec.train.batch_size * steps
    return total


def estimate(
    plan: Plan,
    pending: Mapping[str, PlannedStage],
    store: Store,
    device_of: Callable[[str], str],
    pack_size: Callable[[str], int],
) -> Estimate:
    """Seconds per step of like stages, times the steps of pending ones; nothing is extrapolated.

    Stages are alike when they train the same model on the same data in batches of the same size,
    in the same precision and on the same type of device. Of their records those count whose pack
    size is nearest to that which a stage is going to have.
    """
    trains: dict[int, str] = {}  # stages share a few of these specifications

    def kind(stage: PlannedStage) -> str:
        train = stage.spec.train
        if id(train) not in trains:
            trains[id(train)] = _kind(train.model_dump(mode="json"))
        return trains[id(train)]

    wanted = {(kind(stage), device_of(key)) for key, stage in pending.items()}
    done: defaultdict[str, list[str]] = defaultdict(list)
    for key, stage in plan.stages.items():
        if key not in pending:
            done[kind(stage)].append(key)
    rates = {
        (name, device): list(_rates(map(store.stage, nsmallest(ENOUGH, done[name])), device))
        for name, device in wanted
    }
    _look_around(rates, store)

    @cache
    def seconds_per_step(kind: Kind, size: int) -> float:
        return _nearest(rates[kind], size)

    seconds = [
        seconds_per_step(alike, pack_size(key)) * (stage.spec.stop - stage.spec.start)
        for key, stage in pending.items()
        if rates[alike := (kind(stage), device_of(key))]
    ]
    known = bool(seconds) or not pending
    return Estimate(sum(seconds) / 3600 if known else None, len(seconds))


def _look_around(rates: Mapping[Kind, list[_Rate]], store: Store) -> None:
    """Adds records of stages that the plan does not have, for the kinds that have none yet."""
    unknown = [kind for kind, known in rates.items() if not known]
    if not unknown:
        return
    for key in nsmallest(MOST_LOOKS, store.keys()):
        directory = store.stage(key)
        try:
            name = _kind((directory.spec() or {})["train"])
        except (DamagedFile, KeyError, TypeError):
            continue
        for kind in unknown:
            if kind[0] == name and len(rates[kind]) < ENOUGH:
                rates[kind].extend(_rates([directory], kind[1]))


def _rates(directories: Iterable[StageDir], device: str) -> Iterator[_Rate]:
    for directory in directories:
        end = directory.end()
        if end is not None and end.device.split(":")[0] == device and end.steps > 0:
            yield _Rate(end.seconds / end.steps, end.pack_size)


def _nearest(rates: Iterable[_Rate], pack_size: int) -> float:
    """The median rate at the recorded pack size that is nearest in ratio."""

    def distance(rate: _Rate) -> float:
        return abs(log(rate.pack_size / pack_size))

    least = min(map(distance, rates))
    return median(rate.seconds_per_step for rate in rates if distance(rate) == least)


def _kind(train: Mapping[str, Any]) -> str:
    """Equal for the trainings that take equally long per step on one type of device."""
    like = [train["data"]["fingerprint"], *(train.get(name) for name in _LIKE)]
    return json.dumps(like, sort_keys=True)
