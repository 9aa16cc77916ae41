"""Reads curves from a store: what each level recorded, or in words why it has nothing to show."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

from ltsweep.foundations.collector import uncollected
from ltsweep.foundations.files import DamagedFile
from ltsweep.foundations.notices import warn_once
from ltsweep.store.claims import newest_claim
from ltsweep.store.labels import labels, sides_of
from ltsweep.store.overlap import Overlap
from ltsweep.store.point_record import PointRecord
from ltsweep.store.records import (
    DIVERGED,
    TRAINED,
    ClosingRecord,
)
from ltsweep.store.stage_dir import StageDir
from ltsweep.store.store import Store
from ltsweep.store.training_records import TrainingReader, Validations
from ltsweep.store.yardsticks import Yardsticks
from ltsweep.views.origins import Lineage, Origins

FAILED = "failed"
UNFINISHED = "unfinished"
DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class Level:
    """One level of one curve.

    Attributes:
        number: 0 for the dense training, k after k prunings.
        key: the stage that trains it; other curves may share it.
        state: "trained" or "diverged" if it is finished; else "failed", "unfinished" or "damaged".
        problem: why it failed or cannot be read; empty otherwise.

    """

    number: int
    key: str
    state: str
    problem: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class FinishedLevel(Level):
    """A level whose training came to an end, good or diverged: its records, validations by step.

    `origins` are the trainings that it was made from; None where they cannot be told.
    """

    end: ClosingRecord
    validation: Validations
    origins: Origins | None = None

    @property
    def is_diverged(self) -> bool:
        """Whether the training turned non-finite."""
        return self.state == DIVERGED

    @property
    def density(self) -> float:
        """Kept weights over prunable weights."""
        return self.end.density

    @property
    def live_density(self) -> float | None:
        """Kept weights on a path from input to output over prunable ones; None if not recorded."""
        live = self.end.live_kept
        return None if live is None else live / self.end.prunable

    def metric(self, name: str) -> float | None:
        """A number of the closing record; None when absent, not finite, or diverged."""
        return None if self.is_diverged else self.end.number(name)


@dataclass(frozen=True)
class Curve:
    """One cell and one seed over its levels, as `points/<id>.json` and the stages tell.

    `overlap` counts the images that its source and its target share, where that was counted;
    `yardsticks` are linear classifiers of the target's data, where they were fitted.
    """

    point: PointRecord
    levels: list[Level]
    dense_apart: Level | None = None
    overlap: Overlap | None = None
    yardsticks: Yardsticks | None = None

    @property
    def dense_level(self) -> Level:
        """The dense training from a fresh draw on the target: that of the seed, for all methods.

        It is level 0, but where a method trains the whole net from other weights (`dense_apart`).
        """
        return self.dense_apart or self.levels[0]

    @property
    def dense(self) -> FinishedLevel | None:
        """The same, when it was trained to its end without diverging."""
        return _trained(self.dense_level)

    @property
    def source_images(self) -> int | None:
        """How many images the source's ladder is trained on; None where no record tells."""
        if self.overlap is not None:
            return self.overlap.training_images
        if self.point.is_transferred or not isinstance(self.dense_level, FinishedLevel):
            return None
        read = self.dense_level.end.data
        return next((e.parts.get("training") for e in read if e.purpose == "trained on"), None)

    @property
    def id(self) -> str:
        """Of the cell and the seed."""
        return self.point.id

    @property
    def cell(self) -> str:
        """Of everything but the seed."""
        return self.point.cell

    @property
    def seed(self) -> int:
        """Of the weights and of the order of the data."""
        return self.point.seed

    @property
    def method(self) -> str:
        """By its name."""
        return self.point.method

    @property
    def config(self) -> dict[str, Any]:
        """The composed configuration, but for what the report declares."""
        return self.point.config

    @property
    def columns(self) -> dict[str, Any]:
        """The settings of the CSV, by the names of `SETTING_COLUMNS`."""
        return dict(self.point.columns)

    def level(self, number: int) -> FinishedLevel | None:
        """The level with this number, when it was trained to its end without diverging."""
        return _trained(self.levels[number]) if number < len(self.levels) else None

    @property
    def finished(self) -> list[FinishedLevel]:
        """Levels that have a row: trained or diverged."""
        return [level for level in self.levels if isinstance(level, FinishedLevel)]


def untrained(point: PointRecord) -> Curve:
    """A point's curve before anything of it is trained."""
    levels = [Level(number, key, UNFINISHED) for number, key in enumerate(point.stages)]
    return Curve(point, levels, None if point.dense is None else Level(0, point.dense, UNFINISHED))


@uncollected()
def read_curves(
    store: Store, ids: Iterable[str] | None = None, said_by: str | None = None
) -> list[Curve]:
    """All curves of the store, or those with these ids, sorted by (cell, seed, id).

    Settings are spelled as the experiment `said_by` does, else as who submitted them last.
    A damaged point is left out and a damaged stage keeps its level without numbers; each is
    said in one line of the log. An id that the store does not know raises KeyError. Where a curve
    has a target of its own, the labels of all sources and targets are told apart.
    """
    read_before: dict[str, Level] = {}
    reader = TrainingReader()
    overlaps = cache(partial(Overlap.load, store))  # pairs that many curves share
    yardsticks = cache(partial(Yardsticks.load, store))
    points = told_apart([point.said_by(said_by) for point in store.points(ids)])
    keys = {key for point in points for key in (*point.stages, point.dense) if key is not None}
    sound = store.sound(keys, records_alone=True)
    curves = [
        replace(
            _curve(store, point, sound, reader, read_before),
            overlap=overlaps(point.overlap),
            yardsticks=yardsticks(point.yardsticks),
        )
        for point in points
    ]
    curves = _with_origins(store, curves)
    store.index.save()
    return sorted(curves, key=lambda curve: (curve.cell, curve.seed, curve.id))


def told_apart(points: list[PointRecord]) -> list[PointRecord]:
    """The points with labels that differ wherever data do: a point knows its own two sides only."""
    if all(point.config.get("target") is None for point in points):
        return points
    sources, targets = zip(*(sides_of(point.config) for point in points), strict=True)
    told = labels([*sources, *targets])
    return [
        point.model_copy(
            update={
                "columns": point.columns.model_copy(update={"source": source, "target": target})
            }
        )
        for point, source, target in zip(
            points, told[: len(points)], told[len(points) :], strict=True
        )
    ]


def _curve(
    store: Store,
    point: PointRecord,
    sound: Collection[str],
    reader: TrainingReader,
    read_before: dict[str, Level],
) -> Curve:
    def level(key: str, number: int) -> Level:
        if key not in read_before:
            read_before[key] = _read_level(reader, store.stage(key), number, is_sound=key in sound)
        return replace(read_before[key], number=number)

    levels = [level(key, number) for number, key in enumerate(point.stages)]
    return Curve(point, levels, level(point.dense, 0) if point.dense is not None else None)


def _with_origins(store: Store, curves: Sequence[Curve]) -> list[Curve]:
    """The curves, with what their finished levels were made from."""
    levels = [level for curve in curves for level in (*curve.levels, curve.dense_level)]
    ends = {level.key: level.end for level in levels if isinstance(level, FinishedLevel)}
    lineage = Lineage(store, ends)

    def told(level: Level) -> Level:
        if not isinstance(level, FinishedLevel):
            return level
        return replace(level, origins=lineage.origins(level.key))

    return [
        replace(
            curve,
            levels=[told(level) for level in curve.levels],
            dense_apart=curve.dense_apart and told(curve.dense_apart),
        )
        for curve in curves
    ]


def _trained(level: Level) -> FinishedLevel | None:
    return level if isinstance(level, FinishedLevel) and not level.is_diverged else None


def _read_level(reader: TrainingReader, stage: StageDir, number: int, *, is_sound: bool) -> Level:
    if not (is_sound or stage.is_done()):
        failure = stage.failure()
        if failure is None:
            _warn_if_lost(stage)
            return Level(number, stage.key, UNFINISHED)
        return Level(number, stage.key, FAILED, problem=failure["error"])
    if not is_sound and (damage := stage.damage_of_records()):
        warn_once(f"level {number} is left out: {damage}")
        return Level(number, stage.key, DAMAGED, problem=damage)
    try:
        validation, end = reader.read(stage)
        state = DIVERGED if end.outcome == DIVERGED else TRAINED
        return FinishedLevel(number, stage.key, state, end=end, validation=validation)
    except (ValueError, DamagedFile) as error:
        warn_once(f"level {number} is left out: {stage.records_path}: {error}")
        return Level(number, stage.key, DAMAGED, problem=f"records are damaged: {error}")


def _has_owner(stage: StageDir) -> bool:
    claim = newest_claim(stage.path)
    return claim is not None and claim.is_live()


def _warn_if_lost(stage: StageDir) -> None:
    """Says where a level counts as unfinished for want of its mark alone.

    Whoever has just trained it sets the mark in a moment: nothing is said while a claim lives, and
    what was set since the first look is seen by the second.
    """
    try:
        if stage.lacks_done() and not _has_owner(stage) and stage.lacks_done():
            warn_once(f"{stage.path}: DONE is missing, so the stage counts as unfinished")
    except DamagedFile as error:
        warn_once(str(error))
