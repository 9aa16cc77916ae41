"""Whether the trainings of a report were run by different versions, or on different devices.

The keys of stages hold neither: a store may be filled over years, on more than one machine.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from ltsweep.foundations.errors import RequestError, listed
from ltsweep.store.records import ClosingRecord
from ltsweep.views.records import Curve, FinishedLevel

_PACKAGES = ("torch", "ltsweep")  # whose version may change a number


def mixture(curves: Sequence[Curve]) -> list[str]:
    """A sentence for what differs between trainings. RequestError for what the report refuses.

    That is what is named in `report.require_same`.
    """
    ends = list(_ends(curves))
    found = {"version": list(_versions(ends)), "device": list(_devices(ends))}
    refused = {name for curve in curves for name in curve.point.report.require_same}
    problems = [
        f"report.require_same=[{name}]: {told}"
        for name, sentences in found.items()
        for told in sentences
        if name in refused
    ]
    if problems:
        raise RequestError(problems)
    return [
        f"{told[0].upper()}{told[1:]}; report.require_same=[{name}] refuses that."
        for name, sentences in found.items()
        for told in sentences
    ]


def _ends(curves: Iterable[Curve]) -> Iterator[ClosingRecord]:
    """The closing records of all trainings, each once."""
    levels = {lv.key: lv for curve in curves for lv in (*curve.levels, curve.dense_level)}
    return (level.end for level in levels.values() if isinstance(level, FinishedLevel))


def _versions(ends: Sequence[ClosingRecord]) -> Iterator[str]:
    for package in _PACKAGES:
        known = (end.versions.get(package) for end in ends)
        counts = Counter(version for version in known if version is not None)
        yield from _told(f"versions of {package}", counts)


def _devices(ends: Sequence[ClosingRecord]) -> Iterator[str]:
    yield from _told("kinds of device", Counter(end.device for end in ends))


def _told(what: str, counts: Counter[str]) -> Iterator[str]:
    if len(counts) > 1:
        each = listed(f"{name} ({number})" for name, number in sorted(counts.items()))
        yield f"these trainings mix {what}: {each}"
