"""Discards curves, and what of the store only they need."""

import shutil
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ltsweep.foundations.errors import RequestError, listed
from ltsweep.foundations.files import DamagedFile
from ltsweep.launch.under_way import describe, under_way
from ltsweep.steer.cancel import at_work
from ltsweep.steer.needs import Needs, UnknownNeeds
from ltsweep.steer.selectors import ALL, Chosen, choose
from ltsweep.steer.stage_states import Stages
from ltsweep.store.launch_record import launch_ids, read_launch_record
from ltsweep.store.overlap import Overlap
from ltsweep.store.point_record import PointRecord
from ltsweep.store.store import Store
from ltsweep.store.yardsticks import Yardsticks

_SHOWN = 20  # curves that are named each by itself


@dataclass(frozen=True)
class Discarded:
    """What is to go: curves, the stages that no other curve needs, further files and launches."""

    points: list[PointRecord]
    stages: list[Path]
    files: list[Path]
    launches: list[Path]

    def lines(self) -> Iterator[str]:
        """The same for people."""
        for point in self.points[:_SHOWN]:
            experiment = f", experiment {point.experiment}" if point.experiment else ""
            yield f"curve {point.id}: {point.method}, seed {point.seed}{experiment}"
        if len(self.points) > _SHOWN:
            yield f"and {len(self.points) - _SHOWN} more curves"
        size = sum(map(_size, (*self.stages, *self.files, *self.launches))) / 1e6
        yield (
            f"{len(self.points)} curves, {len(self.stages)} stages that no other curve needs and "
            f"{len(self.launches)} launches that had no other: {size:.1f} MB"
        )

    def discard(self) -> None:
        """Deletes it all. Curves go first: then nothing names a stage that is half gone."""
        for path in self.files:
            path.unlink(missing_ok=True)
        for directory in self.stages:
            if not directory.is_symlink():
                (directory / "DONE").unlink(missing_ok=True)  # what is half gone is not done
            _remove(directory)
        for directory in self.launches:
            _remove(directory)


def to_discard(chosen: Chosen) -> Discarded:
    """What goes with these curves.

    RequestError where a launch is at work on them, or it cannot be told what other curves need.
    """
    store, points = chosen.store, chosen.points
    if not points:
        raise RequestError([f"nothing to forget: {chosen.words} has no curves"])
    for launch in chosen.all_launches:
        if any(at_work(chosen, launch)):
            raise RequestError(
                [f"launch {launch.id} is at work on {chosen.words}; ltsweep cancel stops it"]
            )
    ids = {point.id for point in points}
    try:
        others = [store.point(point_id) for point_id in store.point_ids() if point_id not in ids]
        needs = Needs(store)
        kept = needs.of(others)
        stages = needs.of(points) - kept
        tickets = needs.tickets(stages) - needs.tickets(kept)
    except (DamagedFile, UnknownNeeds) as error:
        raise RequestError(
            [f"{error}, so it cannot be told what the other curves need; run ltsweep fsck first"]
        ) from error
    ended = (key for key in stages if store.stage(key).is_done() or store.stage(key).failure())
    if busy := under_way(sorted(stages.difference(ended)), store):
        raise RequestError([f"{describe(busy)}; wait for them, or ltsweep cancel stops them"])
    files = [store.points_dir / f"{point_id}.json" for point_id in sorted(ids)]
    files += [path for path in store.root.glob("wandb/deliveries/*/*.json") if path.stem in ids]
    files += [store.ticket(digest) for digest in sorted(tickets)]
    for kind, mine, theirs in (
        (Overlap, _names("overlap", points), _names("overlap", others)),
        (Yardsticks, _names("yardsticks", points), _names("yardsticks", others)),
    ):
        files += [store.root / kind.folder / f"{name}.json" for name in sorted(mine - theirs)]
    return Discarded(
        points=points,
        stages=[store.stage(key).path for key in sorted(stages)],
        files=[path for path in files if path.exists()],
        launches=_launches(store, ids),
    )


def failed(store: Store) -> Chosen:
    """The curves that cannot be finished, since a stage of theirs, or before it, has failed."""
    everything = choose(store, [ALL])
    stages = Stages.of(everything)

    def has_failed(key: str) -> bool:
        state = stages.state(key)
        return "failed" in (state.state, state.other and stages.state(state.other).state)

    points = [point for point in everything.points if any(map(has_failed, point.stages))]
    return _only(everything, "--failed", points)


def older(store: Store, seconds: float) -> Chosen:
    """The curves of which nothing was written for so long."""
    everything = choose(store, [ALL])
    before = time.time() - seconds

    def written(point: PointRecord) -> float:
        paths = [store.points_dir / f"{point.id}.json"]
        for key in point.stages:
            paths += [store.stage(key).path / "DONE", store.stage(key).records_path]
        return max(path.stat().st_mtime for path in paths if path.exists())

    points = [point for point in everything.points if written(point) < before]
    return _only(everything, "--older", points)


def _only(everything: Chosen, words: str, points: list[PointRecord]) -> Chosen:
    ids = {point.id for point in points}
    launches = [launch for launch in everything.launches if launch.points & ids]
    return Chosen(everything.store, words, points, launches)


def _names(field: str, points: Iterable[PointRecord]) -> set[str]:
    return {name for point in points if (name := getattr(point, field)) is not None}


def _launches(store: Store, ids: set[str]) -> list[Path]:
    """Launches that had none of the other curves that there are."""
    others = {*store.point_ids()} - ids
    found = []
    for launch_id in launch_ids(store):
        launch = read_launch_record(store, launch_id)
        if launch is not None and launch.points & ids and not launch.points & others:
            found.append(store.launches_dir / launch_id)
    return found


def _remove(directory: Path) -> None:
    """A directory with all that it holds; of a link, only the link, for it leads elsewhere."""
    if directory.is_symlink():
        directory.unlink()
    else:
        shutil.rmtree(directory)


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


def seconds_of(text: str) -> float:
    """'30d' in seconds; hours, days and weeks are known. RequestError for anything else."""
    units = {"h": 3600.0, "d": 86400.0, "w": 7 * 86400.0}
    number, unit = text[:-1], text[-1:]
    if not number.isascii() or not number.isdecimal() or unit not in units:
        raise RequestError(
            [f"--older {text} must be a whole number with {listed(units, 'or')}, as in 30d"]
        )
    return int(number) * units[unit]
