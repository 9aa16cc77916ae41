"""Which stages a free job takes next: the start of the longest chain, and its like beside it."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Literal

from ltsweep.planned import PlannedStage
from ltsweep.stages.run import compatible

LARGEST_AUTO_PACK = 64


@dataclass
class Packer:
    """The packing of one launch: a pure function of its stages, the jobs and the cap.

    Stages of one level that share data, architecture, batch size and length go together: tickets
    and controls side by side. `pack=auto` makes at least as many packs of them as there are jobs.
    """

    stages: Mapping[str, PlannedStage]
    jobs: int
    cap: int | Literal["auto"]
    _rank: dict[str, int] = field(default_factory=dict)
    _kind: dict[str, tuple[str, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for key in reversed(list(self.stages)):
            self._rank.setdefault(key, 0)
            for parent in self.stages[key].spec.parents:
                if parent in self.stages:
                    self._rank[parent] = max(self._rank.get(parent, 0), self._rank[key] + 1)
        self._kind = {key: _kind(stage) for key, stage in self.stages.items()}
        self._sizes = Counter(self._kind.values())

    def by_priority(self, ready: Iterable[str]) -> list[str]:
        """Longest chain of dependents first; replicates in the order of the plan."""
        order = {key: number for number, key in enumerate(self.stages)}
        return sorted(ready, key=lambda key: (-self._rank[key], order[key]))

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
        done: set[str] = set()
        packs = 0
        while len(done) < len(self.stages):
            ready = self.ready(done)
            for _ in range(self.jobs):
                free = [key for key in self.by_priority(ready)]
                if not free:
                    break
                pack = [free[0], *self.companions(free[0], ready)]
                packs += 1
                done.update(pack)
                ready = [key for key in ready if key not in done]
        return packs

    def ready(self, done: Collection[str]) -> list[str]:
        """Stages that are not done and whose parents, as far as they are planned here, are."""
        return [
            key
            for key, stage in self.stages.items()
            if key not in done and all(p in done for p in stage.spec.parents if p in self.stages)
        ]


def _kind(stage: PlannedStage) -> tuple[str, int]:
    return compatible(stage), stage.spec.level
