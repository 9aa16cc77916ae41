"""The data that a ticket saw before it came to its target: what all it is made from has read."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby

from ltsweep.data_spec import DataSpec, Frozen
from ltsweep.foundations.errors import listed
from ltsweep.foundations.files import DamagedFile
from ltsweep.spec import StageSpec
from ltsweep.store.records import PointRecord
from ltsweep.store.store import StageDir, Store
from ltsweep.views.palette import method_order
from ltsweep.views.records import Curve, read_curves

SCORED = "train, for scores,"
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
        counts: Counter[tuple[str, str, str]] = Counter()
        unknown = sum(spec is None for spec in specs.values())
        before = self._before(point.stages)
        if own is None:
            return TicketData(read=(), unknown=unknown + len(before))
        for key in before:
            spec, data = self._spec(key), self._read(key)
            if spec is None or data is None:
                unknown += 1
                continue
            role = _role(spec.train.data, own, point)
            counts.update((role, part, fingerprint) for part, fingerprint in data.items())
        for key in before | specs.keys():
            for scored in self._scored(key):
                counts[_role(scored, own, point), SCORED, scored.fingerprint] += 1
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
            stage = self.store.stage(key)
            end = stage.end()
            self._data[key] = end.data if end is not None else _read_by_prefix(stage)
        return self._data[key]

    def _scored(self, key: str) -> list[DataSpec]:
        """Data of which the scores of a stage's mask read training examples."""
        spec, end = self._spec(key), self.store.stage(key).end()
        if spec is None or end is None or end.scoring is None:
            return []
        return [data for data in spec.scored_data if data.fingerprint in end.scoring.data]


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


def _role(data: DataSpec, own: StageSpec, point: PointRecord) -> str:
    """Whose data these are: where source and target share them, both are told."""
    target = point.config.get("target")
    if target is None or target == point.config["dataset"]:
        return "source and target"
    return "target" if data == own.train.data else "source"


def _read_by_prefix(stage: StageDir) -> Mapping[str, str] | None:
    """What the beginning of a training has read, if this stage is one that is done."""
    records = stage.records() if stage.is_done() else []
    found = [
        record["data"] for record in records if record.get("event") == "prefix" and "data" in record
    ]
    return found[-1] if found else None


def _read_spec(store: Store, key: str) -> StageSpec | None:
    """What a stage is; None where it has not begun, or was begun by a version unlike this one."""
    try:
        return StageSpec.model_validate(store.stage(key).spec())
    except (ValueError, DamagedFile):
        return None
