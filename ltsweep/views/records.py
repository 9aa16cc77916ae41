"""Reads curves from a store: what each level recorded, or in words why it has nothing to show."""

import logging
import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from ltsweep.foundations.files import DamagedFile
from ltsweep.store.store import Record, StageDir, Store

log = logging.getLogger(__name__)

TRAINED = "trained"
DIVERGED = "diverged"
FAILED = "failed"
UNFINISHED = "unfinished"
DAMAGED = "damaged"


@dataclass(frozen=True)
class Level:
    """One level of one curve.

    Attributes:
        number: 0 for the dense training, k after k prunings.
        key: the stage that trains it; other curves may share it.
        state: "trained", "diverged", "failed", "unfinished" or "damaged".
        end: the closing record of the stage; empty unless trained or diverged.
        validation: records with `step`, `accuracy` and `loss`, by step.
        problem: why it failed or cannot be read; empty otherwise.

    """

    number: int
    key: str
    state: str
    end: Record = field(default_factory=dict)
    validation: list[Record] = field(default_factory=list)
    problem: str = ""

    @property
    def is_finished(self) -> bool:
        """Whether the training came to an end, good or diverged."""
        return self.state in (TRAINED, DIVERGED)

    @property
    def density(self) -> float:
        """Kept weights over prunable weights; only for finished levels."""
        return float(self.end["kept"] / self.end["prunable"])

    def metric(self, name: str) -> float | None:
        """A number of the closing record; None when absent, not finite, or diverged."""
        return finite(self.end.get(name)) if self.state == TRAINED else None


@dataclass(frozen=True)
class Curve:
    """One cell and one seed over its levels, as `points/<id>.json` and the stages tell."""

    id: str
    cell: str
    seed: int
    method: str
    columns: dict[str, Any]
    config: dict[str, Any]
    report: dict[str, Any]
    experiment: str | None
    levels: list[Level]

    def level(self, number: int) -> Level | None:
        """The level with this number, when it was trained to its end without diverging."""
        if number < len(self.levels) and self.levels[number].state == TRAINED:
            return self.levels[number]
        return None

    @property
    def finished(self) -> list[Level]:
        """Levels that have a row: trained or diverged."""
        return [level for level in self.levels if level.is_finished]


def finite(value: Any) -> float | None:
    """The number itself, or None for anything that is not a finite number."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return value if is_number and math.isfinite(value) else None


def read_curves(store: Store, ids: list[str] | None = None) -> list[Curve]:
    """All curves of the store, or those with these ids, sorted by (cell, seed, id).

    A damaged point is left out and a damaged stage keeps its level without numbers; each is
    said in one line of the log. An id that the store does not know raises KeyError.
    """
    read_before: dict[str, Level] = {}
    curves = []
    for point in _readable_points(store, ids):
        try:
            curves.append(_curve(store, point, read_before))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            name = point.get("id") if isinstance(point, dict) else point
            log.warning("point %s is damaged (%r) and left out", name, error)
    return sorted(curves, key=lambda curve: (curve.cell, curve.seed, curve.id))


def _readable_points(store: Store, ids: list[str] | None) -> Iterator[Record]:
    if ids is None:
        ids = [path.stem for path in store.points_dir.glob("*.json")]
    for point_id in sorted(set(ids)):
        try:
            yield store.points([point_id])[0]
        except (DamagedFile, OSError) as error:
            log.warning("point %s is left out: %s", point_id, error)
        except KeyError:
            if not (store.points_dir / f"{point_id}.json").exists():
                raise
            log.warning("point %s is damaged (it holds null) and left out", point_id)


def _curve(store: Store, point: Record, read_before: dict[str, Level]) -> Curve:
    levels = []
    for number, key in enumerate(point["stages"]):
        if key not in read_before:
            read_before[key] = _read_level(store.stage(key), number)
        levels.append(replace(read_before[key], number=number))
    return Curve(
        id=str(point["id"]),
        cell=str(point["cell"]),
        seed=int(point["seed"]),
        method=str(point["method"]),
        columns=dict(point["columns"]),
        config=dict(point["config"]),
        report=dict(point.get("report") or {}),
        experiment=point.get("experiment"),
        levels=levels,
    )


def _read_level(stage: StageDir, number: int) -> Level:
    if not stage.is_done():
        failure = stage.failure()
        if failure is None:
            return Level(number, stage.key, UNFINISHED)
        reason = str(failure.get("error", "no reason given"))
        return Level(number, stage.key, FAILED, problem=reason)
    try:
        records = stage.records()
        end = next(record for record in reversed(records) if record.get("event") == "end")
        kept, prunable = end["kept"], end["prunable"]
        if not (isinstance(kept, int) and isinstance(prunable, int) and 0 <= kept <= prunable > 0):
            raise ValueError(f"kept {kept!r} of {prunable!r} weights")
        validation = {
            record["step"]: record for record in records if record.get("event") == "validation"
        }
        state = DIVERGED if end["outcome"] == DIVERGED else TRAINED
        curve = [validation[step] for step in sorted(validation)]
        return Level(number, stage.key, state, end, curve)
    except (StopIteration, KeyError, TypeError, ValueError, OSError) as error:
        reason = "no closing record" if isinstance(error, StopIteration) else repr(error)
        log.warning("level %d is left out: %s: %s", number, stage.records_path, reason)
        return Level(number, stage.key, DAMAGED, problem=f"records are damaged: {reason}")
