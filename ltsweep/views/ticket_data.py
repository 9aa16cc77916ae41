"""The data that a ticket saw before it came to its target: what all it is made from has read."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Literal, get_args

from ltsweep.data_spec import Frozen, Split
from ltsweep.foundations.components import late
from ltsweep.foundations.errors import listed
from ltsweep.spec import StageSpec
from ltsweep.store.data_read import DataRead, PartName, Purpose
from ltsweep.store.labels import label
from ltsweep.store.point_record import PointRecord
from ltsweep.store.store import Store
from ltsweep.store.ticket_record import Seen
from ltsweep.views.kinship import all_in_common
from ltsweep.views.palette import method_order
from ltsweep.views.records import Curve

_DIGITS = 16  # of a fingerprint, for people
_PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
_PARTS: tuple[PartName, ...] = get_args(PartName)
_DONE_TO_IMAGES = ("mean", "std", "white", "flip", "crop", "kin", "mirror")
_PART_OR_NAME = (*_DONE_TO_IMAGES, *Split.model_fields, "name")

_Settings = Mapping[str, Any]

Role = Literal["source", "source and target", "target"]


class DataSeen(Seen):
    """What stages behind a ticket read of a dataset, and on which side of the curve it is."""

    role: Role


class TicketData(Frozen):
    """What the stages in the ancestry of a curve's tickets read, and what their masks came from.

    `unknown` counts stages of which this cannot be told: not begun, not finished, or damaged.
    `is_told` is false where a ticket comes from a file that does not tell.
    """

    seen: tuple[DataSeen, ...]
    unknown: int
    is_told: bool = late(True)


@dataclass
class Ancestry:
    """Finds what tickets are made from in a store, reading each stage once."""

    store: Store
    _specs: dict[str, StageSpec | None] = field(default_factory=dict)
    _read: dict[str, dict[str, DataRead] | None] = field(default_factory=dict)

    def data_of(self, point: PointRecord) -> TicketData | None:
        """What the tickets of a transferred curve saw; None for other curves."""
        if not point.is_transferred:
            return None
        if point.ticket is not None:
            return self._told_by_file(point, point.ticket.saw)
        return self._behind(point, point.stages)

    def seen_for(self, point: PointRecord, level: int) -> tuple[Seen, ...] | None:
        """What was read to make the ticket of a level; None where not all of it can be told."""
        if point.ticket is not None:
            return point.ticket.saw
        data = self._behind(point, [point.stages[level]])
        return None if data.unknown else tuple(Seen(**dict(entry)) for entry in data.seen)

    def _told_by_file(self, point: PointRecord, saw: tuple[Seen, ...] | None) -> TicketData:
        """What a file tells, where the curve has more of its ticket than a count."""
        specs = [self._spec(key) for key in point.stages]
        unknown = sum(spec is None for spec in specs)
        if not any(spec is not None and spec.tickets for spec in specs):
            return TicketData(seen=(), unknown=unknown)
        seen = tuple(DataSeen(role="source", **dict(entry)) for entry in saw or ())
        return TicketData(seen=seen, unknown=unknown, is_told=saw is not None)

    def _behind(self, point: PointRecord, stages: Sequence[str]) -> TicketData:
        """What was read for the tickets that some stages of a curve begin with."""
        own = next((spec for spec in map(self._spec, point.stages) if spec is not None), None)
        before = self._before(stages)
        counts: Counter[str] = Counter()
        entries: dict[str, DataRead] = {}
        unknown = 0
        for key in before.union(stages):
            read = self._data(key)
            if own is None or read is None:
                unknown += 1
                continue
            if key not in before:  # the ticket is made by then, but for its mask
                read = {name: e for name, e in read.items() if e.purpose == "scored on"}
            counts.update(read.keys())
            entries |= read
        names = sorted(entries)  # stages come in no order
        found = [_seen(entries[name], own, point, counts[name]) for name in names if own]
        return TicketData(seen=tuple(sorted(found, key=_in_order)), unknown=unknown)

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

    def _data(self, key: str) -> dict[str, DataRead] | None:
        """What a finished stage recorded, by itself as text."""
        if key not in self._read:
            stage, spec = self.store.stage(key), self._spec(key)
            end = stage.end() or stage.prefix_end()
            told = None if end is None else end.data
            self._read[key] = (
                {entry.model_dump_json(): entry for entry in _with_splits(told, spec)}
                if told is not None and spec is not None
                else None
            )
        return self._read[key]


def _with_splits(read: Iterable[DataRead], spec: StageSpec) -> Iterator[DataRead]:
    """What was read, with the splits that early versions left to the specification."""
    for entry in read:
        of_stage = spec.scored if entry.purpose == "scored on" else [spec.train.data]
        splits = [data.split for data in of_stage if data.fingerprint == entry.fingerprint]
        if entry.split is None and splits:
            split = splits[0].model_dump(mode="json")
            yield entry.model_copy(update={"split": split})
        else:
            yield entry


def in_words(data: TicketData) -> str:
    """'of the source digits[0-4] 0123456789abcdef (trained on 580 training images, ...)'.

    What is not known is told too.
    """
    told = []
    for (role, called, fingerprint), alike in groupby(data.seen, key=_dataset_of):
        uses = ", ".join(f"{entry.purpose} {_parts_in_words(entry)} images" for entry in alike)
        told.append(f"of the {role} {called} {fingerprint[:_DIGITS]} ({uses})")
    if data.unknown:
        told.append(f"of {data.unknown} unfinished stages nothing is known")
    if not data.is_told:
        told.append("what the file of the ticket does not tell")
    return "; ".join(told) or "nothing"


def _parts_in_words(entry: DataSeen) -> str:
    """'580 training and 65 validation'; without numbers where the record has none."""
    counts = {part: entry.parts[part] for part in _PARTS if part in entry.parts}
    return listed([part if count is None else f"{count} {part}" for part, count in counts.items()])


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


def about_data(store: Store, curves: Iterable[Curve]) -> list[str]:
    """What tickets saw, and what their sources and their targets have in common, in sentences."""
    curves = list(curves)
    return [*ticket_data(store, curves), *all_in_common(curves)]


def data_markdown(sentences: Iterable[str]) -> str:
    """These sentences as a part of a page; empty where there are none."""
    lines = [f"- {sentence}\n" for sentence in sentences]
    return "".join(["## Data\n\n", *lines]) if lines else ""


def _seen(entry: DataRead, own: StageSpec, point: PointRecord, stages: int) -> DataSeen:
    """An entry of so many stages' records, with whose data these are and what they are called."""
    source, target = point.config["dataset"], point.config.get("target") or point.config["dataset"]
    role: Role = "source"
    if _but(_DONE_TO_IMAGES, source) == _but(_DONE_TO_IMAGES, target):
        role = "source and target"
    elif entry.fingerprint == own.train.data.fingerprint and not _is_other(source, target, entry):
        role = "target"
    dataset, called = source, point.columns.source
    if role == "target":
        dataset, called = target, point.columns.target
    split = dict(entry.split or {})
    is_as_asked = _is_split_so(dataset, entry) and entry.name in (None, dataset["name"])
    return DataSeen(
        role=role,
        label=called if is_as_asked else label({"name": entry.name or "a dataset", **split}),
        fingerprint=entry.fingerprint,
        purpose=entry.purpose,
        parts=entry.parts,
        split=split,
        stages=stages,
    )


def _is_other(source: _Settings, target: _Settings, entry: DataRead) -> bool:
    """Whether data of the target's fingerprint are the source's part of them, and no other."""
    is_one = _but(_PART_OR_NAME, source) == _but(_PART_OR_NAME, target)
    is_source = _is_split_so(source, entry) and not _is_split_so(target, entry)
    return is_source and (is_one or entry.name == source["name"])


def _but(names: Iterable[str], dataset: _Settings) -> _Settings:
    return {name: value for name, value in dataset.items() if name not in names}


def _is_split_so(dataset: _Settings, entry: DataRead) -> bool:
    """Whether a dataset's settings are those that it was split by; what is left out is None."""
    split = entry.split or {}
    return all(dataset.get(name) == split.get(name) for name in Split.model_fields)


def _dataset_of(entry: DataSeen) -> tuple[str, str, str]:
    return entry.role, entry.label, entry.fingerprint


def _in_order(entry: DataSeen) -> tuple[Any, ...]:
    return (*_dataset_of(entry), _PURPOSES.index(entry.purpose))


def _read_spec(store: Store, key: str) -> StageSpec | None:
    """What a stage is; None where it has not begun, or was begun by a version unlike this one."""
    try:
        return StageSpec.model_validate(store.stage(key).spec_if_sound())
    except ValueError:
        return None
