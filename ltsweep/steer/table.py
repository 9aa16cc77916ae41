"""The status of a sweep for people: what there is in one line, a row a curve, what to do next."""

from collections.abc import Iterator, Mapping, Sequence

from rich.console import Console
from rich.segment import Segments
from rich.style import Style

from ltsweep.steer.columns import Column, rows_of
from ltsweep.steer.stage_states import State
from ltsweep.steer.status import CurveStatus, SweepStatus
from ltsweep.views.names import heading
from ltsweep.views.wording import value_text

WIDTH_WITHOUT_TERMINAL = 100
_SHORTEST_ID = 6
_WIDEST = 16  # column of a setting
_IN_WORDS: dict[State, str] = {"open": "ready"}
_STYLES = {
    "damaged": Style(color="red"),
    "failed": Style(color="red"),
    "diverged": Style(color="red"),
    "lost": Style(color="red"),
    "blocked": Style(color="yellow"),
    "running": Style(color="green"),
    "unknown": Style(color="yellow"),
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
        styles = [_STYLES.get(curve.state) for curve in status.curves]
        rows = rows_of([*_columns(status.curves)], styles, console.width)
        console.print(Segments(rows), soft_wrap=True, end="")
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
    nobodys = stages.keys() & {"damaged", "failed", "cancelled", "open"}
    if "lost" in stages or (nobodys and status.at_work is False):
        some = "some of " if status.at_work else ""
        when = "when mended, or for another try" if "failed" in stages else "to go on"
        yield f"nobody works on {some}what is missing; {when}: ltsweep retry {store}"


def _counts(by_state: Mapping[State, int]) -> str:
    counts = [f"{number} {_IN_WORDS.get(state, state)}" for state, number in by_state.items()]
    return ", ".join(counts) or "none"


def _columns(curves: Sequence[CurveStatus]) -> Iterator[Column]:
    digits = _digits([curve.curve for curve in curves])
    yield Column("curve", [curve.curve[:digits] for curve in curves])
    yield Column("method", [curve.method for curve in curves])
    yield Column("seed", [str(curve.seed) for curve in curves], is_number=True)
    for name in curves[0].setting:
        values = [value_text(curve.setting[name]) for curve in curves]
        yield Column(heading(name), values, folds=True, widest=_WIDEST)
    yield Column("level", [_level(curve) for curve in curves], is_number=True)
    yield Column("val", [_percent(curve) for curve in curves], is_number=True)
    if any(curve.job_ended for curve in curves):
        ended = [curve.job_ended or "" for curve in curves]
        yield Column("job ended", ended, folds=True, widest=_WIDEST)
    yield Column("state", [curve.text or curve.state for curve in curves], folds=True)


def _level(curve: CurveStatus) -> str:
    return f"{'-' if curve.level is None else curve.level}/{curve.levels}"


def _digits(ids: list[str]) -> int:
    """How much of the ids tells them apart."""
    longest = max(map(len, ids))
    enough = (n for n in range(_SHORTEST_ID, longest) if len({i[:n] for i in ids}) == len(ids))
    return next(enough, longest)


def _percent(curve: CurveStatus) -> str:
    return "" if curve.val_accuracy is None else f"{100 * curve.val_accuracy:.1f} %"
