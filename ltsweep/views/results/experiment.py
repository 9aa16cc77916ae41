"""One experiment of a store: its curves, its verdicts, and the facts that belong beside them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ltsweep.store.data_read import PartName
from ltsweep.store.declarations import declarations_of
from ltsweep.store.declared import Declared
from ltsweep.store.labels import sides_of
from ltsweep.store.store import Store
from ltsweep.views.conclusions import conclude
from ltsweep.views.panels import Panel
from ltsweep.views.records import Curve, FinishedLevel
from ltsweep.views.report import below_tables, judged_curves, write_report
from ltsweep.views.results.cost import Cost, cost
from ltsweep.views.results.origin import Origin, is_declared_again
from ltsweep.views.shown import Shown
from ltsweep.views.ticket_data import Ancestry, TicketData
from ltsweep.views.verdicts.primary import PrimaryVerdict
from ltsweep.views.verdicts.verdict import PanelVerdict


@dataclass(frozen=True)
class Experiment:
    """What the page tells of one experiment, before it is put in words.

    `name` is that of its report, with another size than the small one behind it; `experiment` is
    the one that conf/ has, `size` None where it has one size, or was never declared. `report` is
    the directory of the report. `told` are the sentences on what was declared, and when. `origin`
    is the last change of its files, None where that is not known; `is_declared_again` whether it
    was declared with other values when stages were done. `store` has the records of its stages.
    """

    store: Store
    name: str
    experiment: str
    size: str | None
    report: Path
    declared: Declared
    told: Sequence[str]
    curves: Sequence[Curve]
    panels: Sequence[Panel]
    verdicts: list[PanelVerdict]
    primary: PrimaryVerdict | None
    cost: Cost
    origin: Origin | None
    is_declared_again: bool

    @property
    def ticket_data(self) -> list[TicketData | None]:
        """What the tickets of each curve have seen; None of those without a target."""
        ancestry = Ancestry(self.store)
        return [ancestry.data_of(curve.point) for curve in self.curves]

    @property
    def seeds(self) -> list[int]:
        """Of all its curves that have a finished level."""
        return sorted({curve.seed for curve in self.curves if curve.finished})

    @property
    def nets(self) -> list[str]:
        """The names of its models."""
        return sorted({curve.config["model"]["name"] for curve in self.curves})

    @property
    def steps(self) -> list[int]:
        """The lengths of its trainings on targets, in optimizer steps."""
        return sorted({curve.dense.end.steps for curve in self.curves if curve.dense})

    @property
    def measured_on(self) -> dict[str, int]:
        """The datasets that its accuracies are measured on, with the most images of each.

        These are their test images, or those for validation (`report.split`).
        """
        found: dict[str, int] = {}
        for curve in self.curves:
            for level in curve.finished:
                name, images = _measured_on(curve, level, self.declared.split)
                found[name] = max(found.get(name, 0), images)
        return dict(sorted(found.items()))


def _measured_on(curve: Curve, level: FinishedLevel, part: PartName) -> tuple[str, int]:
    read = [e for e in level.end.data if e.purpose == "measured on" and part in e.parts]
    name = next((e.name for e in read if e.name), sides_of(curve.config)[1]["name"])
    return name, max((e.parts[part] or 0 for e in read), default=0)


def read_experiment(
    store: Store, submitted: str, shown: Shown, origin: Callable[[str], Origin | None]
) -> Experiment:
    """Reads what a report of an experiment shows, as it was declared, and writes that report.

    It was `submitted` by this name; `origin` tells the last change of an experiment's files.
    """
    size = next((one.size for one in declarations_of(store, submitted)), None)
    experiment = submitted.removesuffix(f"-{size}")
    assert shown.judged is not None, "what an experiment declares judges it"
    found = conclude(shown, judged_curves(store, shown))
    curves = found.curves
    return Experiment(
        store=store,
        name=shown.name,
        experiment=experiment,
        size=size,
        report=write_report(store, found, below_tables(store, curves)),
        declared=shown.judged,
        told=found.shown.told,
        curves=curves,
        panels=found.panels,
        verdicts=found.verdicts,
        primary=found.primary,
        cost=cost(store, submitted, curves),
        origin=origin(experiment),
        is_declared_again=is_declared_again(store, submitted, shown.ids or ()),
    )
