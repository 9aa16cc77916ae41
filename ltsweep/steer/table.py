"""The status of a sweep for people: what there is in one line, a row a curve, what to do next."""

from collections.abc import Iterator, Mapping

from rich import box
from rich.console import Console
from rich.table import Table

from ltsweep.steer.stage_states import State
from ltsweep.steer.status import CurveStatus, SweepStatus
from ltsweep.views.names import heading
from ltsweep.views.wording import value_text

WIDTH_WITHOUT_TERMINAL = 100
_SHORTEST_ID = 6
_IN_WORDS: dict[State, str] = {"open": "ready"}
_STYLES = {
    "failed": "red",
    "diverged": "red",
    "lost": "red",
    "blocked": "yellow",
    "running": "green",
    "unknown": "yellow",
}


def print_status(status: SweepStatus) -> None:
    """Prints it; without a terminal 100 columns wide, without colours, and nothing cut off."""
    console = Console(highlight=False, markup=False, soft_wrap=False)
    if not console.is_terminal:
        console = Console(
            highlight=False, markup=False, width=WIDTH_WITHOUT_TERMINAL, color_system=None
        )
    for line in summary(status):
        console.print(line)
    if status.curves:
        console.print(_table(status))
    for line in advice(status):
        console.print(line, soft_wrap=True)


def summary(status: SweepStatus) -> Iterator[str]:
    """How many curves and stages are in which state."""
    total = len(status.curves)
    curves = "1 curve" if total == 1 else f"{total} curves"
    yield f"{status.selection}: {curves}, {_counts(status.curves_by_state)}"
    yield f"stages: {_counts(status.stages_by_state)}"


def advice(status: SweepStatus) -> Iterator[str]:
    """Which command helps with what is not well, if anything."""
    store = f"--store {status.store}"
    stages = status.stages_by_state
    if status.slurm_silence is not None:
        yield f"Slurm did not answer: {status.slurm_silence}; what its jobs do is not known"
    if "failed" in stages:
        yield f"why in full: ltsweep logs {store}"
    if "lost" in stages:
        yield f"jobs ended before their stages were done; why: ltsweep logs {store}"
    if "lost" in stages or (
        status.at_work is False and stages.keys() & {"failed", "cancelled", "open"}
    ):
        some = "some of " if status.at_work else ""
        when = "when mended, or for another try" if "failed" in stages else "to go on"
        yield f"nobody works on {some}what is missing; {when}: ltsweep retry {store}"


def _counts(by_state: Mapping[State, int]) -> str:
    counts = [f"{number} {_IN_WORDS.get(state, state)}" for state, number in by_state.items()]
    return ", ".join(counts) or "none"


def _table(status: SweepStatus) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    table.add_column("curve", no_wrap=True)
    table.add_column("method", no_wrap=True)
    table.add_column("seed", justify="right", no_wrap=True)
    settings = list(status.curves[0].setting)
    for name in settings:
        table.add_column(heading(name), overflow="fold", max_width=16)
    table.add_column("level", justify="right", no_wrap=True)
    table.add_column("val", justify="right", no_wrap=True)
    has_ended = any(curve.job_ended for curve in status.curves)
    if has_ended:
        table.add_column("job ended", overflow="fold", max_width=16)
    table.add_column("state", overflow="fold")
    digits = _digits([curve.curve for curve in status.curves])
    for curve in status.curves:
        values = [value_text(curve.setting[name]) for name in settings]
        level = f"{'-' if curve.level is None else curve.level}/{curve.levels}"
        table.add_row(
            *(curve.curve[:digits], curve.method, str(curve.seed), *values),
            *(level, _percent(curve)),
            *([curve.job_ended or ""] if has_ended else []),
            curve.text or curve.state,
            style=_STYLES.get(curve.state),
        )
    return table


def _digits(ids: list[str]) -> int:
    """How much of the ids tells them apart."""
    longest = max(map(len, ids))
    enough = (n for n in range(_SHORTEST_ID, longest) if len({i[:n] for i in ids}) == len(ids))
    return next(enough, longest)


def _percent(curve: CurveStatus) -> str:
    return "" if curve.val_accuracy is None else f"{100 * curve.val_accuracy:.1f} %"
