"""What a stage is made from: the trainings before it, as far as each is needed, and their cost."""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Self

from pydantic import TypeAdapter

from ltsweep.foundations.files import DamagedFile, read_json
from ltsweep.part_spec import Exported, Input
from ltsweep.store.records import ClosingRecord, PrefixRecord
from ltsweep.store.store import Store
from ltsweep.store.stored import Stored

_BEGUN = "begun"  # in the index; another word when `_Begun` comes to be made otherwise


@dataclass(frozen=True, slots=True)
class Origin:
    """A training that a stage starts from, as far as it is needed for that.

    Multiply-adds, seconds and steps are None where they are not recorded.
    """

    key: str
    multiply_adds: int | None
    seconds: float | None
    steps: int | None


@dataclass(frozen=True, slots=True)
class Origins:
    """All trainings that a stage starts from, each once, and theirs in turn.

    Attributes:
        start: step of the schedule at which the stage itself starts.
        validate_every: steps between its validations.
        stages: the trainings; `multiply_adds`, `seconds` and `steps` are their sums, None where
            not all are recorded.

    """

    start: int
    validate_every: int
    stages: tuple[Origin, ...] = field(repr=False)  # a key of a stage stands for their keys
    multiply_adds: int | None
    seconds: float | None
    steps: int | None

    @classmethod
    def of(cls, start: int, validate_every: int, stages: tuple[Origin, ...]) -> Self:
        """With the sums."""
        multiply_adds = [stage.multiply_adds for stage in stages]
        seconds = [stage.seconds for stage in stages]
        steps = [stage.steps for stage in stages]
        return cls(
            start,
            validate_every,
            stages,
            None if None in multiply_adds else sum(filter(None, multiply_adds)),
            None if None in seconds else math.fsum(filter(None, seconds)),
            None if None in steps else sum(filter(None, steps)),
        )


class _Schedule(Stored):
    validate_every: int


class _Training(Stored):
    schedule: _Schedule
    dynamics: Any = None


class _Rule(Stored):
    given: dict[str, Input | Exported | Any]


class _Specification(Stored):
    """What a stage's specification says of its beginning: a whole one takes five times as long."""

    train: _Training
    mask: _Rule | None
    weights: _Rule
    optimizer_state: Input | None = None
    start: int
    stop: int

    @property
    def given(self) -> Iterator[Any]:
        """What its rules are given, and its optimizer."""
        for rule in (self.mask, self.weights):
            yield from rule.given.values() if rule is not None else ()
        yield self.optimizer_state


class _Source(NamedTuple):
    """What is read of another stage."""

    stage: str
    what: str
    step: int | None


class _Begun(NamedTuple):
    """How a stage begins; `sources` are None where it begins with a ticket from a file."""

    start: int
    stop: int
    validate_every: int
    has_dynamics: bool
    sources: tuple[_Source, ...] | None

    @classmethod
    def of(cls, spec: _Specification) -> Self:
        """Without what the specification says beside: a report holds thousands of these."""
        is_told = not any(isinstance(part, Exported) for part in spec.given)
        return cls(
            spec.start,
            spec.stop,
            spec.train.schedule.validate_every,
            spec.train.dynamics is not None,
            tuple(_nested(spec.given)) if is_told else None,
        )


_REMEMBERED = TypeAdapter(_Begun)  # as JSON, in the index


class Lineage:
    """Finds what stages of a store are made from, reading each stage once.

    Of a training whose state at a step is read, only the steps before count, and none of one whose
    own mask is read, unless that changes in training. Multiply-adds and seconds of a part of a
    training are in proportion to its steps. `ends` are closing records that were read before.
    """

    def __init__(self, store: Store, ends: Mapping[str, ClosingRecord]) -> None:
        self._store = store
        self._ends: dict[str, ClosingRecord | PrefixRecord | None] = dict(ends)
        self._begun: dict[str, _Begun | None] = dict(_begun_among(store, ends))
        self._reads: dict[str, dict[str, float] | None] = {}
        self._parts: dict[tuple[str, float], Origin] = {}
        self._origins: dict[str, Origins | None] = {}

    def origins(self, key: str) -> Origins | None:
        """Those of a stage; None where that cannot be told, as of a ticket from a file."""
        if key not in self._origins:
            self._origins[key] = self._found(key)
        return self._origins[key]

    def _found(self, key: str) -> Origins | None:
        own = self._begin_of(key)
        needed = self._before(key)
        if own is None or needed is None:
            return None
        stages = tuple(self._origin(name, until) for name, until in needed.items() if until > 0)
        return Origins.of(own.start, own.validate_every, stages)

    def _before(self, key: str) -> dict[str, float] | None:
        """All stages before this one, with the last step that is needed of each, inf for its end.

        None where there is one of which nothing is known.
        """
        needed: dict[str, float] = {}
        waiting = [key]
        while waiting:
            read = self._read_by(waiting.pop())
            if read is None:
                return None
            for parent, until in read.items():
                if parent not in needed:
                    waiting.append(parent)
                needed[parent] = max(until, needed.get(parent, 0.0))
        return needed

    def _read_by(self, key: str) -> dict[str, float] | None:
        """The stages that it reads itself, with the last step needed; None where unknown."""
        if key not in self._reads:
            begun = self._begin_of(key)
            sources = None if begun is None else begun.sources
            self._reads[key] = None if sources is None else self._needed_of(sources)
        return self._reads[key]

    def _needed_of(self, sources: Iterable[_Source]) -> dict[str, float]:
        found: dict[str, float] = {}
        for source in sources:
            found[source.stage] = max(self._until(source), found.get(source.stage, 0.0))
        return found

    def _until(self, source: _Source) -> float:
        """The last step of a training that has to be there for what is read of it."""
        if source.what == "mask":
            begun = self._begin_of(source.stage)
            return 0.0 if begun is not None and not begun.has_dynamics else math.inf
        return math.inf if source.step is None else source.step

    def _origin(self, key: str, until: float) -> Origin:
        """One of a training to a step, which all stages share that start from it."""
        if (key, until) not in self._parts:
            self._parts[key, until] = self._part(key, until)
        return self._parts[key, until]

    def _part(self, key: str, until: float) -> Origin:
        begun, end = self._begin_of(key), self._end_of(key)
        assert begun is not None  # or the ancestry would be unknown
        steps = max(0, min(begun.stop, until) - begun.start)
        share = steps / (begun.stop - begun.start) if steps else 0.0
        multiply_adds = None if end is None else end.training_multiply_adds
        seconds = None if end is None else end.seconds
        return Origin(
            key,
            None if multiply_adds is None else round(share * multiply_adds),
            None if seconds is None else share * seconds,
            round(steps),
        )

    def _begin_of(self, key: str) -> _Begun | None:
        if key not in self._begun:
            try:
                spec = _Specification.read(self._store.stage(key).spec_if_sound())
                self._begun[key] = _Begun.of(spec)
            except ValueError:
                self._begun[key] = None
        return self._begun[key]

    def _end_of(self, key: str) -> ClosingRecord | PrefixRecord | None:
        if key not in self._ends:
            stage = self._store.stage(key)
            self._ends[key] = stage.end() or stage.prefix_end()
        return self._ends[key]


def _begun_among(store: Store, keys: Iterable[str]) -> Iterator[tuple[str, _Begun]]:
    """How those of these stages begin whose specifications are sound."""
    begun = store.index.in_order(_BEGUN, _begun_in)
    for key in sorted(keys):
        with suppress(OSError, DamagedFile, ValueError):
            yield key, _REMEMBERED.validate_json(begun(f"{store.stages_dir}/{key}/spec.json"))


def _begun_in(path: Path) -> str:
    """What the index remembers of a specification, as JSON; ValueError where it is none."""
    return json.dumps(_Begun.of(_Specification.read(read_json(path))))


def _nested(given: Iterable[Any]) -> Iterator[_Source]:
    """What is read of other stages; what the criterion of a next mask reads is read, too."""
    for part in given:
        if isinstance(part, Input):
            yield _Source(part.stage, part.what, part.step)
            yield from _nested(part.given.values())
