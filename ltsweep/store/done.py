"""What DONE holds: how a stage ended, and what its files were then."""

from ltsweep.foundations.types import Key
from ltsweep.store.records import Outcome
from ltsweep.store.stored import Stored


class FileRecord(Stored):
    """A file as it was written."""

    bytes: int
    sha256: str


class DoneRecord(Stored):
    """How the stage ended, and its files by name: those alone that lie in its directory."""

    outcome: Outcome
    files: dict[Key, FileRecord]
