"""Care of a store: what can go, and tickets as files that need no store."""

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from ltsweep.planned import snapshot_holder
from ltsweep.problems import RequestError
from ltsweep.pruning.mask import unpack_like
from ltsweep.spec import StageSpec
from ltsweep.store import Store
from ltsweep.tickets import load_tensors, save_tensors

TEMPORARY_AGE = 3600.0  # seconds after which a temporary file certainly has no writer any more


def collect_garbage(store: Store, *, dry_run: bool) -> tuple[int, int]:
    """Deletes superfluous files and returns their number and total bytes.

    Superfluous are old temporary files, and checkpoints that a finished stage left behind. Tickets,
    snapshots, records and the last final weights of a ladder are never touched.
    """
    files, size = 0, 0
    for path in _garbage(store):
        with suppress(FileNotFoundError):  # its writer may come first
            bytes_ = path.stat().st_size
            if not dry_run:
                path.unlink()
            files, size = files + 1, size + bytes_
    return files, size


def export_ticket(store: Store, point: dict[str, Any], level: int, to: Path) -> None:
    """Writes mask and weights at the reset step of a curve's ticket into one file.

    The file holds `mask/<parameter>` (bool) and `weights/<name>` (all parameters and buffers before
    masking) and, as metadata, the curve, its level and its whole configuration. RequestError where
    the level has no ticket, or its weights are a fresh draw, which the seed alone describes.
    """
    curve = f"curve {point['id']} (method {point['method']}, seed {point['seed']})"
    directory = store.stage(point["stages"][level])
    raw = directory.spec()
    if raw is None or not directory.is_done():
        raise RequestError([f"level {level} of {curve} is not finished"])
    rewind = StageSpec.model_validate(raw).weights.rewind
    if rewind is None:
        raise RequestError([f"{curve} has no tickets: it starts from freshly drawn weights"])
    holder = snapshot_holder(store, rewind)
    if holder is None:
        raise RequestError([f"the state of step {rewind.step} that {curve} starts from is gone"])
    weights, _ = load_tensors(holder.snapshot(rewind.step))
    packed, _ = load_tensors(directory.ticket)
    mask = {name: unpack_like(bits, weights[name]) for name, bits in packed.items()}
    tensors = {f"mask/{name}": part for name, part in mask.items()}
    tensors |= {f"weights/{name}": tensor for name, tensor in weights.items()}
    about = {"curve": point["id"], "level": level, "seed": point["seed"], "point": point}
    save_tensors(to, tensors, about)


def _garbage(store: Store) -> Iterator[Path]:
    newest = time.time() - TEMPORARY_AGE
    for path in sorted(store.root.rglob(".*.tmp")):
        if path.stat().st_mtime < newest:
            yield path
    for stage in store.stages():
        if stage.is_done() and stage.checkpoint.exists():
            yield stage.checkpoint
