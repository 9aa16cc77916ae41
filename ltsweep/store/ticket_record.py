"""Where a ticket from a file comes from, and which data were read to make it."""

from typing import Any

from ltsweep.store.data_read import PartName, Purpose
from ltsweep.store.stored import Inside, Stored

_DIGITS = 16  # of a digest, for people


class Seen(Stored):
    """What one purpose made stages behind a ticket read of a dataset, and how many stages.

    `label` names dataset and subset as tables do; the rest is as the stages recorded it.
    """

    label: str
    fingerprint: str
    purpose: Purpose
    parts: dict[PartName, int | None]
    split: dict[str, Any]
    stages: int


class TicketRecord(Stored):
    """What the file of an exported ticket tells of it.

    Attributes:
        digest: SHA-256 of the file.
        curve: that it was exported from, at this `level` and with this `seed`.
        optimizer: that it was made with, by its name.
        pruning: that it was made with, as configured.
        reset: the step whose state its weights are, as in "20it", or "end".
        saw: the data that were read to make it; None where that is not known.

    """

    digest: Inside
    curve: str
    level: int
    seed: int
    optimizer: str
    pruning: dict[str, Any]
    reset: str
    saw: tuple[Seen, ...] | None = None

    @property
    def name(self) -> str:
        """What a ticket is called: the beginning of its digest."""
        return self.digest[:_DIGITS]
