"""Published curves beside a panel's own: facts of others, with what differs from ours."""

import csv
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from ltsweep.views.palette import method_order
from ltsweep.views.records import FinishedLevel

if TYPE_CHECKING:
    from ltsweep.store.point_record import PointRecord
    from ltsweep.views.panels import Cell, Panel

SAME_SIZE_WITHIN = 0.05  # of a net's parameters: one that was made narrower is another net


@dataclass(frozen=True)
class PublishedPoint:
    """A published number: percent, or points above dense, with its spread where that is told."""

    density: float
    value: float
    spread: float | None


@dataclass(frozen=True)
class Published:
    """One published curve of one method.

    `numbers` says what its numbers are, `statistics` which those of batch norm were, `differs` what
    is otherwise than here. Numbers that are `above_dense` are points above the dense net.
    `schedule` is how its mask was pruned, iteratively or in one shot, where that is told.
    """

    source: str
    cite: str
    method: str
    setting: str
    numbers: str
    statistics: str
    differs: str
    above_dense: bool
    points: tuple[PublishedPoint, ...]
    schedule: str = ""

    @property
    def label(self) -> str:
        """'Renda et al. 2020 (running statistics)'."""
        return f"{self.source} ({self.statistics})" if self.statistics else self.source

    def at(self, density: float, within: float) -> PublishedPoint | None:
        """The point nearest to a density in log, if it is within a factor."""
        nearest = min(self.points, key=lambda point: abs(math.log(point.density / density)))
        ratio = nearest.density / density
        return nearest if 1 / within <= ratio <= within else None


class _Fits(NamedTuple):
    """What a panel must be of for a published curve to stand beside it."""

    dataset: str
    model: str
    parameters: int
    method: str
    pruning: str
    schedule: str
    steps: int | None


def published_for(panel: "Panel") -> list[Published]:
    """The published curves of the methods of a panel, whose data and net are those of the curve.

    Tickets that were taken elsewhere, parts of datasets and images of another shape have none, nor
    has a report on validation images: published numbers are of test images.
    """
    if panel.declared.split != "test":
        return []
    found: dict[tuple[str, ...], Published] = {}
    for cell in panel.cells:
        for fits, published in _all():
            if _stands_beside(fits, cell):
                name = (published.source, published.method, fits.pruning, fits.schedule)
                found.setdefault(name, replace(published, differs=_differs(fits, published, cell)))
    return sorted(found.values(), key=lambda one: (method_order(one.method), one.source))


def published_of(point: "PointRecord") -> list[Published]:
    """The published curves of a point's data, net by its name, and method."""
    return [published for fits, published in _all() if _is_of_point(fits, point)]


def published_in_words(published: Iterable[Published]) -> str | None:
    """Which published curves there are, without a full stop; None where there are none."""
    told = {f"{one.label}, {one.cite}" for one in published}
    return f"published curves: {'; '.join(sorted(told))}" if told else None


def _stands_beside(fits: _Fits, cell: "Cell") -> bool:
    return _is_of_point(fits, cell.curves[0].point) and _is_of_size(fits.parameters, cell)


def _is_of_point(fits: _Fits, point: "PointRecord") -> bool:
    config, dataset = point.config, point.config["dataset"]
    is_whole = dataset.get("classes") is None and dataset.get("half") is None
    is_native = config.get("input", {}).get("name", "native") == "native"
    pruning: Mapping[str, str] = config.get("pruning") or {}
    return (
        (fits.dataset, fits.model) == (dataset["name"], config["model"]["name"])
        and fits.method == point.method
        and fits.pruning in ("", pruning.get("name"))
        and fits.schedule in ("", pruning.get("schedule", "iterative"))
        and is_whole
        and is_native
        and not point.is_transferred
    )


def _is_of_size(parameters: int, cell: "Cell") -> bool:
    own = (level.end.params_left for level in _dense(cell))
    return all(n is None or abs(n / parameters - 1) <= SAME_SIZE_WITHIN for n in own)


def _dense(cell: "Cell") -> Iterator[FinishedLevel]:
    for curve in cell.curves:
        if isinstance(curve.dense_level, FinishedLevel):
            yield curve.dense_level


def _differs(fits: _Fits, published: Published, cell: "Cell") -> str:
    """What differs in words, our length and our images included where there are fewer."""
    told = [published.differs]
    steps = max((level.end.steps for level in _dense(cell)), default=None)
    if fits.steps is not None and steps is not None and steps < fits.steps:
        told.append(f"ours: {steps:,} of {fits.steps:,} steps")
    dataset = cell.curves[0].config["dataset"]
    if (examples := dataset.get("examples")) is not None:
        told.append(f"ours: {examples:,} training images")
    elif (per_class := dataset.get("per_class")) is not None:
        told.append(f"ours: {per_class:,} training images of each class")
    return "; ".join(told)


@cache
def _all() -> Sequence[tuple[_Fits, Published]]:
    """Every published curve of the package, in the order of the files."""
    grouped: dict[tuple[str, ...], list[dict[str, str]]] = defaultdict(list)
    folder = files("ltsweep.views").joinpath("reference")
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".csv"):
            for row in csv.DictReader(file.read_text(encoding="utf-8").splitlines()):
                curve = [value for name, value in row.items() if name not in _OF_A_POINT]
                grouped[tuple(curve)].append(row)
    return tuple(_curve(rows) for rows in grouped.values())


_OF_A_POINT = ("density", "value", "spread")


def _curve(rows: Sequence[Mapping[str, str]]) -> tuple[_Fits, Published]:
    first = rows[0]
    points = [
        PublishedPoint(
            density=float(row["density"]),
            value=float(row["value"]),
            spread=float(row["spread"]) if row["spread"] else None,
        )
        for row in rows
    ]
    told = ("source", "cite", "method", "setting", "numbers", "statistics", "differs", "schedule")
    return (
        _Fits(
            *(first["dataset"], first["model"], int(first["parameters"]), first["method"]),
            *(first["pruning"], first["schedule"]),
            int(first["steps"]) if first["steps"] else None,
        ),
        Published(
            **{name: first[name] for name in told},
            above_dense=first["measure"] == "minus dense",
            points=tuple(sorted(points, key=lambda point: -point.density)),
        ),
    )
