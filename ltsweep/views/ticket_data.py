"""The data that a ticket saw before it came to its target: what all it is made from has read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Literal, get_args

from ltsweep.data_spec import Frozen, Split
from ltsweep.foundations.errors import listed
from ltsweep.foundations.files import DamagedFile
from ltsweep.spec import StageSpec
from ltsweep.store.data_read import DataRead, PartName, Purpose
from ltsweep.store.labels import label
from ltsweep.store.records import PointRecord
from ltsweep.store.store import Store
from ltsweep.views.kinship import all_in_common
from ltsweep.views.palette import method_order
from ltsweep.views.records import Curve, read_curves

_DIGITS = 16  # of a fingerprint, for people
_PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
_PARTS: tuple[PartName, ...] = get_args(PartName)
_DONE_TO_IMAGES = ("mean", "std", "white", "flip", "crop", "kin", "mirror")


Role = Literal["source", "source and target", "target"]


class DataSeen(Frozen):
    """What one purpose made stages behind a ticket read of a dataset, and how many stages.

    `label` names dataset and subset as tables do; the rest is as the stages recorded it.
    """

    role: Role
    label: str
    fingerprint: str
    purpose: Purpose
    parts: dict[PartName, int | None]
    split: dict[str, Any]
    stages: int


class TicketData(Frozen):
    """What the stages in the ancestry of a curve's tickets read, and what their masks came from.

    `unknown` counts stages of which this cannot be told: not begun, not finished, or damaged.
    """

    seen: tuple[DataSeen, ...]
    unknown: int


@dataclass
class Ancestry:
    """Finds what tickets are made from in a store, reading each stage once."""

    store: Store
    _specs: dict[str, StageSpec | None] = field(default_factory=dict)
    _read: dict[str, tuple[DataRead, ...] | None] = field(default_factory=dict)

    def data_of(self, point: PointRecord) -> TicketData | None:
        """What the tickets of a transferred curve saw; None for other curves."""
        if not point.is_transferred:
            return None
        own = next((spec for spec in map(self._spec, point.stages) if spec is not None), None)
        counts: dict[str, int] = {}
        told: dict[str, DataSeen] = {}
        unknown = 0
        for key in (*point.stages, *sorted(self._before(point.stages))):
            read = self._data(key)
            if own is None or read is None:
                unknown += 1
                continue
            for entry in read:
                if key in point.stages and entry.purpose != "scored on":
                    continue  # the ticket is made by then
                seen = _seen(entry, own, point)
                name = seen.model_dump_json()
                told[name] = seen
                counts[name] = counts.get(name, 0) + 1
        found = (told[name].model_copy(update={"stages": counts[name]}) for name in told)
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

    def _data(self, key: str) -> tuple[DataRead, ...] | None:
        """What a finished stage recorded; what early versions left out is in its specification."""
        if key not in self._read:
            stage, spec = self.store.stage(key), self._spec(key)
            end = stage.end() or stage.prefix_end()
            told = None if end is None or spec is None else end.data
            if told is not None and spec is not None:
                split = spec.train.data.split.model_dump(mode="json")
                told = tuple(
                    entry if entry.split is not None else entry.model_copy(update={"split": split})
                    for entry in told
                )
            self._read[key] = told
        return self._read[key]


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


def print_about_data(store: Store, *, ids: list[str] | None = None) -> None:
    """Prints the sentences, nothing where no curve is transferred."""
    for sentence in about_data(store, read_curves(store, ids)):
        print(sentence)


def _seen(entry: DataRead, own: StageSpec, point: PointRecord) -> DataSeen:
    """An entry of a record, with whose data these are and what tables call them."""
    source, target = point.config["dataset"], point.config.get("target") or point.config["dataset"]
    role: Role = "source"
    if _images_of(source) == _images_of(target):
        role = "source and target"
    elif entry.fingerprint == own.train.data.fingerprint and _are_alike(target, entry.split):
        role = "target"
    called = point.columns.target if role == "target" else point.columns.source
    split = dict(entry.split or {})
    is_as_configured = _are_alike(target if role == "target" else source, split)
    return DataSeen(
        role=role,
        label=called if is_as_configured else label({"name": entry.name or "a dataset", **split}),
        fingerprint=entry.fingerprint,
        purpose=entry.purpose,
        parts=entry.parts,
        split=split,
        stages=1,
    )


def _images_of(dataset: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a dataset that say which images it has, not what is done to them."""
    return {name: value for name, value in dataset.items() if name not in _DONE_TO_IMAGES}


def _are_alike(dataset: Mapping[str, Any], split: Mapping[str, Any] | None) -> bool:
    """Whether a dataset's settings split it so; what is left out is None."""
    names = Split.model_fields
    return all(dataset.get(name) == (split or {}).get(name) for name in names)


def _dataset_of(entry: DataSeen) -> tuple[str, str, str]:
    return entry.role, entry.label, entry.fingerprint


def _in_order(entry: DataSeen) -> tuple[Any, ...]:
    return (*_dataset_of(entry), _PURPOSES.index(entry.purpose))


def _read_spec(store: Store, key: str) -> StageSpec | None:
    """What a stage is; None where it has not begun, or was begun by a version unlike this one."""
    try:
        return StageSpec.model_validate(store.stage(key).spec())
    except (ValueError, DamagedFile):
        return None
