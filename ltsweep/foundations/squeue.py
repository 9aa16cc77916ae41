"""Slurm's commands, with a time limit, and which jobs its queue still holds."""

import shutil
import subprocess
import time
from collections.abc import Sequence
from functools import lru_cache

ANSWER_SECONDS = 8.0  # that a command may take
LOOK_SECONDS = 10.0  # that an answer about the queue is good for


class SlurmError(Exception):
    """A command of Slurm's that is missing, failed or did not answer: one sentence."""


def ask(command: Sequence[str], seconds: float = ANSWER_SECONDS) -> str:
    """What a command prints. SlurmError in one sentence where it cannot be had."""
    name = command[0]
    if shutil.which(name) is None:
        raise SlurmError(f"{name} is not on the PATH: this machine has no Slurm")
    try:
        done = subprocess.run(
            command, capture_output=True, encoding="utf-8", errors="replace", timeout=seconds
        )
    except subprocess.TimeoutExpired:
        raise SlurmError(f"{name} did not answer within {seconds:g} seconds") from None
    if done.returncode != 0:
        reason = " ".join(done.stderr.split()) or f"it ended with {done.returncode}"
        raise SlurmError(f"{name} failed: {reason.removeprefix(f'{name}: error: ')}")
    return done.stdout


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
    return frozenset(answer.split())
