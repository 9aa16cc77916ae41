"""What is written down about deliveries to W&B: where to, which levels, and whether confirmed.

Rows of a W&B run can be added and never changed. So a note says which levels its run was given, in
their order, before they are sent. Whoever goes on after a crash asks W&B how many rows it has, and
knows which these are.
"""

import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import TypeAdapter

from ltsweep.foundations.files import DamagedFile, write_json
from ltsweep.foundations.notices import warn_once
from ltsweep.store.store import Store
from ltsweep.store.stored import in_file, is_name
from ltsweep.views.records import Curve
from ltsweep.views.wandb.rows import Logged, digest, last_step, level_rows

OFFLINE, SYNCED, UNSYNCED = "offline", "synced", "unsynced"
# What counts as delivered. Offline runs wait for the user's `wandb sync`; only an explicit wish
# to be online replays them.
_DELIVERED = {"auto": (OFFLINE, SYNCED), "offline": (OFFLINE, SYNCED), "online": (SYNCED,)}
_SECOND = "%Y%m%d_%H%M%S"  # in the names of wandb's files


def server_of(environment: Mapping[str, str]) -> str:
    """The server that is named there, without anybody's password; empty for wandb's own."""
    return re.sub("//[^/]*@", "//", environment.get("WANDB_BASE_URL", "").rstrip("/"))


@dataclass(frozen=True)
class Destination:
    """Where runs go. `server` is empty where nobody has named another than wandb's own."""

    project: str
    entity: str | None = None
    server: str = ""

    @classmethod
    def of(cls, environment: Mapping[str, str], project: str, entity: str | None) -> "Destination":
        """Where runs go when this is configured: wandb's own variables go before."""
        return cls(
            environment.get("WANDB_PROJECT") or project,
            environment.get("WANDB_ENTITY") or entity,
            server_of(environment),
        )

    @property
    def words(self) -> str:
        """The destination as a user names it: ENTITY/PROJECT."""
        return f"{self.entity}/{self.project}" if self.entity else self.project

    @property
    def id(self) -> str:
        """The same as a name of a directory."""
        return digest(asdict(self))


@dataclass(frozen=True)
class Given:
    """A level that a run was given: a digest of its rows, how many, and its last step."""

    number: int
    digest: str
    rows: int
    steps: int


@dataclass(frozen=True)
class Delivery:
    """What one destination was given of one curve.

    Attributes:
        state: "synced" when W&B has confirmed all of it, "offline" when it is a file for `wandb
            sync`, else "unsynced".
        run: the id of the W&B run.
        entity: whose it is, as the server says; empty where it was never asked.
        settings: digest of the configuration that the run has.
        levels: what the run was given, in this order; of an unsynced run W&B may have a beginning.
        file: directory of the offline file.
        error: why it is unsynced; `attempts` counts how often in a row that was so.

    """

    state: str
    run: str = ""
    settings: str = ""
    levels: tuple[Given, ...] = ()
    file: str = ""
    error: str = ""
    attempts: int = 0
    entity: str = ""


_NOTE = TypeAdapter(Delivery)


class Deliveries:
    """The notes of one destination: one file per curve."""

    def __init__(self, store: Store, destination: Destination) -> None:
        self._store = store
        self.wandb_dir = store.root / "wandb"
        self.destination = destination
        self._directory = self.wandb_dir / "deliveries" / destination.id

    def path(self, curve_id: str) -> Path:
        """Where it is written down what was given of this curve."""
        return self._directory / f"{curve_id}.json"

    def read(self, curve_id: str) -> Delivery | None:
        """What was given of this curve; None where that is not known: of damage the log tells."""
        path = self.path(curve_id)
        try:
            known = in_file(path, _NOTE.validate_python, "holds no note of a delivery")
        except DamagedFile as error:
            warn_once(f"what W&B was given of curve {curve_id} is not known: {error}")
            return None
        return known if known is not None and _lies_here(known.file) else None

    def twin(self, curve_id: str, entity: str) -> Delivery | None:
        """What the same place was given of this curve under its other name; None if nothing.

        `entity` is whose place it is. A destination may name that, or leave it to the account.
        """
        other = None if self.destination.entity else entity
        there = replace(self.destination, entity=other)
        known = Deliveries(self._store, there).read(curve_id)
        return known if known is not None and known.entity == entity else None

    def write(self, curve_id: str, delivery: Delivery) -> None:
        """Writes down what was given of this curve."""
        self._directory.mkdir(parents=True, exist_ok=True)
        write_json(self.path(curve_id), asdict(delivery))

    def fail(self, curve_id: str, error: str) -> None:
        """Writes down why W&B was not given the curve, or has not confirmed it."""
        known = self.read(curve_id) or Delivery(UNSYNCED)
        # an offline file stays what it is: nobody has confirmed anything in its place
        state = OFFLINE if known.state == OFFLINE else UNSYNCED
        failed = replace(known, state=state, error=error, attempts=known.attempts + 1)
        self.write(curve_id, failed)

    def is_delivered(self, curve: Curve, mode: str) -> bool:
        """Whether the destination has all finished levels of the curve as they were read.

        It may have more: others are finished while these are on their way. An offline file counts
        while it is there, or was sent by `wandb sync`.
        """
        known = self.read(curve.id)
        if known is None or known.state not in _DELIVERED[mode]:
            return False
        if known.state == OFFLINE and not self._has_file(known):
            return False
        now = {level.number: digest(level_rows(curve, level)) for level in curve.finished}
        given = {level.number: level.digest for level in known.levels}
        return now.items() <= given.items() and known.settings == digest(curve.config)

    def undelivered(self, curves: Iterable[Curve], mode: str) -> list[Curve]:
        """The curves of which the destination lacks a finished level, seldom tried ones first."""

        def attempts(curve: Curve) -> int:
            known = self.read(curve.id)
            return 0 if known is None else known.attempts

        left = [c for c in curves if c.finished and not self.is_delivered(c, mode)]
        return sorted(left, key=attempts)

    def free_place(self, name: str) -> Path:
        """Where a run's file goes: wandb names it by run and second; the next free one is taken.

        A file of the same second may be the only one, or the one that the user has synced.
        """
        begin, run, second, run_id = name.split("-", 3)
        time_of_file = datetime.strptime(second, _SECOND)
        while True:
            place = self.wandb_dir / f"{begin}-{run}-{time_of_file:{_SECOND}}-{run_id}"
            if not place.exists():
                return place
            time_of_file += timedelta(seconds=1)

    def remove_file(self, delivery: Delivery) -> None:
        """Removes an offline file whose rows are elsewhere now, unless `wandb sync` has sent it."""
        directory = self.wandb_dir / delivery.file
        if delivery.file and _lies_here(delivery.file) and not any(directory.glob("*.synced")):
            shutil.rmtree(directory, ignore_errors=True)

    def _has_file(self, known: Delivery) -> bool:
        path = self.wandb_dir / known.file / f"run-{known.run}.wandb"
        return any(p.exists() and p.stat().st_size > 0 for p in (path, _synced(path)))


def _lies_here(file: str) -> bool:
    """Whether a note names a directory of its store, or none."""
    return not file or is_name(file)


def _synced(path: Path) -> Path:
    return path.with_name(f"{path.name}.synced")


def has_changed(curve: Curve, given: Iterable[Given]) -> bool:
    """Whether a level is not any more what a run was given of it."""
    now = {level.number: level for level in curve.finished}
    return any(
        level.number in now and digest(level_rows(curve, now[level.number])) != level.digest
        for level in given
    )


def with_new_levels(curve: Curve, given: tuple[Given, ...]) -> tuple[Given, ...]:
    """What a run was given, and then the levels that have been finished since."""
    known = {level.number for level in given}
    new = []
    for level in curve.finished:
        if level.number not in known:
            rows = level_rows(curve, level)
            new.append(Given(level.number, digest(rows), len(rows), last_step(level)))
    return (*given, *new)


def rows_from(curve: Curve, given: Iterable[Given], start: int) -> list[Logged] | None:
    """The rows of a run after its first `start`; None where a level that has some is not there."""
    levels = {level.number: level for level in curve.finished}
    rows: list[Logged | None] = []
    offset = 0
    for sent in given:
        level = levels.get(sent.number)
        rows += [None] * sent.rows if level is None else level_rows(curve, level, offset)
        offset += sent.steps
    wanted = [row for row in rows[start:] if row is not None]
    return wanted if len(wanted) == len(rows[start:]) else None
