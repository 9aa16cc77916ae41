"""Files of JSON lines: appended to, and read without the lines that a crash has torn."""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ltsweep.foundations.files import read_bytes, write_atomic

Record = dict[str, Any]


def append_lines(path: Path, records: Iterable[Record], *, to_disk: bool = False) -> None:
    """Adds a line for each record, all in one write, after a line that may have been left torn.

    `to_disk` waits until they would survive a power cut.
    """
    content = b"".join(map(_line, records))
    with path.open("ab+") as file:
        if file.tell() > 0:
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                content = b"\n" + content
        file.write(content)
        file.flush()
        if to_disk:
            os.fsync(file.fileno())


def write_lines(path: Path, records: Iterable[Record]) -> None:
    """Replaces the file by these records, atomically."""
    write_atomic(path, b"".join(map(_line, records)))


def read_lines(path: Path) -> list[Record]:
    """All readable records, in order; none of no file. DamagedFile where it cannot be read."""
    lines = (read_bytes(path) or b"").split(b"\n")
    return [record for record in map(_parse, lines) if record is not None]


def _line(record: Record) -> bytes:
    return json.dumps(record, sort_keys=True, allow_nan=False).encode() + b"\n"


def _parse(line: bytes) -> Record | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None
