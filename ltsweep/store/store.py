"""The store on disk: where stages, points, launches and reports lie, and how many are found."""

import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from ltsweep.foundations.files import (
    DamagedFile,
    read_json,
    sha256,
    write_json,
)
from ltsweep.foundations.notices import warn_once
from ltsweep.store.done import DoneRecord
from ltsweep.store.index import Index
from ltsweep.store.point_record import PointRecord
from ltsweep.store.stage_dir import StageDir
from ltsweep.store.stage_files import FINAL, RECORDS

_SPARE_BYTES = 100_000  # less free space than this counts as none
_PROMISES = "sizes and digests"  # in the index; another word when `_promises` says something else


class Store:
    """A directory that holds everything that was computed, and the views made from it."""

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root)
        self.stages_dir = self.root / "stages"
        self.points_dir = self.root / "points"
        self.launches_dir = self.root / "launches"
        self.leases_dir = self.root / "leases"
        self.reports_dir = self.root / "reports"
        self.tickets_dir = self.root / "tickets"
        self.declarations_dir = self.root / "declarations"
        self.index = Index(self.root)

    def create(self) -> None:
        """Makes the directories; OSError where the place cannot be written."""
        for directory in (self.stages_dir, self.points_dir, self.launches_dir, self.reports_dir):
            directory.mkdir(parents=True, exist_ok=True)
        self.check_space()

    def check_space(self) -> None:
        """OSError where nothing can be written, or the disk is so full that little can."""
        probe = self.root / f".write-test.{os.getpid()}.tmp"
        try:
            probe.write_bytes(bytes(_SPARE_BYTES))
        finally:
            probe.unlink(missing_ok=True)

    def stage(self, key: str) -> StageDir:
        """The directory of the stage with this key, whether it exists or not."""
        return StageDir(self.stages_dir / key, self.index.digest)

    def ticket(self, digest: str) -> Path:
        """The copy of an exported ticket with this digest, whether it exists or not."""
        return self.tickets_dir / f"{digest}.safetensors"

    def keys(self) -> set[str]:
        """Keys of the stages that have a directory: one listing, however many are asked for."""
        try:
            return set(os.listdir(self.stages_dir))
        except FileNotFoundError:
            return set()

    def done_among(self, keys: Iterable[str]) -> set[str]:
        """Which of these stages have DONE: a look at each, and no more than that."""
        present, root = self.keys(), str(self.stages_dir)
        return {key for key in keys if key in present and os.path.lexists(f"{root}/{key}/DONE")}

    def sound(self, keys: Iterable[str], *, records_alone: bool = False) -> dict[str, str]:
        """How those of these stages ended that are done and whose files are as they were written.

        It is `StageDir.damage` for thousands of stages, or with `records_alone` that of records: no
        file is read that is known and has not changed. What it leaves out has to be looked at.
        """
        return self._sound(keys, is_meant=lambda name: not records_alone or name == RECORDS)

    def sound_at_a_glance(self, keys: Iterable[str]) -> dict[str, str]:
        """The same of their records, and of the sizes alone of other files, which may be large."""
        return self._sound(keys, is_hashed=lambda name: name == RECORDS)

    def _sound(
        self,
        keys: Iterable[str],
        is_meant: Callable[[str], bool] = lambda name: True,
        is_hashed: Callable[[str], bool] = lambda name: True,
    ) -> dict[str, str]:
        promises = self.index.in_order(_PROMISES, _promises)
        digest = self.index.in_order("sha256", sha256)
        found = {}
        for key in sorted(self.keys().intersection(keys)):
            folder = f"{self.stages_dir}/{key}/"
            with suppress(OSError, DamagedFile, ValueError):
                done = json.loads(promises(f"{folder}DONE"))
                if all(
                    _is_as_promised(f"{folder}{name}", wanted, digest)
                    if is_hashed(name)
                    else _is_as_promised(f"{folder}{name}", size, os.path.getsize)
                    for name, (size, wanted) in sorted(done["files"].items())
                    if is_meant(name)
                ):
                    found[key] = done["outcome"]
        return found

    def stages(self) -> Iterator[StageDir]:
        """Every stage that has a directory, by key."""
        if self.stages_dir.is_dir():
            for path in sorted(self.stages_dir.iterdir()):
                if path.is_dir():
                    yield StageDir(path, self.index.digest)

    def write_point(self, point: PointRecord, *, is_submitted: bool = True) -> None:
        """Writes a point's file; a point that was once planned with more levels keeps them.

        The experiment that has submitted it, and what that declares, stay until another experiment
        submits it: neither a report nor a submission without a name changes them. How each one
        spells its settings is kept, so that a report reads as if no other experiment shared them.
        """
        path = self.points_dir / f"{point.id}.json"
        known = self._known(path)
        if known is not None:
            stays = not is_submitted or known.experiment and not point.experiment
            point = known.joined_by(point) if stays else point.in_place_of(known)
        if known != point:
            write_json(path, point.stored())

    def points(self, ids: Iterable[str] | None = None) -> list[PointRecord]:
        """The points with these ids, or all of them, sorted by id.

        One that is damaged is left out and said in the log. Unknown ids raise KeyError. Sections of
        configurations that are equal are one object in all points that have them.
        """
        found, sections = [], dict[tuple[str, str], Any]()
        for point_id in sorted(self.point_ids() if ids is None else {*ids}):
            try:
                found.append(_with_shared_sections(self.point(point_id), sections))
            except DamagedFile as error:
                warn_once(f"point {point_id} is left out: {error}")
            except KeyError:  # it was forgotten since they were listed
                if ids is not None:
                    raise
        return found

    def point(self, point_id: str) -> PointRecord:
        """The point with this id. KeyError if it is unknown, DamagedFile if its file is damaged."""
        point = _read_point(self.points_dir / f"{point_id}.json")
        if point is None:
            raise KeyError(f"no point {point_id} in {self.root}")
        return point

    def check_points(self) -> None:
        """DamagedFile names the first point that is damaged: what is not found may be in it."""
        for point_id in self.point_ids():
            self.point(point_id)

    def point_ids(self) -> list[str]:
        """Ids of all points that have a file, sorted."""
        return sorted(path.stem for path in self.points_dir.glob("*.json"))

    def _known(self, path: Path) -> PointRecord | None:
        """What a file tells of a point that is going to be written; nothing if it is damaged."""
        try:
            return _read_point(path)
        except DamagedFile as error:
            warn_once(f"{error}; it is written anew")
            return None


def _promises(path: Path) -> str:
    """What DONE says, as JSON: `outcome`, sizes and digests of `files`. ValueError if not."""
    done = DoneRecord.read(read_json(path))
    files = {name: (file.bytes, file.sha256) for name, file in done.files.items()}
    return json.dumps({"outcome": done.outcome, "files": files})


def _is_as_promised(path: str, wanted: int | str, look: Callable[[str], int | str]) -> bool:
    """Whether a file is what it was, or is the state at the end and gone, as it may be."""
    try:
        return look(path) == wanted
    except FileNotFoundError:
        return path.endswith(f"/{FINAL}") and not os.path.lexists(path)


def _with_shared_sections(point: PointRecord, known: dict[tuple[str, str], Any]) -> PointRecord:
    """The point, which has just been read: thousands of points have a few different sections.

    Sections of two names stay apart, since YAML would write the second one as an alias.
    """
    for name, section in point.config.items():
        point.config[name] = known.setdefault((name, repr(section)), section)
    return point


def _read_point(path: Path) -> PointRecord | None:
    return PointRecord.in_file(path, "holds no point")
