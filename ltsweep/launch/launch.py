"""A launch on disk: frozen stages and settings, so that workers need neither Hydra nor YAML."""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ltsweep.config.settings import RunConfig
from ltsweep.data_spec import Frozen
from ltsweep.foundations.collector import uncollected
from ltsweep.foundations.files import DamagedFile, read_json, write_json
from ltsweep.launch.settings import Settings
from ltsweep.plan.stage import Means, PlannedStage
from ltsweep.spec import TrainSpec
from ltsweep.store.launch_stages import read_stages, write_stages
from ltsweep.store.store import Store
from ltsweep.store.stored import Inside, in_one_line

_WITH_STORE = ("run", "settings")  # the store they name is not written: it may be copied or moved


class ForeignLaunch(DamagedFile):
    """A launch that another version of ltsweep has written, or none at all."""


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
        own = self.model_copy(update={"stages": ()})  # which have a file of their own
        content = own.model_dump(mode="json", exclude=dict.fromkeys(_WITH_STORE, {"store"}))
        del content["stages"]
        digest = write_stages(self.directory, _as_json(self.stages))
        write_json(self.directory / "launch.json", {**content, "stages_sha256": digest})

    def discard(self) -> None:
        """Takes a launch back that came to start nothing, so that none finds it the newest."""
        shutil.rmtree(self.directory)

    @classmethod
    @uncollected()
    def load(cls, directory: Path) -> Launch:
        """A launch as it was submitted, on the store in which it lies now.

        DamagedFile where it, or the list of its stages, is gone or not what was written;
        ForeignLaunch where it is of another version.
        """
        path = directory / "launch.json"
        content = read_json(path)
        if content is None:
            raise DamagedFile(f"{path} is missing")
        store = str(directory.absolute().parent.parent)
        for part in _WITH_STORE:
            if isinstance(content.get(part), dict):
                content[part]["store"] = store
        try:
            if (digest := content.pop("stages_sha256", None)) is not None:
                listed = read_stages(
                    directory, digest, train=TrainSpec.model_validate, means=Means.model_validate
                )
                content["stages"] = [PlannedStage.model_validate(stage) for _, stage in listed]
            return cls.model_validate(content)
        except ValidationError as error:
            raise ForeignLaunch(f"{path} holds no launch: {in_one_line(error)}") from error


def _as_json(stages: Iterable[PlannedStage]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Stages with their keys; what they share is dumped once, and is one object in all of them."""
    shared: dict[int, Any] = {}

    def once(part: Frozen) -> Any:
        if id(part) not in shared:
            shared[id(part)] = part.model_dump(mode="json")
        return shared[id(part)]

    for stage in stages:
        own = stage.model_dump(mode="json", exclude={"means": True, "spec": {"train"}})
        spec = {**own["spec"], "train": once(stage.spec.train)}
        yield stage.key, {**own, "spec": spec, "means": once(stage.means)}


def new_launch_id() -> str:
    """Sorts by time; unique across launchers that start in the same second."""
    return time.strftime("%Y%m%d-%H%M%S-") + secrets.token_hex(3)
