"""The index: what was once made of a store's files, remembered for as long as a file is the same.

Reading 20,000 finished stages takes most of a minute; asking whether a file is still the one that
was read takes microseconds. So what readers make of a file, above all its digest, is kept in
`index.sqlite`, under the file's path in the store, its size, times and inode. Whoever wants a
digest asks `Index.digest(path)` and calls `Index.save()` once, when all is read. A file that was
written to, replaced or copied differs in one of them, and is read again. Every row has a checksum
of its own, so that a damaged index is a slow one and never a wrong one.

The index is no part of what a store knows. It may be deleted, damaged, out of date or not
writable at any time: then files are read as if there were none. Readers open it without locks,
which NFS may lack, and writers replace it whole, each adding what it has learned. Of two that do so
at once, one's news are lost, and learned again.
"""

import os
import secrets
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from functools import cached_property
from pathlib import Path
from typing import NamedTuple
from weakref import finalize
from zlib import crc32

from ltsweep.foundations.files import sha256

_Name = tuple[str, str]  # a path in the store, and what was made of the file
_Stamp = tuple[int, ...]  # size, times and inode
_Fact = tuple[_Stamp, str]  # of the file as it was, and what was made of it

_SETTLED_SECONDS = 2.0  # a file may change again within one tick of its file system's clock
_TABLE = """
CREATE TABLE IF NOT EXISTS facts (
    path TEXT, what TEXT, size INTEGER, mtime_ns INTEGER, ctime_ns INTEGER, inode INTEGER,
    value TEXT, crc INTEGER, PRIMARY KEY (what, path)
) WITHOUT ROWID
"""
_COLUMNS = "SELECT path, size, mtime_ns, ctime_ns, inode, value, crc FROM facts"
_FIND = f"{_COLUMNS} WHERE path = ? AND what = ?"
_FIND_ALL = f"{_COLUMNS} WHERE what = ? ORDER BY path"
_PUT = "INSERT OR REPLACE INTO facts VALUES (?, ?, ?, ?, ?, ?, ?, ?)"


class Index:
    """What is remembered of the files below `root`, the store's directory."""

    def __init__(self, root: Path) -> None:
        self.path = root / "index.sqlite"
        self._prefix = f"{root}{os.sep}"
        self._learned: dict[_Name, _Fact] = {}

    def digest(self, path: Path) -> str:
        """SHA-256 of a file's bytes, computed once per change of the file.

        FileNotFoundError where there is no such file.
        """
        return self.recall(path, "sha256", sha256)

    def recall(self, path: Path, what: str, make: Callable[[Path], str]) -> str:
        """What `make` makes of a file: remembered under `what`, or made now and remembered.

        `what` must change whenever `make` comes to make something else of the same bytes. Errors of
        `make` are raised and not remembered; FileNotFoundError where there is no such file.
        """
        name = (str(path).removeprefix(self._prefix), what)
        return self._made(name, str(path), self._learned.get(name) or self._find(name), make)

    def in_order(self, what: str, make: Callable[[Path], str]) -> Callable[[str], str]:
        """`recall` for thousands of files that are asked for in the order of their paths.

        What is remembered is read beside them and not kept. A file that is asked for behind its
        place is read again.
        """
        rows = self._rows(_FIND_ALL, (what,))
        row = next(rows, None)

        def recall(path: str) -> str:
            nonlocal row
            name = (path.removeprefix(self._prefix), what)
            while row is not None and row.path < name[0]:
                row = next(rows, None)
            known = row.fact(what) if row is not None and row.path == name[0] else None
            return self._made(name, path, self._learned.get(name) or known, make)

        return recall

    def _made(
        self, name: _Name, path: str, known: _Fact | None, make: Callable[[Path], str]
    ) -> str:
        there = os.stat(path)  # before it is read: what is written meanwhile has another stamp
        stamp = (there.st_size, there.st_mtime_ns, there.st_ctime_ns, there.st_ino)
        if known is not None and known[0] == stamp:
            return known[1]
        value = make(Path(path))
        if abs(time.time() - there.st_ctime) > _SETTLED_SECONDS:
            self._learned[name] = (stamp, value)
        return value

    def save(self) -> None:
        """Adds what was learned to the file, if that can be; a failure costs time, later."""
        if not self._learned:
            return
        learned, self._learned = self._learned, {}
        if (known := self.__dict__.pop("_known", None)) is not None:
            known.close()
        temporary = self.path.with_name(
            f".{self.path.name}.{os.getpid()}.{secrets.token_hex(4)}.tmp"
        )
        with suppress(OSError, sqlite3.Error):
            try:
                _write(self.path, temporary, learned)
                os.replace(temporary, self.path)
            finally:
                temporary.unlink(missing_ok=True)

    def _find(self, name: _Name) -> _Fact | None:
        return next((row.fact(name[1]) for row in self._rows(_FIND, name)), None)

    def _rows(self, query: str, about: Sequence[str]) -> Iterator["_Row"]:
        if self._known is None:
            return
        with suppress(sqlite3.Error):
            yield from map(_Row._make, self._known.execute(query, about))

    @cached_property
    def _known(self) -> sqlite3.Connection | None:
        """The file as it is now; what replaces it is not seen until something is saved."""
        if not self.path.is_file():
            return None
        try:
            where = f"{self.path.absolute().as_uri()}?mode=ro&immutable=1"
            known = sqlite3.connect(where, uri=True, check_same_thread=False)
        except sqlite3.Error:
            return None
        finalize(self, known.close)
        return known


class _Row(NamedTuple):
    """A row as it is read, whatever it says."""

    path: str
    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    value: str
    crc: int

    def fact(self, what: str) -> _Fact | None:
        """What the row says of a file; None where the row is damaged."""
        fact = (self[1:5], self.value)
        return fact if self.crc == _crc((self.path, what), *fact) else None


def _crc(name: _Name, stamp: _Stamp, value: str) -> int:
    return crc32(repr((name, stamp, value)).encode())


def _write(old: Path, new: Path, learned: Mapping[_Name, _Fact]) -> None:
    """Writes to `new` what `old` holds, as far as it can be read, and what was learned."""
    with suppress(OSError):  # it is none, or no file
        shutil.copyfile(old, new)
    try:
        _put(new, learned)
    except sqlite3.DatabaseError:  # it is damaged
        new.unlink()
        _put(new, learned)


def _put(path: Path, learned: Mapping[_Name, _Fact]) -> None:
    rows = (
        (*name, *stamp, value, _crc(name, stamp, value)) for name, (stamp, value) in learned.items()
    )
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        file.execute("PRAGMA journal_mode = OFF")  # nobody else sees this file yet
        file.execute("PRAGMA synchronous = OFF")  # and a torn one is a damaged one
        file.execute("BEGIN")
        file.execute(_TABLE)
        file.executemany(_PUT, rows)
        file.execute("COMMIT")
