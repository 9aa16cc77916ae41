"""What readers need of a launch's file, launches/<id>/launch.json; workers read all of it."""

from pathlib import Path
from typing import Any

from ltsweep.foundations.files import DamagedFile
from ltsweep.foundations.notices import warn_once
from ltsweep.store.store import Store
from ltsweep.store.stored import Stored


class _Cluster(Stored):
    name: str


class RunRecord(Stored):
    """How it was to be run; None stands for what launches of early versions do not tell."""

    cluster: _Cluster | None = None
    data_dir: str | None = None


class PlannedRecord(Stored):
    """A stage of the launch, by its specification as JSON."""

    spec: dict[str, Any]


class LaunchRecord(Stored):
    """One submission.

    Attributes:
        points: ids of its curves.
        pending: keys of the stages that were to be trained.
        stages_sha256: digest of the list of these stages, and of all that they start from.
        stages: the same in launches of early versions, which have no such list.
        experiment: its name, if the curves were submitted as one.
        import_path: where modules of the user's own were found, as in PYTHONPATH.
        search_path: the folders of parts, beside conf/, that its points were composed from.

    """

    points: frozenset[str]
    pending: frozenset[str]
    stages_sha256: str | None = None
    stages: tuple[PlannedRecord, ...] = ()
    experiment: str | None = None
    run: RunRecord = RunRecord()
    import_path: str = ""
    search_path: tuple[str, ...] = ()


def launch_ids(store: Store) -> list[str]:
    """Ids of all launches, newest first."""
    found = store.launches_dir.glob("*/launch.json")
    return sorted((path.parent.name for path in found), reverse=True)


def unreadable_launches(store: Store) -> list[str]:
    """Ids of the launches of which nobody can tell any more what they had, newest first."""
    there = sorted((path.name for path in store.launches_dir.glob("*/")), reverse=True)
    return [name for name in there if read_launch_record(store, name) is None]


def read_launch_record(store: Store, launch_id: str) -> LaunchRecord | None:
    """The launch with this id; None if none was written down, or it is damaged: the log says so."""
    try:
        return load_launch_record(store.launches_dir / launch_id / "launch.json")
    except DamagedFile as error:
        warn_once(f"launch {launch_id} is left out: {error}")
        return None


def load_launch_record(path: Path) -> LaunchRecord | None:
    """What this file holds; None if there is none. DamagedFile where it holds no launch."""
    return LaunchRecord.in_file(path, "holds no launch")
