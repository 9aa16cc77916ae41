"""A plan: points, and the graph of unique stages that make them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ltsweep.config.settings import PointConfig
from ltsweep.part_spec import Input
from ltsweep.plan.overlaps import Found, Pair
from ltsweep.plan.stage import PlannedStage
from ltsweep.spec import CellSpec
from ltsweep.store.declared import Declared
from ltsweep.store.labels import labels, sides_of
from ltsweep.store.point_record import SOURCE_ALONE, PointRecord, SettingColumns
from ltsweep.store.ticket_record import TicketRecord


@dataclass(frozen=True)
class Point:
    """A resolved configuration with its identity and the keys of its stages, one per level.

    `dense` is the key of the target's dense training, where level 0 is another training; `overlap`
    names the pair of its source and its target among those of the plan, where a target is named;
    `yardsticks` the target's data, where linear classifiers of them are declared. A `ticket`
    that comes from a file has no `reset_step` in this point. `rescale` says in words how its pruned
    weights are rescaled.
    """

    id: str
    cell: str
    config: PointConfig
    reset_step: int | None
    stages: tuple[str, ...]
    dense: str | None = None
    ticket: TicketRecord | None = None
    overlap: str | None = None
    yardsticks: str | None = None
    rescale: str = "none"

    def record(self, experiment: str | None) -> PointRecord:
        """What points/<id>.json holds."""
        config, ticket = self.config, self.ticket
        written = config.model_dump(mode="json", by_alias=True, exclude={"report"})
        if ticket is not None:
            written["ticket"] = ticket.name  # by content: where the file lies is of no account
            written = {n: part for n, part in written.items() if n not in SOURCE_ALONE}
        source, target = labels(sides_of(written))
        columns = SettingColumns(
            source=source,
            source_optimizer=config.optimizer.name if ticket is None else ticket.optimizer,
            target=target,
            target_optimizer=(config.target_optimizer or config.optimizer).name,
            model=config.model.name,
            pruning=config.pruning.name if ticket is None else ticket.pruning["name"],
            init=config.init.name,
            init_scale=config.init.scale,
            reset=f"{self.reset_step}it" if ticket is None else ticket.reset,
            norm_statistics=config.norm_statistics,
            rescale=self.rescale,
        )
        return PointRecord(
            id=self.id,
            cell=self.cell,
            seed=config.seed,
            method=config.method.name,
            levels=len(self.stages) - 1,
            experiment=experiment,
            config=written,
            columns=columns,
            report=Declared.model_validate(config.report.model_dump()),
            reset_step=self.reset_step,
            stages=self.stages,
            dense=self.dense,
            ticket=ticket,
            overlap=self.overlap,
            yardsticks=self.yardsticks,
        )


def rescale_words(cell: CellSpec) -> str:
    """'none', 'count', and of masks that come from a rescaled ladder 'count (ladder count)'."""
    own = cell.rescale.way if cell.rescale else "none"
    return f"{own} (ladder {cell.ladder_rescale.way})" if cell.ladder_rescale else own


@dataclass
class Plan:
    """Points and the unique stages that make them, every stage after its parents.

    `pairs` are the data of sources and targets, by the names of these pairs; `yardsticks` those of
    targets of which linear classifiers are declared.
    """

    points: list[Point] = field(default_factory=list)
    stages: dict[str, PlannedStage] = field(default_factory=dict)
    pairs: dict[str, Pair] = field(default_factory=dict)
    yardsticks: dict[str, Found] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)
    own_models: list[str] = field(default_factory=list)  # what of users' own models is prunable
    tickets: dict[str, Path] = field(default_factory=dict)  # files of tickets, by digest

    def trainings_without_sharing(self) -> int:
        """Trainings if every point made its own ladder: the sum of the points' ancestries."""
        return sum(len(self.ancestry(point.stages)) for point in self.points)

    def ancestry(self, keys: Iterable[str]) -> set[str]:
        """These stages and all that they start from."""
        found: set[str] = set()
        waiting = list(keys)
        while waiting:
            key = waiting.pop()
            if key not in found:
                found.add(key)
                waiting.extend(self.stages[key].spec.parents)
        return found

    def add(self, stage: PlannedStage) -> PlannedStage:
        """Adds a stage, or what this point asks of one that is there, and of its parents."""
        known = self.stages.setdefault(stage.key, stage)
        if stage.is_ladder and not known.is_ladder:
            known = self._wish(known.key, is_ladder=True)
        self.want(stage.spec.snapshots_read)
        if not known.is_ladder:  # a ladder's next level needs the end no longer than itself
            for source in stage.spec.inputs:
                if source.what == "state" and source.step is None:
                    self._wish(source.stage, keeps_end=True)
        return known

    def want(self, sources: Iterable[Input]) -> None:
        """Has trainings keep their states at the steps that are going to be asked for."""
        for source in sources:
            assert source.step is not None
            name = "snapshots" if source.what == "state" else "optimizer_snapshots"
            steps: tuple[int, ...] = getattr(self.stages[source.stage], name)
            self._wish(source.stage, **{name: tuple(sorted({*steps, source.step}))})

    def _wish(self, key: str, **wishes: Any) -> PlannedStage:
        known = self.stages[key]
        if any(getattr(known, name) != wish for name, wish in wishes.items()):
            known = self.stages[key] = known.model_copy(update=wishes)
        return known
