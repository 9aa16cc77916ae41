"""A stage on its way through a pack."""

import time
from dataclasses import dataclass, field
from pathlib import Path

from ltsweep.data.resident import Resident
from ltsweep.init.state import Tensors
from ltsweep.models.net import Net
from ltsweep.plan.stage import PlannedStage
from ltsweep.stages.workplace import Workplace
from ltsweep.store.claims import Claim
from ltsweep.store.data_read import DataRead
from ltsweep.store.records import ScoringRecord
from ltsweep.store.stage_dir import StageDir
from ltsweep.train.replicate import Replicate
from ltsweep.train.strategy import Strategy


class LostClaim(Exception):
    """Another process took the stage over; this one must not commit anything more."""


@dataclass
class Running:
    """A stage on its way through a pack.

    `before` is the validation accuracy before the training; None without validation images. `read`
    are the data that its rules for mask and weights read, `scoring` is what the scores of its mask
    took, None where that is not known. `factors` are those by which kept weights were rescaled, by
    layer, none where they were not.
    """

    planned: PlannedStage
    directory: StageDir
    claim: Claim
    replicate: Replicate
    before: float | None = None
    seconds: float = 0.0
    began: float = field(default_factory=time.time)
    start_state: Tensors = field(default_factory=dict)
    start_mask: Tensors = field(default_factory=dict)
    scoring: ScoringRecord | None = None
    read: list[DataRead] = field(default_factory=list)
    factors: dict[str, float | None] = field(default_factory=dict)

    def has_snapshot(self, step: int) -> bool:
        """Whether all that this plan's stages ask for of a step is there."""
        return all(path.exists() for path in self.snapshot_files(step))

    def snapshot_files(self, step: int) -> list[Path]:
        """The files that this plan's stages ask for of a step."""
        planned, directory = self.planned, self.directory
        files = [directory.snapshot(step)] if step in planned.snapshots else []
        return files + (
            [directory.optimizer_snapshot(step)] if step in planned.optimizer_snapshots else []
        )

    def assert_owned(self) -> None:
        """Raises LostClaim when the stage was taken over."""
        if not self.claim.is_held():
            raise LostClaim(self.planned.key)


@dataclass(frozen=True)
class Surroundings:
    """What all stages of a pack share; stage number i of the pack is the strategy's replicate i."""

    place: Workplace
    data: Resident
    net: Net
    strategy: Strategy
    pack_size: int
