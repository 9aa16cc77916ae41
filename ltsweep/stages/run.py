"""Runs a pack: begins its stages, trains them together, measures them and marks them done."""

from collections.abc import Callable, Sequence
from math import ceil

import torch

from ltsweep.plan.stage import PlannedStage
from ltsweep.stages.begin import begin
from ltsweep.stages.finish import finish, finish_if_measured
from ltsweep.stages.running import Running, Surroundings
from ltsweep.stages.saving import Saving
from ltsweep.stages.workplace import Workplace
from ltsweep.store.claims import Claim
from ltsweep.train.choice import strategy_for
from ltsweep.train.loop import train
from ltsweep.train.recipe import Recipe
from ltsweep.train.strategy import Strategy

LEAST_TOGETHER = 8  # however large nets are: from so many on, what calls cost no longer counts


def run_pack(
    stages: Sequence[tuple[PlannedStage, Claim]],
    place: Workplace,
    stop_requested: Callable[[], bool],
    log: Callable[[str], None],
    stepped: Callable[[str, int], None],
) -> None:
    """Trains stages that are `compatible`, and marks them done.

    After each step `stepped` is told a stage's key and its step. Resumes from checkpoints. Raises
    Interrupted after saving them when asked to stop; whatever else it raises leaves every stage as
    it was, to be tried again.
    """
    stages = [entry for entry in stages if not finish_if_measured(entry[0], place)]
    if not stages:
        return
    first = stages[0][0]
    train_spec = first.spec.train
    data = place.data(train_spec.data, first.means.loaders[train_spec.data.fingerprint])
    net, recipe = place.net(train_spec, data), Recipe.of(train_spec)
    running = [begin(planned, claim, place, data, net, log) for planned, claim in stages]
    running.sort(key=lambda r: (r.replicate.step, r.planned.key))
    alike: dict[type[Strategy], list[Running]] = {}
    for r in running:
        kind = strategy_for(
            net.module, r.start_mask, place.device, recipe, forced=train_spec.strategy
        )
        alike.setdefault(kind, []).append(r)
    for kind, all_of_kind in alike.items():
        for some in _groups(all_of_kind, kind, place.device):
            replicates = [r.replicate for r in some]
            strategy = kind(net.module, replicates, data, recipe, place.recorder)
            around = Surroundings(place, data, net, strategy, len(some))
            events = Saving(some, place, stop_requested, log, stepped)
            _train(some, around, events, log)
            del strategy, around  # its graphs must be gone before those of the next are recorded


def _groups(
    running: Sequence[Running], kind: type[Strategy], device: torch.device
) -> list[Sequence[Running]]:
    """The stages that train at a time: about equally many, and no more than caches hold."""
    if kind.cached_bytes is None or device.type != "cpu":
        return [running]
    most = max(LEAST_TOGETHER, kind.cached_bytes // running[0].planned.means.memory)
    size = ceil(len(running) / ceil(len(running) / most))
    return [running[first : first + size] for first in range(0, len(running), size)]


def _train(
    running: Sequence[Running],
    around: Surroundings,
    events: Saving,
    log: Callable[[str], None],
) -> None:
    """Trains the stages of a pack that one strategy executes, and finishes them."""
    place, data, strategy = around.place, around.data, around.strategy
    validation = torch.arange(data.size("val"), device=place.device)
    _measure_before(running, strategy, validation)
    train([r.replicate for r in running], strategy, validation, events)
    seconds = events.elapsed() / len(running)
    if (graphs := strategy.graph_use()) is not None:
        log(f"CUDA graphs: {graphs.words}")
    for k, r in enumerate(running):
        r.seconds += seconds
        finish(r, k, around)


def compatible(planned: PlannedStage) -> str:
    """Equal for stages that can share a pack: trained alike but for optimizer and rate."""
    train_spec = planned.spec.train
    shared = train_spec.model_dump_json(
        exclude={"optimizer": True, "schedule": {"factor", "warmup"}}
    )
    return f"{shared} {planned.spec.stop}"


def _measure_before(
    running: Sequence[Running], strategy: Strategy, validation: torch.Tensor
) -> None:
    new = [k for k, r in enumerate(running) if r.before is None and not r.planned.spec.is_prefix]
    if new and len(validation):
        correct, _ = strategy.evaluate("val", validation, new)
        for k, accuracy in zip(new, correct.double().mean(1), strict=True):
            running[k].before = accuracy.item()
