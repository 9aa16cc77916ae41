"""Linear classifiers beside a panel's curves: what the same inputs give without a net."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ltsweep.store.yardsticks import LinearClassifier, Yardsticks
from ltsweep.views.verdicts import statistics
from ltsweep.views.wording import accuracy

if TYPE_CHECKING:
    from ltsweep.views.panels import Panel


@dataclass(frozen=True)
class Linear:
    """A linear classifier of a panel's inputs: its accuracy in percent, and its parameters.

    Where the seeds have data of their own, it is the mean over these data with their standard
    deviation. One that was not fitted has the reason in `left_out`.
    """

    name: str
    parameters: int
    accuracy: float | None
    sd: float | None
    splits: int
    left_out: str | None

    @property
    def label(self) -> str:
        """'ridge regression (1,970 parameters)'."""
        return f"{self.name} ({self.parameters:,} parameters)"


def linear_of(panel: "Panel") -> list[Linear]:
    """The linear classifiers of a panel's targets, if they are declared, each over all data."""
    if not panel.declared.linear:
        return []
    curves = [curve for cell in panel.cells for curve in cell.curves]
    found: dict[str, Yardsticks] = {}
    for curve in curves:
        if curve.yardsticks is not None and curve.point.yardsticks is not None:
            found.setdefault(curve.point.yardsticks, curve.yardsticks)
    metric = panel.declared.accuracy
    by_name: dict[tuple[str, int], list[LinearClassifier]] = defaultdict(list)
    for yardsticks in found.values():
        for one in yardsticks.classifiers:
            by_name[one.name, one.parameters].append(one)
    return [_linear(alike, metric) for alike in by_name.values()]


def _linear(alike: Sequence[LinearClassifier], metric: str) -> Linear:
    shares: list[float | None] = [getattr(one, metric) for one in alike]
    values = [100 * share for share in shares if share is not None]
    return Linear(
        name=alike[0].name,
        parameters=alike[0].parameters,
        accuracy=statistics.mean(values),
        sd=statistics.standard_deviation(values),
        splits=len(values),
        left_out=next((one.left_out for one in alike if one.left_out), None),
    )


def linear_in_words(linear: Iterable[Linear]) -> str | None:
    """One sentence without its full stop; None where there is nothing to tell."""
    linear = list(linear)
    told = [
        f"{accuracy(one.accuracy, one.sd)} % ({one.name}, {one.parameters:,} parameters"
        + (f", mean over {one.splits} splits)" if one.splits > 1 else ")")
        for one in linear
        if one.accuracy is not None
    ]
    parts = [f"a linear classifier on the same inputs reaches {', '.join(told)}"] if told else []
    parts += [f"{one.name} is left out: {one.left_out}" for one in linear if one.left_out]
    return "; ".join(parts) or None
