"""The jobs that a launch started: jobs.jsonl in its directory, one line a job, appended once."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from ltsweep.data_spec import Frozen
from ltsweep.foundations.files import DamagedFile, found_from, named_from, read_bytes
from ltsweep.foundations.json_lines import append_lines
from ltsweep.foundations.notices import warn_once


class JobRecord(Frozen):
    """One job: where it was started, and how to find it again.

    `id` is Slurm's name of the job ("123" or "123_4"), `log` the file that it prints to; `stages`
    are the keys that are its own, None where it draws on the launch's common pool.
    """

    job: int
    cluster: Literal["slurm", "local", "debug"]
    id: Annotated[str, Field(pattern=r"^[0-9]+(_[0-9]+)?$")] | None
    pid: Annotated[int, Field(gt=0)] | None
    host: str | None
    log: str
    stages: tuple[str, ...] | None
    submitted: Annotated[float, Field(allow_inf_nan=False)]

    @classmethod
    def of_process(
        cls, number: int, cluster: Literal["local", "debug"], pid: int, log: Path
    ) -> JobRecord:
        """A process of this host that begins now to draw on the launch's common pool."""
        return cls(
            job=number,
            cluster=cluster,
            id=None,
            pid=pid,
            host=socket.gethostname(),
            log=str(log),
            stages=None,
            submitted=time.time(),
        )


def append(launch_directory: Path, records: Iterable[JobRecord]) -> None:
    """Adds jobs to the launch's list, all in one write."""
    told = [{**r.model_dump(), "log": named_from(launch_directory, r.log)} for r in records]
    append_lines(launch_directory / "jobs.jsonl", told, to_disk=True)


def read(launch_directory: Path) -> list[JobRecord]:
    """The launch's jobs in the order of their start; a torn line is left out.

    A list that cannot be read is said in the log, and counts as none.
    """
    try:
        lines = (read_bytes(launch_directory / "jobs.jsonl") or b"").splitlines()
    except DamagedFile as error:
        warn_once(str(error))
        return []
    return [
        record.model_copy(update={"log": found_from(launch_directory, record.log)})
        for record in map(_parse, lines)
        if record is not None
    ]


def _parse(line: bytes) -> JobRecord | None:
    try:
        return JobRecord.model_validate_json(line)
    except ValidationError:
        return None
