"""What points/<id>.json holds: a curve's configuration, in full and in columns, and its stages."""

from typing import Any, Self

from pydantic import (
    model_validator,
)

from ltsweep.foundations.types import Key
from ltsweep.store.declared import Declared
from ltsweep.store.labels import sides_of
from ltsweep.store.stored import Inside, Stored
from ltsweep.store.ticket_record import TicketRecord


class SettingColumns(Stored):
    """A point's settings in few words, in the order of the CSV: for people, never parsed."""

    source: str
    source_optimizer: str
    target: str
    target_optimizer: str
    model: str
    pruning: str
    init: str
    init_scale: float
    reset: str
    norm_statistics: str = "running"  # which were the only ones
    rescale: str = "none"  # likewise


SETTING_COLUMNS = tuple(SettingColumns.model_fields)
SOURCE_ALONE = ("pruning", "reset")  # sections that no point has whose ticket is there already
_OF_TARGETS = {
    "dataset": "target",
    "optimizer": "target_optimizer",
    "schedule": "target_schedule",
    "batch_size": "target_batch_size",
}


class Spelling(Stored):
    """What an experiment said of a point that another one says otherwise, to the same effect."""

    config: dict[str, Any]
    columns: SettingColumns
    overlap: str | None = None
    yardsticks: str | None = None


class PointRecord(Stored):
    """What points/<id>.json holds: a resolved configuration and the stages it is made of.

    Attributes:
        id: of the curve; `cell` is the same without the seed.
        levels: number of the deepest level.
        experiment: that the point was last submitted by; None for a selection without a name.
        config: the composed configuration, but for `report`.
        reset_step: optimizer step that tickets are rewound to; None in files of early versions.
        stages: their keys, by level.
        dense: key of the dense training from a fresh draw, where level 0 is another training.
        overlap: names the count of images that source and target share, where a target is named.
        yardsticks: names the linear classifiers of the target's data, where they are declared.
        ticket: where its ticket comes from, if that is a file.
        spellings: by experiment, what others that share the point said of it: `schedule.length=1ep`
            and `10it` are one training. Selections without a name are "".

    """

    id: Inside
    cell: str
    seed: int
    method: str
    levels: int
    experiment: Inside | None
    config: dict[str, Any]
    columns: SettingColumns
    report: Declared
    reset_step: int | None = None
    stages: tuple[Key, ...]
    dense: Key | None = None
    overlap: Inside | None = None
    yardsticks: Inside | None = None
    ticket: TicketRecord | None = None
    spellings: dict[str, Spelling] = {}

    @property
    def spelling(self) -> Spelling:
        """What is said of it by the experiment that it was last submitted by."""
        return Spelling(**{name: getattr(self, name) for name in Spelling.model_fields})

    def said_by(self, experiment: str | None) -> Self:
        """The point as this experiment says it, if it said it otherwise; None: no experiment."""
        said = self.spellings.get(experiment or "")
        if said is None or experiment == self.experiment:
            return self
        return self.model_copy(update={name: getattr(said, name) for name in Spelling.model_fields})

    def joined_by(self, other: Self) -> Self:
        """The same, when it is said by another experiment, which does not submit it."""
        return self._deepest(other)._keeping(other)

    def in_place_of(self, known: Self) -> Self:
        """The same, when it is submitted and `known` is what the store has."""
        kept = self.model_copy(update={"spellings": known.spellings})
        return kept._deepest(known)._keeping(known)

    def _deepest(self, other: Self) -> Self:
        """With the levels of the one that has more."""
        if len(other.stages) <= len(self.stages):
            return self
        return self.model_copy(update={"stages": other.stages, "levels": other.levels})

    def _keeping(self, other: Self) -> Self:
        """With what another one says, where that is told otherwise; an experiment has one say."""
        said = {n: one for n, one in self.spellings.items() if n != (self.experiment or "")}
        if other.experiment != self.experiment and other.spelling != self.spelling:
            said[other.experiment or ""] = other.spelling
        return self.model_copy(update={"spellings": said}) if said or self.spellings else self

    @property
    def is_transferred(self) -> bool:
        """Whether the ticket is trained on a target that has something for itself."""
        named = any(self.config.get(name) is not None for name in _OF_TARGETS.values())
        return named or self.ticket is not None

    @property
    def pruning(self) -> dict[str, Any]:
        """What its tickets are pruned with, as configured."""
        found: dict[str, Any] = self.ticket.pruning if self.ticket else self.config["pruning"]
        return found

    @property
    def sides(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """What the source and the target may have differently: data, optimizer, and so on."""
        source = {name: self.config.get(name) for name in _OF_TARGETS}
        own = {name: self.config.get(target) for name, target in _OF_TARGETS.items()}
        target = {n: source[n] if value is None else value for n, value in own.items()}
        return {**source, "dataset": sides_of(self.config)[0]}, target

    @model_validator(mode="after")
    def _config_has_later_settings(self) -> Self:
        """Files of early versions lack what there was no choice of."""
        self.config.setdefault("norm_statistics", self.columns.norm_statistics)
        for init in (self.config.get("init"), self.config.get("control_init")):
            if init is not None:
                init.setdefault("rescale", "none")
                init.setdefault("rescale_where", "final")
        return self
