"""Slurm's commands, with a time limit, and which jobs its queue still holds."""

import re
import shutil
import subprocess
import time
from collections.abc import Sequence
from functools import lru_cache

ANSWER_SECONDS = 8.0  # that a command may take
LOOK_SECONDS = 10.0  # that an answer about the queue is good for
_ID = re.compile(r"\d+([_+]\S+)?")  # "123", "123_4"


class SlurmError(Exception):
    """A command of Slurm's that is missing, failed or did not answer: one sentence."""


class NoAnswer(SlurmError):
    """A command that did not end in time, or answered what cannot be read."""


class Refused(SlurmError):
    """A command that said no; `reason` is what it complained of."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name} failed: {reason}")
        self.reason = reason


def ask(command: Sequence[str], seconds: float = ANSWER_SECONDS) -> str:
    """What a command prints. SlurmError in one sentence where it cannot be had."""
    name = command[0]
    if shutil.which(name) is None:
        raise SlurmError(f"{name} is not on the PATH: this machine has no Slurm")
    try:
        done = subprocess.run(
            command, capture_output=True, encoding="utf-8", errors="replace", timeout=seconds
        )
    except subprocess.TimeoutExpired as error:
        said = _reason(name, (error.stderr or b"").decode(errors="replace"))
        more = f": {said}" if said else ""
        raise NoAnswer(f"{name} did not answer within {seconds:g} seconds{more}") from None
    except OSError as error:
        raise SlurmError(f"{name} cannot be run: {error.strerror}") from error
    if done.returncode != 0:
        raise Refused(name, _reason(name, done.stderr) or f"it ended with {done.returncode}")
    return done.stdout


def nonsense(name: str, line: str) -> NoAnswer:
    """The error for a line that is no answer to what a command was asked."""
    return NoAnswer(f"{name} answered what cannot be read: {line.strip()[:80]}")


def is_in_queue(job: str, user: int) -> bool | None:
    """Whether a job of this user is waiting, running or about to run again; None: no answer."""
    jobs = _queue(user, int(time.monotonic() // LOOK_SECONDS))
    return None if jobs is None else job in jobs


@lru_cache(maxsize=8)
def _queue(user: int, period: int) -> frozenset[str] | None:
    try:
        answer = ask(["squeue", "--noheader", "--array", f"--user={user}", "--format=%i"])
    except SlurmError:
        return None
    jobs = answer.split()
    return frozenset(jobs) if all(map(_ID.fullmatch, jobs)) else None


def _reason(name: str, stderr: str) -> str:
    """What a command complained of, its lines as one."""
    lines = (line.strip().removeprefix(f"{name}: ") for line in stderr.splitlines())
    return "; ".join(line.removeprefix("error: ") for line in lines if line)
