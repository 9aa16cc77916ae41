"""Tickets as files that need no store, and the copies of them that a store's stages start from."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from ltsweep.foundations.errors import RequestError
from ltsweep.foundations.files import DamagedFile, holds, sha256, write_atomic
from ltsweep.foundations.tensor_files import Tensors, load_tensors, save_tensors
from ltsweep.store.point_record import PointRecord
from ltsweep.store.store import Store
from ltsweep.store.ticket_record import TicketRecord

_MASK, _WEIGHTS = "mask/", "weights/"


@dataclass(frozen=True)
class Ticket:
    """What the file of a ticket holds.

    `mask` has bool tensors by the names of prunable weights, True = kept; `weights` all parameters
    and buffers before masking. `record` says where both come from.
    """

    mask: Tensors
    weights: Tensors
    record: TicketRecord


def write_ticket(path: Path, mask: Tensors, weights: Tensors, about: dict[str, Any]) -> None:
    """Writes a ticket, with what is told about it."""
    tensors = {f"{_MASK}{name}": part for name, part in mask.items()}
    tensors |= {f"{_WEIGHTS}{name}": tensor for name, tensor in weights.items()}
    save_tensors(path, tensors, about)


def read_ticket(path: Path) -> Ticket:
    """The ticket in a file. OSError where it cannot be read, DamagedFile where it holds none."""
    digest = sha256(path)
    tensors, about = load_tensors(path)
    mask, weights = (
        {name.removeprefix(kind): t for name, t in tensors.items() if name.startswith(kind)}
        for kind in (_MASK, _WEIGHTS)
    )
    fits = all(
        name in weights and part.dtype == torch.bool and part.shape == weights[name].shape
        for name, part in mask.items()
    )
    if not (mask and fits):
        raise DamagedFile(f"{path} holds no mask with its weights")
    try:
        return Ticket(mask, weights, _record(digest, about))
    except ValueError as error:
        raise DamagedFile(f"{path} does not tell where its ticket comes from: {error}") from error


def _record(digest: str, about: dict[str, Any]) -> TicketRecord:
    """What a file says of its ticket; those of early versions tell of their curve alone."""
    point = PointRecord.read(about.get("point"))
    made = {"optimizer": point.columns.source_optimizer, "pruning": point.pruning}
    return TicketRecord.read({"reset": point.columns.reset, **about, **made, "digest": digest})


def keep_ticket(store: Store, path: Path, digest: str) -> None:
    """Copies a ticket into the store, where its stages read it, whatever becomes of the file.

    RequestError where the file holds another one by now.
    """
    copy = store.ticket(digest)
    if holds(copy, digest):
        return
    content = path.read_bytes() if path.is_file() else b""
    if hashlib.sha256(content).hexdigest() != digest:
        raise RequestError([f"ticket={path} was changed while it was planned with; plan it again"])
    copy.parent.mkdir(exist_ok=True)
    write_atomic(copy, content)


def kept_ticket(store: Store, digest: str) -> Ticket:
    """A ticket that the store has a copy of. DamagedFile where it is gone or is another one."""
    copy = store.ticket(digest)
    try:
        ticket = read_ticket(copy)
    except (OSError, DamagedFile):
        ticket = None
    if ticket is None or ticket.record.digest != digest:
        raise DamagedFile(
            f"{copy} is not the ticket that was planned with; run launch.py with ticket=FILE again "
            "to have it copied anew"
        )
    return ticket
