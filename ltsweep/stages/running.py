"""A stage on its way through a pack."""

import time
from dataclasses import dataclass, field

from ltsweep.data.resident import Resident
from ltsweep.init.state import Tensors
from ltsweep.plan.stage import PlannedStage
from ltsweep.stages.workplace import Net, Workplace
from ltsweep.store.claims import Claim
from ltsweep.store.store import StageDir
from ltsweep.train.replicate import Replicate
from ltsweep.train.strategy import Strategy


class LostClaim(Exception):
    """Another process took the stage over; this one must not commit anything more."""


@dataclass
class Running:
    """A stage on its way through a pack."""

    planned: PlannedStage
    directory: StageDir
    claim: Claim
    replicate: Replicate
    before: float | None = None
    seconds: float = 0.0
    began: float = field(default_factory=time.time)
    start_state: Tensors = field(default_factory=dict)

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
