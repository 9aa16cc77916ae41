"""What a stage does: mask, weights, training, measurements, and the files that prove it done."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from ltsweep.claims import Claim
from ltsweep.components import arguments
from ltsweep.data.resident import Resident
from ltsweep.files import DamagedFile, is_disk_full
from ltsweep.initialize import Tensors, initial_state
from ltsweep.measure import closing_record
from ltsweep.planned import PlannedStage, snapshot_path
from ltsweep.pruning.mask import Mask, full_mask, pack, unpack
from ltsweep.pruning.select import prune
from ltsweep.randomness import permutation
from ltsweep.spec import MaskSpec, StageSpec, WeightsSpec, digest
from ltsweep.store import StageDir
from ltsweep.tickets import load_tensors, save_tensors
from ltsweep.train.loop import train
from ltsweep.train.replicate import Replicate, Validation
from ltsweep.train.strategy import Strategy, strategy_for
from ltsweep.workplace import Net, Workplace

Log = Callable[[str], None]


class LostClaim(Exception):
    """Another process took the stage over; this one must not commit anything more."""


@dataclass
class Running:
    """A stage on its way through a pack."""

    planned: PlannedStage
    directory: StageDir
    claim: Claim
    replicate: Replicate
    before: float | None = None
    seconds: float = 0.0
    start_state: Tensors = field(default_factory=dict)

    def assert_owned(self) -> None:
        """Raises LostClaim when the stage was taken over."""
        if not self.claim.is_held():
            raise LostClaim(self.planned.key)


def run_pack(
    stages: Sequence[tuple[PlannedStage, Claim]],
    place: Workplace,
    stop_requested: Callable[[], bool],
    log: Log,
) -> None:
    """Trains stages that share data, architecture, batch size and schedule, and marks them done.

    Resumes from checkpoints. Raises Interrupted after saving them when asked to stop; whatever else
    it raises leaves every stage as it was, to be tried again.
    """
    first = stages[0][0]
    data = place.data(first.spec.train.data, first.loader)
    net = place.net(first.spec.train.model, data)
    running = [_prepare(planned, claim, place, data, net, log) for planned, claim in stages]
    running.sort(key=lambda r: (r.replicate.step, r.planned.key))
    replicates = [r.replicate for r in running]
    strategy = strategy_for(net.module)(net.module, replicates, data, first.spec.train.precision)
    events = _Saving(running, place, stop_requested, log)
    validation = torch.arange(data.size("val"), device=place.device)
    _measure_before(running, strategy, validation)
    train(replicates, strategy, validation, events)
    seconds = events.elapsed() / len(running)
    for k, r in enumerate(running):
        r.seconds += seconds
        _finish(r, place, data, net, strategy, k, len(running))


def compatible(planned: PlannedStage) -> str:
    """Stages with equal answers can share a pack."""
    train_spec = planned.spec.train
    shared = train_spec.model_dump_json(
        exclude={"optimizer": True, "schedule": {"factor", "warmup"}}
    )
    return f"{shared} {planned.spec.stop}"


def _prepare(
    planned: PlannedStage, claim: Claim, place: Workplace, data: Resident, net: Net, log: Log
) -> Running:
    spec, directory = planned.spec, place.store.stage(planned.key)
    mask = _mask(planned, place, net, log) if spec.mask is not None else {}
    state = _weights(spec, place, net)
    replicate = Replicate.of(spec, planned.key, state, mask, data.size("train"))
    replicate.snapshots = planned.snapshots
    running = Running(planned, directory, claim, replicate, start_state=replicate.state)
    _restore(running, log)
    return running


def _mask(planned: PlannedStage, place: Workplace, net: Net, log: Log) -> Mask:
    """The stage's mask: from its own ticket if it was begun before, else made and saved."""
    spec, directory = planned.spec, place.store.stage(planned.key)
    assert spec.mask is not None
    saved = _saved_mask(directory, net, log)
    if saved is not None:
        return saved
    rule = spec.mask.rule
    available: dict[str, Callable[[], Any]] = {
        "ladder": lambda: _ladder_mask(spec.mask, spec, place, net, log),
        "kept": lambda: spec.mask.kept if spec.mask else None,
        "layers": lambda: net.layers,
        "permutation": lambda: (
            lambda layer, n: permutation(spec.seed, "mask permutation", n, layer)
        ),
    }
    mask: Mask = rule(**{name: available[name]() for name in arguments(rule.target)})
    rewind = spec.weights.rewind
    about = {
        "key": planned.key,
        "level": spec.level,
        "seed": spec.seed,
        "rewind": rewind.model_dump() if rewind else None,
    }
    save_tensors(directory.ticket, pack(mask), about)
    return mask


def _saved_mask(directory: StageDir, net: Net, log: Log) -> Mask | None:
    try:
        return unpack(load_tensors(directory.ticket)[0], net.layers)
    except FileNotFoundError:
        return None
    except DamagedFile as error:
        log(f"warning: {error}; the mask is made again")
        return None


def _ladder_mask(
    mask: MaskSpec | None, spec: StageSpec, place: Workplace, net: Net, log: Log
) -> Mask:
    """The ladder's mask at this level: its parent's mask with the lowest scores pruned.

    It is kept beside the parent's final weights, which go once the ladder has moved on, so that
    controls can join at any time.
    """
    assert mask is not None and mask.ladder is not None and mask.pruning is not None
    parent = place.store.stage(mask.ladder)
    path = parent.next_mask(digest(mask.pruning.model_dump(mode="json")))
    for _ in range(
        2
    ):  # between the two looks another job may have made it, and dropped the weights
        try:
            return unpack(load_tensors(path)[0], net.layers)
        except FileNotFoundError:
            pass
        except DamagedFile as error:
            log(f"warning: {error}; the mask is made again")
        if parent.final.exists():
            break
    weights, _ = load_tensors(parent.final)
    if spec.level == 1:
        parent_mask = full_mask(net.layers)
    else:
        parent_mask = unpack(load_tensors(parent.ticket)[0], net.layers)
    scores = mask.pruning.score({layer.name: weights[layer.name] for layer in net.layers})
    made = prune(scores, parent_mask, mask.pruning)
    save_tensors(path, pack(made), {"ladder": parent.key, "level": spec.level})
    return made


def _weights(spec: StageSpec, place: Workplace, net: Net) -> Tensors:
    weights: WeightsSpec = spec.weights
    available: dict[str, Callable[[], Tensors]] = {
        "fresh": lambda: _fresh(spec, net),
        "rewound": lambda: _rewound(spec, place),
    }
    state: Tensors = weights.rule(
        **{name: available[name]() for name in arguments(weights.rule.target)}
    )
    return state


def _fresh(spec: StageSpec, net: Net) -> Tensors:
    assert spec.weights.init is not None
    purpose = "init" if spec.level == 0 else "control init"
    return initial_state(net.module, net.layers, spec.weights.init, spec.seed, purpose)


def _rewound(spec: StageSpec, place: Workplace) -> Tensors:
    rewind = spec.weights.rewind
    assert rewind is not None
    return load_tensors(snapshot_path(place.store, rewind))[0]


def _restore(running: Running, log: Log) -> None:
    """Puts a stage that was interrupted where its checkpoint says, if that can be trusted."""
    replicate, directory = running.replicate, running.directory
    try:
        tensors, about = load_tensors(directory.checkpoint)
    except FileNotFoundError:
        return
    except DamagedFile as error:
        log(f"warning: {error}; the level starts again from its first step")
        return
    behind = [s for s in replicate.snapshots if s < about["step"]]
    if any(not directory.snapshot(step).exists() for step in behind):
        return  # a snapshot is wanted that lies before the checkpoint
    replicate.step = about["step"]
    replicate.validation = [Validation(*point) for point in about["validation"]]
    replicate.state = {
        name.removeprefix("state/"): t for name, t in tensors.items() if name.startswith("state/")
    }
    replicate.optimizer_state = {
        name.removeprefix("optimizer/"): t
        for name, t in tensors.items()
        if name.startswith("optimizer/")
    }
    running.before, running.seconds = about["before"], about["seconds"]


def _measure_before(
    running: Sequence[Running], strategy: Strategy, validation: torch.Tensor
) -> None:
    new = [k for k, r in enumerate(running) if r.before is None]
    if new:
        correct, _ = strategy.evaluate("val", validation, new)
        for k, accuracy in zip(new, correct.double().mean(1), strict=True):
            running[k].before = accuracy.item()


class _Saving:
    """The events of a pack's training: records, snapshots and checkpoints of its stages."""

    def __init__(
        self,
        running: Sequence[Running],
        place: Workplace,
        stop_requested: Callable[[], bool],
        log: Log,
    ) -> None:
        self._running = {r.planned.key: r for r in running}
        self._place = place
        self._stop_requested = stop_requested
        self._log = log
        self._began = self._saved = time.monotonic()

    def elapsed(self) -> float:
        """Seconds since the pack's training began."""
        return time.monotonic() - self._began

    def validated(self, replicate: Replicate, accuracy: float, loss: float) -> None:
        """See Events."""
        point = Validation(replicate.step, accuracy, loss if math.isfinite(loss) else None)
        replicate.validation.append(point)
        directory = self._running[replicate.key].directory
        directory.append({"event": "validation", **point._asdict()})

    def snapshot(self, replicate: Replicate, step: int, state: Tensors) -> None:
        """See Events."""
        running = self._running[replicate.key]
        path = running.directory.snapshot(step)
        if not path.exists():
            running.assert_owned()
            save_tensors(path, state, {"key": replicate.key, "step": step})

    def checkpoint(self, replicate: Replicate, state: Tensors, optimizer_state: Tensors) -> None:
        """See Events. A checkpoint that does not fit on the disk is not worth a training."""
        running = self._running[replicate.key]
        running.assert_owned()
        tensors = {f"state/{name}": t for name, t in state.items()}
        tensors |= {f"optimizer/{name}": t for name, t in optimizer_state.items()}
        about = {
            "step": replicate.step,
            "validation": replicate.validation,
            "before": running.before,
            "seconds": running.seconds + self.elapsed() / len(self._running),
        }
        try:
            save_tensors(running.directory.checkpoint, tensors, about)
        except OSError as error:
            if not is_disk_full(error):
                raise
            self._log(f"warning: no space for a checkpoint of {replicate.key}: {error}")
        self._saved = time.monotonic()

    def wants_checkpoint(self) -> bool:
        """See Events."""
        return time.monotonic() - self._saved >= self._place.checkpoint_seconds

    def wants_stop(self) -> bool:
        """See Events."""
        return self._stop_requested()


def _finish(
    running: Running,
    place: Workplace,
    data: Resident,
    net: Net,
    strategy: Strategy,
    index: int,
    pack_size: int,
) -> None:
    """Measures, writes the closing record and the final weights, and marks the stage done."""
    planned, directory = running.planned, running.directory
    files = [directory.snapshot(step) for step in planned.snapshots]
    if planned.spec.is_prefix:
        outcome = "trained"
    else:
        state = strategy.state(index)
        record = closing_record(
            planned,
            running.replicate,
            running.start_state,
            state,
            place,
            data,
            net,
            strategy,
            index,
        )
        record |= {
            "val_accuracy_before": running.before,
            "seconds": running.seconds,
            "pack_size": pack_size,
        }
        outcome = record["outcome"]
        running.assert_owned()
        if (planned.is_ladder or place.keep_all) and outcome == "trained":
            save_tensors(directory.final, state, {"key": planned.key})
            files.append(directory.final)
        if planned.spec.mask is not None:
            files.append(directory.ticket)
        directory.append(record)
        files.append(directory.records_path)
    running.assert_owned()
    directory.finish(outcome, files)
    directory.checkpoint.unlink(missing_ok=True)
    if planned.is_ladder and planned.spec.level > 1 and not place.keep_all:
        assert planned.spec.mask is not None and planned.spec.mask.ladder is not None
        place.store.stage(planned.spec.mask.ladder).final.unlink(missing_ok=True)
