"""What a report shows and is judged by, held against what its experiment declared."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from ltsweep.spec import digest
from ltsweep.store.declarations import (
    Declaration,
    Design,
    declarations_of,
    declared_experiments,
    designs_of,
)
from ltsweep.store.declared import Declared
from ltsweep.store.point_record import PointRecord
from ltsweep.store.store import Store
from ltsweep.views.declared_words import as_name, in_words, one_in_words

OF_STORE = "all"  # the report of a whole store

_NOT_JUDGING = ("question", "shows_not", "require_same")
_JUDGING = [name for name in Declared.model_fields if name not in _NOT_JUDGING]


@dataclass(frozen=True)
class Shown:
    """One report: its name, which is that of its directory, its points, and what judges them.

    `ids` None stands for all points of a store, `judged` None for what each declares itself. `told`
    are sentences that stand above the tables; settings are spelled as `experiment` does.
    """

    name: str
    ids: tuple[str, ...] | None
    judged: Declared | None = None
    told: tuple[str, ...] = ()
    experiment: str | None = None


def whole_store(store: Store) -> Shown:
    """All points, judged by one set of values, whatever their experiments declared.

    Where these differ it is the least tolerance, all densities, the settings that are part of an
    arm for all, no contrasts but every ticket against every other arm, and validation accuracy.
    """
    points = store.points()
    by_name: dict[str, Declared] = {}
    declared: set[str] = set()
    for experiment in declared_experiments(store):
        designs = designs_of(store, experiment)
        for number, design in enumerate(designs):
            if any(point.id in design.points for point in points):
                by_name[_directory(design, designs[:number])] = design.first.report
                declared |= design.points
    for point in points:
        if point.id not in declared:
            by_name.setdefault(point.experiment or "points of no experiment", point.report)
    ids, values = tuple(point.id for point in points), [*by_name.values()]
    differing = _differing(values)
    if not differing:
        return Shown(OF_STORE, ids, _in_common(values) if values else None)
    judged = _in_common(values)
    named = "; ".join(f"{name}: {in_words(by_name[name], differing)}" for name in sorted(by_name))
    told = (
        f"Declared with different values ({named}). All are judged with "
        f"{in_words(judged, differing)} here; ltsweep report --experiment NAME judges an "
        "experiment by its own."
    )
    return Shown(OF_STORE, ids, judged, (told,))


def of_experiment(
    store: Store, experiment: str, read_before: Iterable[PointRecord] | None = None
) -> list[Shown]:
    """The reports of an experiment in a store: one for each of its designs, with all their seeds.

    Of an experiment that was never declared it is one, of the points that it was last submitted
    by. Empty where nothing of that name is known. `read_before` are all points of the store.
    """
    points = {point.id: point for point in read_before or store.points()}
    shown, designs = [], designs_of(store, experiment)
    for number, design in enumerate(designs):
        if ids := sorted(design.points & points.keys()):
            records, earlier = [points[name] for name in ids], designs[:number]
            shown.append(_held_against(store, design, earlier, records, design.first.report))
    own = [point for point in points.values() if point.experiment == experiment]
    if shown or not own:
        return shown
    judged = _in_common([point.report for point in own])
    ids = sorted(point.id for point in own)
    return [Shown(experiment, tuple(ids), judged, (_undeclared(judged),), experiment)]


def of_selection(
    store: Store, experiment: str | None, records: Sequence[PointRecord], judged: Declared
) -> Shown:
    """The report of what a command line selects, judged by that command's values.

    Where the experiment declared other values or further points, the report says so and has
    another name than that of the declared one.
    """
    ids = sorted(record.id for record in records)
    if experiment is None:
        return Shown(selection_name(ids), tuple(ids), judged, (_undeclared(judged),))
    cells = {record.cell for record in records}
    designs = designs_of(store, experiment)
    shares = [len(design.cells & cells) for design in designs]
    if any(shares):
        number = shares.index(max(shares))
        return _held_against(store, designs[number], designs[:number], records, judged)
    known = {point.id for point in store.points() if point.experiment == experiment}
    name, told = experiment, [_undeclared(judged)]
    if not known <= {*ids}:
        name += _part(ids)
        told.append(_of_all(ids, known))
    elif designs:
        name += f"--points-{digest(ids)[:8]}"
    return Shown(name, tuple(ids), judged, tuple(told), experiment)


def selection_name(ids: Iterable[str]) -> str:
    """What the report of a selection without an experiment goes by."""
    return "selection-" + digest(sorted(ids))[:12]


def _held_against(
    store: Store,
    design: Design,
    earlier: Sequence[Design],
    records: Sequence[PointRecord],
    judged: Declared,
) -> Shown:
    """A report of points of a design; `earlier` are those that were declared before it."""
    first, name = design.first, _directory(design, earlier)
    ids, told = sorted(record.id for record in records), [_when(first)]
    for field in _differing([first.report, judged]):
        was, is_now = getattr(first.report, field), getattr(judged, field)
        name += f"--{as_name(field, is_now)}"
        told.append(f"Declared {one_in_words(field, was)}, shown with {in_words(judged, [field])}.")
    seeds = {record.seed for record in records}
    if len(seeds) != len(first.seeds):
        told.append(f"Declared n = {len(first.seeds)}, shown n = {len(seeds)}.")
    elif seeds != {*first.seeds}:
        told.append(f"Declared for other {len(seeds)} seeds than are shown.")
    if not design.points <= {*ids}:
        name += "--as-declared" if ids == sorted(first.points) else _part(ids)
        told.append(_of_all(ids, design.points))
    told += _declared_otherwise(store, first, ids, judged)
    return Shown(name, tuple(ids), judged, tuple(told), first.experiment)


def _directory(design: Design, earlier: Sequence[Design]) -> str:
    """The experiment's name for its first design; others have their size or a digest behind it."""
    first = design.first
    if not earlier:
        return first.experiment
    is_told_by_size = first.size and first.size not in {one.first.size for one in earlier}
    behind = first.size if is_told_by_size else f"points-{digest(sorted(first.cells))[:8]}"
    return f"{first.experiment}--{behind}"


def _part(ids: Sequence[str]) -> str:
    return f"--part-{digest(sorted(ids))[:8]}"


def _when(first: Declaration) -> str:
    done = f"when {first.stages_done} of its {first.stages} stages were done"
    before = done if first.stages_done else "before its first stage ran"
    return f"{first.experiment} was declared {before}."


def _undeclared(judged: Declared) -> str:
    return f"Nothing was declared before the stages ran: judged with {in_words(judged)}."


def _of_all(ids: Collection[str], points: Collection[str]) -> str:
    shown = len({*ids} & {*points})
    others = f", and {len(ids) - shown} others" if len(ids) > shown else ""
    return f"Shown: {shown} of the {len(points)} points that were submitted{others}."


def _declared_otherwise(
    store: Store, first: Declaration, ids: Collection[str], judged: Declared
) -> Iterator[str]:
    """A sentence per further declaration of points that are shown, with yet other values."""
    for other in declarations_of(store, first.experiment):
        of_these = len({*ids} & {*other.points})
        differing = _differing([judged, other.report])
        if of_these and differing and _differing([first.report, other.report]):
            when = "before" if other.written < first.written else "later"
            yield (
                f"Declared {when} with {in_words(other.report, differing)}, for {of_these} of "
                "these points."
            )


def _differing(values: Sequence[Declared]) -> list[str]:
    """What verdicts depend on, and not all of these agree in."""
    return [
        name
        for name in _JUDGING
        if any(getattr(value, name) != getattr(values[0], name) for value in values)
    ]


def _in_common(values: Sequence[Declared]) -> Declared:
    """The first of these values, of what differs what suits all, and what any of them refuses."""
    densities = {density for value in values for density in value.densities}
    arms = [arm for arm in values[0].arms if all(arm in value.arms for value in values)]
    neutral = Declared(
        delta=min(value.delta for value in values),
        densities=tuple(sorted(densities, reverse=True)),
        arms=tuple(arms) or ("method",),
        split="validation",  # no report of others may show test numbers while settings are chosen
    )
    update = {name: getattr(neutral, name) for name in _differing(values)}
    if refused := {name for value in values for name in value.require_same}:
        update["require_same"] = tuple(sorted(refused))
    return values[0].model_copy(update=update)
