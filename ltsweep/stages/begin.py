"""How a stage begins: its mask, its weights, and its checkpoint if it was interrupted."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ltsweep.data.resident import Resident
from ltsweep.foundations.components import arguments
from ltsweep.foundations.files import DamagedFile
from ltsweep.foundations.randomness import permutation
from ltsweep.foundations.tensor_files import load_tensors, save_tensors
from ltsweep.init.state import Tensors, initial_state
from ltsweep.plan.stage import PlannedStage
from ltsweep.pruning.mask import Mask, full_mask, pack, unpack
from ltsweep.pruning.select import prune
from ltsweep.spec import MaskSpec, StageSpec, WeightsSpec, digest
from ltsweep.stages.inputs import snapshot_path
from ltsweep.stages.running import Running
from ltsweep.stages.workplace import Net, Workplace
from ltsweep.store.claims import Claim
from ltsweep.train.replicate import Replicate, Validation

Log = Callable[[str], None]


def begin(
    planned: PlannedStage, claim: Claim, place: Workplace, data: Resident, net: Net, log: Log
) -> Running:
    """A stage ready to train, from its first step or from its checkpoint."""
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
    saved = _load_mask(directory.ticket, net, log)
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


def _load_mask(path: Path, net: Net, log: Log) -> Mask | None:
    try:
        return unpack(load_tensors(path)[0], net.layers)
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
    saved = _load_mask(path, net, log)
    if saved is None and not parent.final.exists():
        saved = _load_mask(path, net, log)  # made meanwhile by a job that then dropped the weights
    if saved is not None:
        return saved
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
    running.began = about.get("began", running.began)
