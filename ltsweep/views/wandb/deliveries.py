"""What W&B is given of each curve, and what is written down about its delivery."""

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from ltsweep.foundations.files import DamagedFile, read_json, write_json
from ltsweep.store.records import finite
from ltsweep.store.store import Store
from ltsweep.views.context import Context
from ltsweep.views.metrics import View, shown_in
from ltsweep.views.records import Curve, FinishedLevel

OFFLINE, SYNCED, UNSYNCED = "offline", "synced", "unsynced"
# What counts as delivered. Offline runs wait for the user's `wandb sync`; only an explicit wish
# to be online replays them.
_DELIVERED = {"auto": (OFFLINE, SYNCED), "offline": (OFFLINE, SYNCED), "online": (SYNCED,)}

Logged = dict[str, float]


@dataclass(frozen=True)
class Delivery:
    """What W&B was given of one curve: a digest per level, and whether that was confirmed."""

    state: str
    settings: str = ""
    levels: list[str] = field(default_factory=list)
    error: str = ""


def delivery_path(store: Store, curve_id: str) -> Path:
    """Where it is written down what W&B has of this curve."""
    return store.root / "wandb" / f"{curve_id}.delivery.json"


def read_delivery(store: Store, curve_id: str) -> Delivery:
    """What W&B has of this curve; nothing when that is unknown or unreadable."""
    try:
        return Delivery(**(read_json(delivery_path(store, curve_id)) or {"state": UNSYNCED}))
    except (DamagedFile, TypeError):
        return Delivery(UNSYNCED)


def write_delivery(store: Store, curve_id: str, delivery: Delivery) -> None:
    """Writes down what W&B has of this curve."""
    write_json(delivery_path(store, curve_id), asdict(delivery))


def is_delivered(store: Store, curve: Curve, mode: str) -> bool:
    """Whether W&B has all levels of the curve as they are now."""
    known = read_delivery(store, curve.id)
    unchanged = known.levels == level_digests(curve) and known.settings == _digest(curve.config)
    return unchanged and known.state in _DELIVERED[mode]


def undelivered(store: Store, curves: Iterable[Curve], mode: str) -> list[Curve]:
    """The curves of which W&B lacks a finished level."""
    return [curve for curve in curves if curve.finished and not is_delivered(store, curve, mode)]


def delivery_of(curve: Curve, state: str) -> Delivery:
    """A delivery that holds the whole curve as it is now."""
    return Delivery(state, _digest(curve.config), level_digests(curve))


def level_digests(curve: Curve) -> list[str]:
    """One digest per finished level over everything that is logged for it."""
    return [_digest(history) for history in histories(curve)]


def histories(curve: Curve) -> list[list[Logged]]:
    """What is logged, level by level: the validation curve, then one row for the level.

    `train/step` counts on over the levels, so that a curve's trainings stand side by side. A run
    is one curve: nothing in it depends on others.
    """
    context = Context.of([curve])
    offset = 0
    logged = []
    for level in curve.finished:
        logged.append([*_validation(level, offset), _level_row(curve, level, context)])
        steps = [record.step for record in level.validation] + [level.end.steps]
        offset += max(steps)
    return logged


def remove_unsynced_runs(store: Store, curve_id: str) -> None:
    """Removes wandb's local files of this curve, except those that `wandb sync` has marked.

    A run file torn by a kill makes `wandb sync` upload nothing at all. Nothing is lost: what was
    not confirmed is written anew, from the records.
    """
    for run in (store.root / "wandb").glob(f"*run-*-{curve_id}"):
        if not any(run.glob("*.synced")):
            shutil.rmtree(run, ignore_errors=True)


def _validation(level: FinishedLevel, offset: int) -> Iterator[Logged]:
    for record in level.validation:
        row = {
            "train/step": offset + record.step,
            "train/level": level.number,
            "train/val_accuracy": finite(record.accuracy),
            "train/val_loss": finite(record.loss),
        }
        yield _known(row)


def _level_row(curve: Curve, level: FinishedLevel, context: Context) -> Logged:
    row: dict[str, float | None] = {
        "sparsity": 1 - level.density,
        "level/number": level.number,
        "level/diverged": int(level.is_diverged),
    }
    row |= {f"level/{m.name}": m.value(curve, level, context) for m in shown_in(View.WANDB)}
    row |= {f"layer/{name}": layer.kept / layer.total for name, layer in level.end.layers.items()}
    return _known(row)


def _known(row: Mapping[str, float | None]) -> Logged:
    return {name: value for name, value in row.items() if value is not None}


def _digest(value: Any) -> str:
    return sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]
