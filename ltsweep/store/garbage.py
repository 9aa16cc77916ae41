"""Care of a store: what can go."""

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ltsweep.store.stage_files import CHECKPOINT
from ltsweep.store.store import Store

TEMPORARY_AGE = 3600.0  # seconds after which a temporary file certainly has no writer any more


def collect_garbage(store: Store, *, dry_run: bool) -> tuple[int, int]:
    """Deletes superfluous files and returns their number and total bytes.

    Superfluous are old temporary files, and checkpoints that a finished stage left behind. Tickets,
    snapshots, records and the last final weights of a ladder are never touched.
    """
    files, size = 0, 0
    for path in _garbage(store):
        with suppress(FileNotFoundError):  # its writer may come first
            bytes_ = path.stat().st_size
            if not dry_run:
                path.unlink()
            files, size = files + 1, size + bytes_
    return files, size


def old_temporary_files(store: Store) -> Iterator[Path]:
    """Files that a killed writer has left under temporary names."""
    newest = time.time() - TEMPORARY_AGE
    for path in _temporary_files(store.root):
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < newest:
                yield path


def _garbage(store: Store) -> Iterator[Path]:
    yield from old_temporary_files(store)
    present, root = store.keys(), store.stages_dir
    left = {key for key in present if os.path.lexists(f"{root}/{key}/{CHECKPOINT}")}
    for key in sorted(store.done_among(left)):
        yield store.stage(key).checkpoint


def _temporary_files(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            if name.startswith(".") and name.endswith(".tmp"):
                yield Path(folder, name)
