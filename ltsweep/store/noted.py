"""What is found out once and noted beside the stages: a file for each name, in a folder."""

from pathlib import Path
from typing import ClassVar, Self

from ltsweep.foundations.files import DamagedFile, write_json
from ltsweep.foundations.notices import warn_once
from ltsweep.store.store import Store
from ltsweep.store.stored import Stored


class Noted(Stored):
    """Base of such records; they can be found out again, so a damaged one is none."""

    folder: ClassVar[str]

    @classmethod
    def load(cls, store: Store, name: str | None) -> Self | None:
        """What was noted under this name; None if nothing was, or it is damaged: the log tells."""
        if name is None:
            return None
        try:
            return cls.in_file(cls._path(store, name), "does not hold what was noted")
        except DamagedFile as error:
            warn_once(f"{error}; launch.py notes it anew")
            return None

    def save(self, store: Store, name: str) -> None:
        """Notes it under this name."""
        path = self._path(store, name)
        path.parent.mkdir(exist_ok=True)
        write_json(path, self.stored())

    @classmethod
    def _path(cls, store: Store, name: str) -> Path:
        return store.root / cls.folder / f"{name}.json"
