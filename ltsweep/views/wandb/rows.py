"""What W&B is given of a curve: for each level its validation curve, then one row for the level."""

import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from ltsweep.store.records import finite
from ltsweep.views.context import Context
from ltsweep.views.metrics import View, shown_in
from ltsweep.views.records import Curve, FinishedLevel

Logged = dict[str, float]


def level_rows(curve: Curve, level: FinishedLevel, offset: int = 0) -> list[Logged]:
    """What is logged for one level. A run is one curve: nothing in it depends on others.

    `train/step` counts on from `offset`, so that a curve's trainings stand side by side.
    """
    context = Context.of([curve])
    return [*_validation(level, offset), _level_row(curve, level, context)]


def last_step(level: FinishedLevel) -> int:
    """The step at which the next level of a run begins to count."""
    return max(level.end.steps, *(record.step for record in level.validation), 0)


def digest(value: Any) -> str:
    """A short name of what is logged, or of a configuration."""
    return sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]


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
