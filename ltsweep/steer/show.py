"""One curve in full: configuration, stages, where they ran, and the command to repeat it."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

import yaml  # type: ignore[import-untyped]
from rich import box
from rich.console import Console
from rich.table import Table

from ltsweep.data_spec import Frozen
from ltsweep.foundations.components import late
from ltsweep.foundations.errors import RequestError, listed
from ltsweep.foundations.json_lines import Record
from ltsweep.steer.reproduce import command
from ltsweep.steer.selectors import Chosen, choose, choose_points
from ltsweep.steer.sources import changed_sources
from ltsweep.steer.stage_states import Stages, State
from ltsweep.steer.table import WIDTH_WITHOUT_TERMINAL
from ltsweep.store.overlap import Overlap
from ltsweep.store.point_record import PointRecord
from ltsweep.store.store import Store
from ltsweep.store.ticket_record import TicketRecord
from ltsweep.views.kinship import in_common
from ltsweep.views.ticket_data import Ancestry, TicketData, in_words
from ltsweep.views.wording import percent


class Origin(Frozen):
    """Where a stage was trained, by which code."""

    host: str
    device: str
    slurm: dict[str, str]
    commit: str | None
    versions: dict[str, str | None]


class ShownLevel(Frozen):
    """One level of a curve; without numbers and origin where it has not come to its end.

    There is no test accuracy while settings are chosen by validation accuracy (`report.split`).
    """

    level: int
    stage: str
    state: State
    kept: int | None = None
    prunable: int | None = None
    val_accuracy: float | None = None
    test_accuracy: float | None = None
    began: str | None = None
    ended: str | None = None
    seconds: float | None = None
    origin: Origin | None = None


class ShownCurve(Frozen):
    """What `ltsweep show --json` prints."""

    curve: str
    cell: str
    experiment: str | None
    method: str
    seed: int
    config: dict[str, Any]
    report: dict[str, Any]
    levels: list[ShownLevel]
    ticket_data: TicketData | None
    ticket: TicketRecord | None = late(None)
    in_common: str | None
    command: str
    changed: list[str]


def show(store: Store, curve: str) -> ShownCurve:
    """The curve whose id begins so. RequestError where that is none, or several."""
    points = choose(store, [curve]).points
    if len(points) != 1:
        ids = [point.id for point in points]
        raise RequestError([f"{curve} stands for {len(ids)} curves; name one: {listed(ids, 'or')}"])
    (point,) = points
    chosen = choose_points(store, [point.id], f"curve {point.id}")
    stages = Stages.of(chosen)
    return ShownCurve(
        curve=point.id,
        cell=point.cell,
        experiment=point.experiment,
        method=point.method,
        seed=point.seed,
        config=point.config,
        report=point.report.stored(),
        levels=[_level(stages, point, number) for number in range(len(point.stages))],
        ticket_data=Ancestry(store).data_of(point),
        ticket=point.ticket,
        in_common=in_common(point, Overlap.load(store, point.overlap)),
        command=_command(_with_copy(point, store), chosen),
        changed=[s for launch in chosen.launches for s in changed_sources(launch, point.stages)],
    )


def print_shown(shown: ShownCurve) -> None:
    """The same for people."""
    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console = Console(
            highlight=False, markup=False, width=WIDTH_WITHOUT_TERMINAL, color_system=None
        )
    experiment = f", experiment {shown.experiment}" if shown.experiment else ""
    print(f"curve {shown.curve}: {shown.method}, seed {shown.seed}{experiment}, cell {shown.cell}")
    print("\n" + yaml.safe_dump(_plain(shown), default_flow_style=None, sort_keys=False))
    console.print(_table(shown.levels))
    for line in _origins(shown.levels):
        console.print(line)
    if (ticket := shown.ticket) is not None:
        print(
            f"\nticket {ticket.name}: level {ticket.level} of curve {ticket.curve}, seed "
            f"{ticket.seed}, with the weights of {ticket.reset}"
        )
    if shown.ticket_data is not None:
        print(f"\ndata that the tickets saw: {in_words(shown.ticket_data)}")
    if shown.in_common is not None:
        print(f"source and target: {shown.in_common}")
    for sentence in shown.changed:
        print(f"\nno longer as it was: {sentence}")
    again = "the curve of today's code" if shown.changed else "this curve again"
    print(f"\n{again} (trained anew where the store, store=DIR, is another):\n{shown.command}")


def _with_copy(point: PointRecord, store: Store) -> PointRecord:
    """The point with its ticket named by the store's own copy: the file itself may be gone."""
    if point.ticket is None:
        return point
    copy = str(store.ticket(point.ticket.digest).absolute())
    return point.model_copy(update={"config": {**point.config, "ticket": copy}})


def _command(point: PointRecord, chosen: Chosen) -> str:
    """What its newest launch would be today; where that is unknown, what conf/ alone can say."""
    if not chosen.launches:
        return command(point)
    return command(point, chosen.launches[0].search_path, chosen.launches[0].data_dir)


def _level(stages: Stages, point: PointRecord, number: int) -> ShownLevel:
    key = point.stages[number]
    state = stages.state(key).state
    end = stages.end(key) if state in ("done", "diverged") else None
    if end is None:
        return ShownLevel(level=number, stage=key, state=state)
    return ShownLevel(
        level=number,
        stage=key,
        state=state,
        kept=end.kept,
        prunable=end.prunable,
        val_accuracy=end.val_accuracy,
        test_accuracy=end.test_accuracy if point.report.split == "test" else None,
        began=end.began,
        ended=end.ended,
        seconds=end.seconds,
        origin=Origin(
            host=end.host,
            device=end.device_name,
            slurm=end.slurm,
            commit=end.commit,
            versions=end.versions,
        ),
    )


def _plain(shown: ShownCurve) -> Record:
    return {**shown.config, "report": shown.report}


def _table(levels: Iterable[ShownLevel]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    for heading in ("level", "stage", "state", "density", "val", "test", "ended (UTC)", "seconds"):
        numeric = heading not in ("stage", "state", "ended (UTC)")
        table.add_column(heading, justify="right" if numeric else "left", no_wrap=True)
    for level in levels:
        table.add_row(
            *(str(level.level), level.stage, level.state),
            percent(level.kept / level.prunable) if level.kept and level.prunable else "",
            *map(_accuracy, (level.val_accuracy, level.test_accuracy)),
            (level.ended or "").replace("T", " ").removesuffix("+00:00"),
            "" if level.seconds is None else f"{level.seconds:.1f}",
        )
    return table


def _accuracy(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.2f} %"


def _origins(levels: Iterable[ShownLevel]) -> Iterator[str]:
    """Levels that were trained alike, in one line."""
    trained = [level for level in levels if level.origin is not None]
    for origin, alike in groupby(trained, key=lambda level: level.origin):
        assert origin is not None
        numbers = [level.level for level in alike]
        which = f"level {numbers[0]}" + (f" to {numbers[-1]}" if len(numbers) > 1 else "")
        slurm = "".join(f", {name}={value}" for name, value in origin.slurm.items())
        versions = ", ".join(f"{name} {text or '?'}" for name, text in origin.versions.items())
        code = origin.commit or "of no git checkout"
        yield f"{which}: on {origin.host} ({origin.device}){slurm}; code {code}; {versions}"
