"""Which stages a free worker takes next: the most urgent one, and others that fit beside it."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from heapq import heappop, heappush
from math import ceil
from typing import Literal

from ltsweep.plan.stage import PlannedStage
from ltsweep.stages.run import compatible

LARGEST_AUTO_PACK = 64


@dataclass
class Packer:
    """Answers for one launch which stages go into a pack: how urgent, which beside which, how many.

    The answers depend only on the stages, the number of workers (`jobs`) and the setting `pack`
    (`cap`). Two stages are of one kind if they share everything of their training but the
    optimizer, the warm-up and the shape of the schedule. Stages of one kind may go together

    - at the same level: tickets and controls, of any ladder;
    - at different levels, if other stages wait for both: two ladders, wherever they stand;
    - at different levels, if no stage waits for either: two leaves.

    A leaf does not go with a ladder at another level, because it would only slow the ladder down.
    """

    stages: Mapping[str, PlannedStage]
    jobs: int
    cap: int | Literal["auto"]
    _length: dict[str, int] = field(default_factory=dict)  # of the longest chain of dependents
    _place: dict[str, int] = field(default_factory=dict)  # in the order of priority
    _kind: dict[str, str] = field(default_factory=dict)
    _widths: Counter[tuple[str, int]] = field(default_factory=Counter)  # stages by kind and level

    def __post_init__(self) -> None:
        self._length = dict.fromkeys(self.stages, 0)
        for key in reversed(list(self.stages)):
            for parent in self._parents(key):
                self._length[parent] = max(self._length[parent], self._length[key] + 1)
        in_order = sorted(self.stages, key=lambda key: -self._length[key])
        self._place = {key: place for place, key in enumerate(in_order)}
        self._kind = {key: compatible(stage) for key, stage in self.stages.items()}
        self._widths = Counter(map(self._layer, self.stages))

    def by_priority(self, ready: Iterable[str]) -> list[str]:
        """Sorts stages: the longest chain of dependents first, then the order of the plan."""
        return sorted(ready, key=self._place.__getitem__)

    def companions(self, first: str, ready: Iterable[str]) -> list[str]:
        """The ready stages that may train beside `first`, without `first` itself.

        Stages of its own level come first; among equals the more urgent one does.
        """
        fitting = [key for key in ready if key != first and self._go_together(first, key)]
        level = self.stages[first].spec.level
        return sorted(
            fitting, key=lambda key: (self.stages[key].spec.level != level, self._place[key])
        )

    def size(self, first: str, fitting: int = 0) -> int:
        """How many stages the pack of `first` may have.

        A pack takes one worker's share of all stages of this kind and level, so that every worker
        gets some. For a leaf the share may also be that of the `fitting` stages, which can train
        now and fit into this pack: leaves of other levels are among them. The setting `pack`, or
        `LARGEST_AUTO_PACK`, limits the result.
        """
        share = ceil(self._widths[self._layer(first)] / self.jobs)
        if self.is_leaf(first):
            share = max(share, ceil(fitting / self.jobs))
        return min(share, LARGEST_AUTO_PACK if self.cap == "auto" else self.cap)

    def _go_together(self, one: str, other: str) -> bool:
        if self._kind[one] != self._kind[other]:
            return False
        beside = self._layer(one) == self._layer(other)
        return beside or self.is_leaf(one) == self.is_leaf(other)

    def count_packs(self) -> int:
        """How many packs the launch takes if all jobs keep step. `action=plan` prints it."""
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
                pool.settle(done)
                for child in children[done]:
                    open_parents[child] -= 1
                    if open_parents[child] == 0:
                        pool.add(child)
        return packs

    def place(self, key: str) -> tuple[int, str]:
        """A sort key: the most urgent stage first."""
        return self._place[key], key

    def kind(self, key: str) -> str:
        """Names the stage's kind: equal for stages that one program can train together."""
        return self._kind[key]

    def is_leaf(self, key: str) -> bool:
        """Whether no stage waits for this one."""
        return self._length[key] == 0

    def _layer(self, key: str) -> tuple[str, int]:
        return self._kind[key], self.stages[key].spec.level

    def _parents(self, key: str) -> list[str]:
        return [parent for parent in self.stages[key].spec.parents if parent in self.stages]


class _Pool:
    """Ready stages in heaps, so that taking a pack does not look at all of them."""

    def __init__(self, packer: Packer, keys: Iterable[str]) -> None:
        self._packer = packer
        self._ready: set[str] = set()
        self._all: list[tuple[int, str]] = []
        self._alike: defaultdict[Hashable, list[tuple[int, str]]] = defaultdict(list)
        self._leaves: Counter[str] = Counter()  # ready or being trained, by kind
        for key in keys:
            self.add(key)

    def add(self, key: str) -> None:
        """Adds a stage that has become ready."""
        self._ready.add(key)
        kind, leaf = self._packer.kind(key), self._packer.is_leaf(key)
        self._leaves[kind] += leaf
        heaps = (self._all, self._alike[kind, "level", self._level(key)], self._alike[kind, leaf])
        for heap in heaps:
            heappush(heap, self._packer.place(key))

    def take(self) -> list[str]:
        """The next pack, the most urgent stage first; empty if nothing is ready."""
        pack = self._pop(self._all, 1)
        for first in pack[:1]:
            kind, leaf = self._packer.kind(first), self._packer.is_leaf(first)
            size = self._packer.size(first, self._leaves[kind])
            pack += self._pop(self._alike[kind, "level", self._level(first)], size - len(pack))
            pack += self._pop(self._alike[kind, leaf], size - len(pack))
        return pack

    def settle(self, key: str) -> None:
        """Tells the pool that a stage it gave out is done."""
        self._leaves[self._packer.kind(key)] -= self._packer.is_leaf(key)

    def _pop(self, heap: list[tuple[int, str]], most: int) -> list[str]:
        """Takes at most so many stages from a heap, the most urgent first.

        A stage lies in several heaps; one that another heap has given out already is skipped.
        """
        found: list[str] = []
        while heap and len(found) < most:
            key = heappop(heap)[1]
            if key in self._ready:
                self._ready.remove(key)
                found.append(key)
        return found

    def _level(self, key: str) -> int:
        return self._packer.stages[key].spec.level
