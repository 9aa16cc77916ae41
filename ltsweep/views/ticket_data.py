"""The data that a ticket saw before it came to its target: what all it is made from has read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby

from ltsweep.data_spec import Frozen
from ltsweep.foundations.errors import listed
from ltsweep.foundations.files import DamagedFile
from ltsweep.spec import StageSpec
from ltsweep.store.records import PointRecord
from ltsweep.store.store import Store
from ltsweep.views.palette import method_order
from ltsweep.views.records import Curve, read_curves

_DIGITS = 16  # of a fingerprint, for people


class DataRead(Frozen):
    """A part of a dataset, named as its stages recorded it, by how many of them, in which role."""

    role: str
    part: str
    fingerprint: str
    stages: int


class TicketData(Frozen):
    """What the stages in the ancestry of a curve's tickets read.

    `unknown` counts stages of which this cannot be told: not begun, not finished, or damaged.
    """

    read: tuple[DataRead, ...]
    unknown: int


@dataclass
class Ancestry:
    """Finds what tickets are made from in a store, reading each stage once."""

    store: Store
    _specs: dict[str, StageSpec | None] = field(default_factory=dict)
    _data: dict[str, Mapping[str, str] | None] = field(default_factory=dict)

    def data_of(self, point: PointRecord) -> TicketData | None:
        """What the tickets of a transferred curve saw; None for other curves."""
        if not point.is_transferred:
            return None
        specs = {key: self._spec(key) for key in point.stages}
        own = next((spec for spec in specs.values() if spec is not None), None)
        counts: dict[tuple[str, str, str], int] = {}
        unknown = sum(spec is None for spec in specs.values())
        for key in self._before(point.stages):
            spec, data = self._spec(key), self._read(key)
            if own is None or spec is None or data is None:
                unknown += 1
                continue
            role = _role(spec, own, point)
            for part, fingerprint in data.items():
                name = (role, part, fingerprint)
                counts[name] = counts.get(name, 0) + 1
        found = (
            DataRead(role=role, part=part, fingerprint=fingerprint, stages=count)
            for (role, part, fingerprint), count in sorted(counts.items())
        )
        return TicketData(read=tuple(found), unknown=unknown)

    def _before(self, keys: Iterable[str]) -> set[str]:
        """All that these stages start from, and that starts from."""
        found: set[str] = set()
        waiting = [parent for key in keys for parent in self._parents(key)]
        while waiting:
            key = waiting.pop()
            if key not in found:
                found.add(key)
                waiting.extend(self._parents(key))
        return found

    def _parents(self, key: str) -> tuple[str, ...]:
        spec = self._spec(key)
        return spec.parents if spec is not None else ()

    def _spec(self, key: str) -> StageSpec | None:
        if key not in self._specs:
            self._specs[key] = _read_spec(self.store, key)
        return self._specs[key]

    def _read(self, key: str) -> Mapping[str, str] | None:
        if key not in self._data:
            end = self.store.stage(key).end()
            self._data[key] = end.data if end is not None else None
        return self._data[key]


def in_words(data: TicketData) -> str:
    """'of the source train and test 0123456789abcdef', and how much is not known."""
    told = []
    for role, alike in groupby(data.read, key=lambda entry: entry.role):
        parts = [f"{entry.part} {entry.fingerprint[:_DIGITS]}" for entry in alike]
        told.append(f"of the {role} {listed(parts)}")
    if data.unknown:
        told.append(f"of {data.unknown} unfinished stages nothing is known")
    return "; ".join(told) or "nothing"


def ticket_data(store: Store, curves: Iterable[Curve]) -> list[str]:
    """One sentence for all transferred curves of a source and a target that saw the same."""
    ancestry = Ancestry(store)
    methods: dict[tuple[str, str, str], list[str]] = {}
    for curve in curves:
        data = ancestry.data_of(curve.point)
        if data is not None:
            name = (curve.columns["source"], curve.columns["target"], in_words(data))
            methods.setdefault(name, []).append(curve.method)
    return [
        f"{source} to {target}: tickets of {listed(sorted(set(found), key=method_order))} "
        f"({len(found)} curve{'s' if len(found) > 1 else ''}) saw {words}"
        for (source, target, words), found in sorted(methods.items())
    ]


def print_ticket_data(store: Store, *, ids: list[str] | None = None) -> None:
    """Prints the sentences, nothing where no curve is transferred."""
    for sentence in ticket_data(store, read_curves(store, ids)):
        print(sentence)


def _role(spec: StageSpec, own: StageSpec, point: PointRecord) -> str:
    """Whose data a stage was trained on: where source and target share them, both are told."""
    target = point.config.get("target")
    if target is None or target == point.config["dataset"]:
        return "source and target"
    return "target" if spec.train.data == own.train.data else "source"


def _read_spec(store: Store, key: str) -> StageSpec | None:
    """What a stage is; None where it has not begun, or was begun by a version unlike this one."""
    try:
        return StageSpec.model_validate(store.stage(key).spec())
    except (ValueError, DamagedFile):
        return None
