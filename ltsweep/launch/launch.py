"""A launch on disk: frozen stages and settings, so that workers need neither Hydra nor YAML."""

from __future__ import annotations

import secrets
import shutil
import time
from pathlib import Path

from ltsweep.config.settings import RunConfig
from ltsweep.data_spec import Frozen
from ltsweep.foundations.files import read_json, write_json
from ltsweep.launch.settings import Settings
from ltsweep.plan.stage import PlannedStage
from ltsweep.store.store import Store
from ltsweep.store.stored import Inside


class Launch(Frozen):
    """One submission: which stages its workers may run, all parents of pending ones included.

    `name` is that of the report; `run` and `import_path` are what it takes to submit it again.
    `search_path` has the folders of parts, beside conf/, that its points were composed from.
    """

    id: Inside
    name: Inside
    experiment: Inside | None
    run: RunConfig
    import_path: str
    search_path: tuple[str, ...] = ()
    settings: Settings
    points: tuple[str, ...]
    pending: tuple[str, ...]
    stages: tuple[PlannedStage, ...]

    @property
    def directory(self) -> Path:
        """Where the launch's specification and logs lie."""
        return Path(self.settings.store) / "launches" / self.id

    @property
    def logs(self) -> Path:
        """Where the jobs' output goes."""
        return self.directory / "logs"

    @property
    def store(self) -> Store:
        """The store that this launch works on."""
        return Store(self.settings.store)

    def save(self) -> None:
        """Writes the launch down; must come before any job starts."""
        self.logs.mkdir(parents=True, exist_ok=True)
        write_json(self.directory / "launch.json", self.model_dump(mode="json"))

    def discard(self) -> None:
        """Takes a launch back that came to start nothing, so that none finds it the newest."""
        shutil.rmtree(self.directory)

    @classmethod
    def load(cls, directory: Path) -> Launch:
        """A launch as it was submitted."""
        return cls.model_validate(read_json(directory / "launch.json"))


def new_launch_id() -> str:
    """Sorts by time; unique across launchers that start in the same second."""
    return time.strftime("%Y%m%d-%H%M%S-") + secrets.token_hex(3)
