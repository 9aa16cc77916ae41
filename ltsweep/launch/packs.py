"""Which stages a free job takes next: the start of the longest chain, and its like beside it."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from heapq import heappop, heappush
from math import ceil
from typing import Literal

from ltsweep.planned import PlannedStage
from ltsweep.stages.run import compatible

LARGEST_AUTO_PACK = 64

Kind = tuple[str, int]


@dataclass
class Packer:
    """The packing of one launch: a pure function of its stages, the jobs and the cap.

    Stages of one level that share data, architecture, batch size and length go together: tickets
    and controls side by side. `pack=auto` makes at least as many packs of them as there are jobs.
    """

    stages: Mapping[str, PlannedStage]
    jobs: int
    cap: int | Literal["auto"]
    _place: dict[str, int] = field(default_factory=dict)  # in the order of priority
    _kind: dict[str, Kind] = field(default_factory=dict)

    def __post_init__(self) -> None:
        length = dict.fromkeys(self.stages, 0)  # of the longest chain of dependents
        for key in reversed(list(self.stages)):
            for parent in self._parents(key):
                length[parent] = max(length[parent], length[key] + 1)
        in_order = sorted(self.stages, key=lambda key: -length[key])
        self._place = {key: place for place, key in enumerate(in_order)}
        self._kind = {key: _kind(stage) for key, stage in self.stages.items()}
        self._sizes = Counter(self._kind.values())

    def by_priority(self, ready: Iterable[str]) -> list[str]:
        """Longest chain of dependents first; replicates in the order of the plan."""
        return sorted(ready, key=self._place.__getitem__)

    def companions(self, first: str, ready: Iterable[str]) -> list[str]:
        """What may train beside `first`, best first, without it."""
        same = [key for key in ready if self._kind[key] == self._kind[first] and key != first]
        return self.by_priority(same)[: self.size(first) - 1]

    def size(self, key: str) -> int:
        """The largest pack for stages like this one."""
        share = ceil(self._sizes[self._kind[key]] / self.jobs)
        return min(share, LARGEST_AUTO_PACK if self.cap == "auto" else self.cap)

    def count_packs(self) -> int:
        """How many packs there are if all jobs keep step: what `action=plan` prints."""
        open_parents = {key: len(self._parents(key)) for key in self.stages}
        children = defaultdict(list)
        for key in self.stages:
            for parent in self._parents(key):
                children[parent].append(key)
        pool = _Pool(self, [key for key, count in open_parents.items() if count == 0])
        packs = 0
        while step := [pack for _ in range(self.jobs) if (pack := pool.take())]:
            packs += len(step)
            for done in (key for pack in step for key in pack):
                for child in children[done]:
                    open_parents[child] -= 1
                    if open_parents[child] == 0:
                        pool.add(child)
        return packs

    def ready(self, done: Collection[str]) -> list[str]:
        """Stages that are not done and whose parents, as far as they are planned here, are."""
        return [
            key
            for key in self.stages
            if key not in done and all(parent in done for parent in self._parents(key))
        ]

    def place(self, key: str) -> tuple[int, str]:
        """Sorts stages by priority."""
        return self._place[key], key

    def kind(self, key: str) -> Kind:
        """Equal for stages that may train side by side."""
        return self._kind[key]

    def _parents(self, key: str) -> list[str]:
        return [parent for parent in self.stages[key].spec.parents if parent in self.stages]


class _Pool:
    """Ready stages, from which packs are taken without looking at all of them each time."""

    def __init__(self, packer: Packer, keys: Iterable[str]) -> None:
        self._packer = packer
        self._all: list[tuple[int, str]] = []
        self._by_kind: defaultdict[Kind, list[tuple[int, str]]] = defaultdict(list)
        for key in keys:
            self.add(key)

    def add(self, key: str) -> None:
        """Puts a stage in that has become ready."""
        entry = self._packer.place(key)
        heappush(self._all, entry)
        heappush(self._by_kind[self._packer.kind(key)], entry)

    def take(self) -> list[str]:
        """The next pack, the most urgent stage first; empty if nothing is ready."""
        while self._all:
            first = heappop(self._all)
            same = self._by_kind[self._packer.kind(first[1])]
            if same and same[0] == first:  # else it was taken beside another
                size = min(self._packer.size(first[1]), len(same))
                return [heappop(same)[1] for _ in range(size)]
        return []


def _kind(stage: PlannedStage) -> Kind:
    return compatible(stage), stage.spec.level
