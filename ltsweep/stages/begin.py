"""How a stage begins: its mask, its weights, and its checkpoint if it was interrupted."""

from collections.abc import Callable
from dataclasses import replace

import torch

from ltsweep.data.resident import Resident
from ltsweep.foundations.contracts import broken, unlike
from ltsweep.foundations.files import DamagedFile
from ltsweep.foundations.tensor_files import load_tensors, save_tensors
from ltsweep.init.rescaling import rescaled, rms_factors
from ltsweep.init.state import Tensors
from ltsweep.models.net import Net
from ltsweep.plan.stage import PlannedStage
from ltsweep.pruning.mask import Mask, full_mask, pack, unpack
from ltsweep.stages.inputs import is_intact, path_of
from ltsweep.stages.moving import settled, settled_optimizer
from ltsweep.stages.running import Running
from ltsweep.stages.scene import StageScene, load_mask
from ltsweep.stages.workplace import Workplace
from ltsweep.store.claims import Claim
from ltsweep.store.data_read import as_plain
from ltsweep.store.records import ScoringRecord
from ltsweep.train.replicate import MaskChange, Replicate, Validation

Log = Callable[[str], None]


def begin(
    planned: PlannedStage, claim: Claim, place: Workplace, data: Resident, net: Net, log: Log
) -> Running:
    """A stage ready to train, from its first step or from its checkpoint."""
    spec, directory = planned.spec, place.store.stage(planned.key)
    scene = StageScene(spec, "mask", place, planned.means, log)
    mask, scoring = _mask(planned, place, net, scene) if spec.mask is not None else ({}, None)
    if spec.train.dynamics is not None:
        mask = mask or full_mask(net.layers)
    state = drawn = _weights(replace(scene, kind="weights", own_mask=mask), net)
    if spec.rescale is not None:
        state = rescaled(drawn, mask, spec.rescale, net.layers, spec.seed)
    replicate = Replicate.of(spec, planned.key, state, mask, data.size("train"))
    replicate.frozen = net.below_head if spec.train.frozen == "prunable" else frozenset()
    replicate.snapshots = tuple(sorted({*planned.snapshots, *planned.optimizer_snapshots}))
    if (source := spec.optimizer_state) is not None:
        saved, _ = load_tensors(path_of(place.store, source))
        replicate.optimizer_state = settled_optimizer(_masked(saved, mask), spec, net)
    running = Running(
        planned,
        directory,
        claim,
        replicate,
        start_state=replicate.state,
        start_mask=mask,
        read=scene.read,
        scoring=scoring,
    )
    if spec.rescale is not None:
        running.factors = rms_factors(drawn, state, mask)
    _drop_damaged_snapshots(running, log)
    _restore(running, net, log)
    return running


def _mask(
    planned: PlannedStage, place: Workplace, net: Net, scene: StageScene
) -> tuple[Mask, ScoringRecord | None]:
    """The stage's mask, with what its scores took: from its own ticket, or else made and saved."""
    spec, directory = planned.spec, place.store.stage(planned.key)
    assert spec.mask is not None
    saved = load_mask(directory.ticket, net.layers, scene.log)
    if saved is not None:
        scene.read.extend(saved.read)
        return saved.mask, saved.scoring
    mask = scene.apply(spec.mask)
    wanted = {layer.name: (torch.bool, layer.shape) for layer in net.layers}
    if returned := unlike(mask, wanted):
        raise broken(spec.mask.rule.target, "a mask of the prunable weights, by name", returned)
    mask = {name: mask[name] for name in wanted}  # a rule of dynamics may draw in this order
    spent = scene.tally.record()
    about = {
        "key": planned.key,
        "level": spec.level,
        "seed": spec.seed,
        "weights": spec.weights.model_dump(mode="json"),
        "read": as_plain(scene.read),
        "scoring": spent.stored(),
    }
    if spec.rescale is not None:
        about["rescale"] = spec.rescale.model_dump(mode="json")
    save_tensors(directory.ticket, pack(mask), about)
    return mask, spent


def _weights(scene: StageScene, net: Net) -> Tensors:
    """The state that the stage's rule for weights makes."""
    rule = scene.spec.weights
    state = settled(scene.apply(rule), scene.spec, net)
    tensors = (*net.module.named_parameters(), *net.module.named_buffers())
    wanted = {name: (tensor.dtype, tuple(tensor.shape)) for name, tensor in tensors}
    if returned := unlike(state, wanted):
        raise broken(rule.rule.target, "all parameters and buffers of the net, by name", returned)
    return state


def _masked(optimizer_state: Tensors, mask: Mask) -> Tensors:
    """Entries '<parameter>/<quantity>' without what the optimizer remembers of pruned weights."""
    found = dict(optimizer_state)
    for entry, value in optimizer_state.items():
        part = mask.get(entry.rpartition("/")[0])
        if part is not None and value.shape == part.shape:
            found[entry] = value * part
    return found


def _drop_damaged_snapshots(running: Running, log: Log) -> None:
    """Has those made again that an interrupted training left, and that were damaged since."""
    for step in running.replicate.snapshots:
        for path in running.snapshot_files(step):
            if path.exists() and not is_intact(path):
                log(f"warning: {path} is damaged; the level starts again from its first step")
                path.unlink()


def _restore(running: Running, net: Net, log: Log) -> None:
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
    if any(not running.has_snapshot(step) for step in behind):
        return  # a snapshot is wanted that lies before the checkpoint

    def part(kind: str) -> Tensors:
        start = f"{kind}/"
        return {n.removeprefix(start): t for n, t in tensors.items() if n.startswith(start)}

    replicate.step = about["step"]
    replicate.validation = [Validation(*point) for point in about["validation"]]
    replicate.state, replicate.optimizer_state = part("state"), part("optimizer")
    if replicate.dynamics is not None:
        replicate.mask = unpack(part("mask"), net.layers)
        replicate.changes = [MaskChange(*change) for change in about.get("changes", [])]
    running.before, running.seconds = about["before"], about["seconds"]
    running.began = about.get("began", running.began)
