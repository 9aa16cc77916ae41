"""Claims: which live process owns the work on a directory.

A directory has a chain of claims, numbered from 1. The newest claim counts; the whole chain is the
history of attempts. A taker creates claim n+1 only after it has seen that claim n is dead or
released. The file system creates a claim's file once, so of several takers one wins. Claims are
never renamed: a rename could displace a fresh claim that another taker has just made.

A Slurm job owns its stages from submission to its end. While the job waits, the newest claim names
the job and no process. While the job runs, the newest claim names its process. Both kinds of claim
live as long as Slurm's queue has the job. The next run of a requeued job takes such claims over.

A damaged claim is an attempt like any other, of an owner that nobody knows. It is dead, and the
next number is free.
"""

import errno
import json
import logging
import os
import secrets
import socket
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Annotated

import psutil
from pydantic import Field, TypeAdapter

from ltsweep.foundations.files import open_to_read, write_once
from ltsweep.foundations.squeue import is_in_queue

log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 15.0
STALE_SECONDS = 120.0  # of a claim on another host, by the clock of the file system
FORGOTTEN_SECONDS = 7 * 24 * 3600.0  # of a job's claim where no Slurm answers
_CLAIMS = f"claim-{'[0-9]' * 6}.json"
_NO_FILE = (errno.EISDIR, errno.ELOOP, errno.EINVAL)  # something else stands in its place
_START_TOLERANCE = 2.0  # seconds: the boot time that start times are counted from may be adjusted


@dataclass(frozen=True)
class Owner:
    """Who owns a claim, in terms that other processes can check.

    An owner is a process: it has a host, a start time, and the launch that it serves. In Slurm the
    owner also has a job ("123" or "123_4") and the number of the job's restarts. An owner with pid
    0 is a job that waits to be started. `booted` is when the host was, by the clock of `started`;
    claims of early versions do not tell.
    """

    host: str
    boot: str
    namespace: str
    pid: Annotated[int, Field(ge=0)]
    started: float
    launch: str
    token: str
    slurm: str | None = None
    restart: int = 0
    booted: float | None = None

    @classmethod
    def of_this_process(cls, launch: str, slurm: str | None = None, restart: int = 0) -> "Owner":
        """The calling process, with a token that no other owner has."""
        return cls(
            host=socket.gethostname(),
            boot=_boot_id(),
            namespace=_pid_namespace(),
            pid=os.getpid(),
            started=psutil.Process().create_time(),
            launch=launch,
            token=secrets.token_hex(8),
            slurm=slurm,
            restart=restart,
            booted=psutil.boot_time(),
        )

    @classmethod
    def of_waiting_job(cls, launch: str, slurm: str) -> "Owner":
        """A Slurm job that will do the work when it starts, or starts again."""
        return cls("", "", "", 0, 0.0, launch, secrets.token_hex(8), slurm)

    @classmethod
    def unknown(cls) -> "Owner":
        """Of a damaged claim: no process and no job, so nobody who could be alive."""
        return cls("", "", "", 0, 0.0, "", "")

    def is_process(self) -> bool:
        """Whether this owner is a process; otherwise it is a job that waits to be started."""
        return self.pid != 0

    def leaves_to(self, other: "Owner") -> bool:
        """Whether `other` may take over at once: both are of one job, and this owner has ended.

        A waiting job ends when its process starts. A process ends when the job has been restarted
        since, or when this host sees that the process is dead.
        """
        if self.slurm is None or (self.slurm, self.launch) != (other.slurm, other.launch):
            return False
        if not self.is_process() or self.restart < other.restart:
            return True
        return self.is_here() and not self.process_lives()

    def is_here(self) -> bool:
        """Whether the owner runs on this host, in this process namespace."""
        return self.host == socket.gethostname() and self.namespace == _pid_namespace()

    def process_lives(self) -> bool:
        """Whether the process still runs. Ask only of an owner that `is_here`."""
        if self.boot != _boot_id():
            return False
        try:
            process = psutil.Process(self.pid)
            later = process.create_time() - self.started
            if self.booted is not None:  # a clock that was set since has moved both
                later -= psutil.boot_time() - self.booted
            if abs(later) > _START_TOLERANCE:
                return False
            return bool(process.status() != psutil.STATUS_ZOMBIE)
        except psutil.NoSuchProcess:
            return False


_OWNER = TypeAdapter(Owner)


@dataclass(frozen=True)
class Claim:
    """One entry in a directory's chain of claims: its file, its number, its owner."""

    path: Path
    number: int
    owner: Owner

    def is_live(self) -> bool:
        """Whether nobody else may take the directory.

        A released claim is dead. Any other claim lives while its process lives, or while Slurm's
        queue has its job.
        """
        if self.is_released():
            return False
        return self.process_lives() or self._is_in_queue()

    def is_held(self) -> bool:
        """Whether this is still the directory's newest claim. Owners ask before every commit.

        A number is created once, so the number tells, even if its file was damaged since.
        """
        newest = newest_claim(self.path.parent)
        if newest is None or newest.number != self.number:
            return False
        return newest.owner.token in (self.owner.token, Owner.unknown().token)

    def beat(self) -> None:
        """Shows other hosts that the owner is alive, by the time of the claim's file."""
        os.utime(self.path)

    def release(self) -> None:
        """Gives the directory up; the process lives on."""
        self._released.touch()

    def hand_over(self, owner: Owner) -> bool:
        """Gives the directory to another owner. False if this claim had lost it before."""
        done = _create(self.path.parent, self.number + 1, owner) is not None
        self.release()
        return done

    def is_released(self) -> bool:
        """Whether the owner gave the claim up by itself."""
        return self._released.exists()

    @property
    def _released(self) -> Path:
        return self.path.with_suffix(".released")

    def process_lives(self) -> bool:
        """Whether the owner is a process that lives.

        On this host the process itself tells, on other hosts the heartbeat.
        """
        if not self.owner.is_process():
            return False
        if self.owner.is_here():
            return self.owner.process_lives()
        return self._age() < STALE_SECONDS

    def _is_in_queue(self) -> bool:
        """Whether Slurm's queue has the owner's job.

        Where no Slurm answers, a claim counts for `FORGOTTEN_SECONDS`: the job may still be there,
        and work must not be done twice; but the store may also have moved away from its cluster.
        """
        if self.owner.slurm is None:
            return False
        known = is_in_queue(self.owner.slurm, self.path.stat().st_uid)
        return self._age() < FORGOTTEN_SECONDS if known is None else known

    def _age(self) -> float:
        """Seconds since the last heartbeat.

        One from the future, of a clock that ran ahead, is set to now: a living owner goes on to
        beat, and a dead one is found dead as soon as any other.
        """
        probe = self.path.with_name(f".clock.{os.getpid()}.{secrets.token_hex(4)}.tmp")
        try:
            probe.touch()  # the file system's own clock, so that skew between hosts cancels
            now = probe.stat().st_mtime
        finally:
            probe.unlink(missing_ok=True)
        age = now - self.path.stat().st_mtime
        if age >= -HEARTBEAT_SECONDS:
            return age
        log.warning(
            "%s has a sign of life %.0f s in the future: a clock was set; it counts as one of now",
            self.path,
            -age,
        )
        with suppress(PermissionError):  # of another user, who alone may change it
            self.beat()
        return 0.0


def acquire(directory: Path, owner: Owner) -> Claim | None:
    """Claims `directory` for `owner`. None if a live claim stands or another taker was faster."""
    newest = newest_claim(directory)
    if newest is not None and not newest.owner.leaves_to(owner) and newest.is_live():
        return None
    return _create(directory, newest.number + 1 if newest else 1, owner)


def newest_claim(directory: Path) -> Claim | None:
    """The claim that counts, or None where nobody ever claimed."""
    for path in sorted(directory.glob(_CLAIMS), reverse=True):
        with suppress(FileNotFoundError):  # the directory is just being deleted
            return _read(path)
    return None


def claims(directory: Path) -> list[Claim]:
    """The chain of claims, oldest first."""
    return [_read(path) for path in sorted(directory.glob(_CLAIMS))]


def deaths(directory: Path, launch: str) -> int:
    """How many processes of this launch were killed: ended without giving the directory up."""
    chain = claims(directory)
    ended = [claim for claim in chain[:-1] if not claim.is_released()]
    ended += [claim for claim in chain[-1:] if not claim.is_released() and not claim.is_live()]
    return sum(claim.owner.is_process() and claim.owner.launch == launch for claim in ended)


class Heartbeat:
    """A daemon thread that keeps the claims of this process fresh for other hosts."""

    def __init__(self) -> None:
        self._claims: dict[Path, Claim] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="heartbeat")

    def __enter__(self) -> "Heartbeat":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def keep(self, claims: Iterable[Claim]) -> None:
        """Replaces the set of claims that are kept alive."""
        with self._lock:
            self._claims = {claim.path: claim for claim in claims}

    def _run(self) -> None:
        while not self._stop.wait(HEARTBEAT_SECONDS):
            with self._lock:
                current = list(self._claims.values())
            for claim in current:
                try:
                    claim.beat()
                except OSError:
                    continue  # a missed beat is not worth a training; the next one may succeed


def _create(directory: Path, number: int, owner: Owner) -> Claim | None:
    path = directory / f"claim-{number:06d}.json"
    if not write_once(path, json.dumps(asdict(owner)).encode()):
        return None
    return Claim(path, number, owner)


def _read(path: Path) -> Claim:
    try:
        with open_to_read(path) as file:
            owner = _OWNER.validate_json(file.read(), strict=True)
    except ValueError:
        owner = Owner.unknown()
    except OSError as error:
        if error.errno not in _NO_FILE:
            raise
        owner = Owner.unknown()
    return Claim(path, int(path.stem.removeprefix("claim-")), owner)


@cache
def _boot_id() -> str:
    linux = Path("/proc/sys/kernel/random/boot_id")
    known = linux.read_text(encoding="utf-8").strip() if linux.exists() else None
    return known or f"{psutil.boot_time():.0f}"


@cache
def _pid_namespace() -> str:
    linux = Path("/proc/self/ns/pid")
    return os.readlink(linux) if linux.exists() else ""
