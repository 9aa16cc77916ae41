"""What an experiment took: its trainings, how long they ran, and on which devices."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from ltsweep.store.launch_record import launch_ids, read_launch_record
from ltsweep.store.records import ClosingRecord
from ltsweep.store.store import Store
from ltsweep.views.records import Curve, FinishedLevel


@dataclass(frozen=True)
class Cost:
    """The trainings of an experiment that were finished.

    `own` of them were run by its launches; the others were there already, made by other ones.
    `seconds` is the wall-clock time in which at least one of its own ran, breaks left out; `began`
    is when the first of them did, in seconds since 1970.
    """

    trainings: int
    own: int
    seconds: float
    began: float | None
    devices: tuple[str, ...]


def cost(store: Store, experiment: str, curves: Sequence[Curve]) -> Cost:
    """The cost of curves, from the launches that its experiment had for them, and from records."""
    ends: dict[str, ClosingRecord | None] = {}
    for curve in curves:
        for level in [*curve.levels, *([curve.dense_apart] if curve.dense_apart else [])]:
            if isinstance(level, FinishedLevel):
                ends[level.key] = level.end
    launched = _launched(store, experiment, {curve.id for curve in curves})
    for key in (launched or set()) - ends.keys():  # the ladder of a source has no curve of its own
        ends[key] = store.stage(key).end()
    finished = {key: end for key, end in ends.items() if end is not None}
    own = [end for key, end in finished.items() if launched is None or key in launched]
    return Cost(
        trainings=len(finished),
        own=len(own),
        seconds=_covered((_time(end.began), _time(end.ended)) for end in own),
        began=min((_time(end.began) for end in own), default=None),
        devices=tuple(sorted({_device(end) for end in own})),
    )


def cost_in_words(cost: Cost) -> str:
    """'120 trainings in 3.4 minutes on cpu (AMD EPYC 7B13)', and how many were there already."""
    if not cost.own:
        return f"{_trainings(cost.trainings)}, all made by other launches"
    shared = cost.trainings - cost.own
    told = f"; {shared} more were made by other launches" if shared else ""
    on = f" on {' and '.join(cost.devices)}" if cost.devices else ""
    return f"{_trainings(cost.own)} in {_duration(cost.seconds)}{on}{told}"


def _launched(store: Store, experiment: str, points: set[str]) -> set[str] | None:
    """The stages that its launches for these points were to train; None in a store without any."""
    launches = [read_launch_record(store, name) for name in launch_ids(store)]
    own = [
        launch
        for launch in launches
        if launch and launch.experiment == experiment and not points.isdisjoint(launch.points)
    ]
    return {key for launch in own for key in launch.pending} if launches else None


def _covered(intervals: Iterable[tuple[float, float]]) -> float:
    """How many seconds lie in at least one of the intervals."""
    total, until = 0.0, float("-inf")
    for began, ended in sorted(intervals):
        total += max(0.0, ended - max(began, until))
        until = max(until, ended)
    return total


def _time(told: str) -> float:
    return datetime.fromisoformat(told).timestamp()


def _device(end: ClosingRecord) -> str:
    return f"{end.device} ({end.device_name})" if end.device_name else end.device


def _trainings(count: int) -> str:
    return f"{count:,} training{'s' * (count != 1)}"


def _duration(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.1f} minutes" if seconds < 6000 else f"{seconds / 3600:.1f} hours"
