"""Packing: what goes together, who goes first, and that all of it is done exactly once."""

import random

import pytest

from ltsweep.launch.packs import Packer
from ltsweep.plan.stage import PlannedStage

from .stages import graph, ready_in, training


def rules(packer: Packer, keys: list[str]) -> list[tuple[str, int]]:
    """Stages as (name of the mask rule, level)."""
    found = []
    for key in keys:
        spec = packer.stages[key].spec
        weights = spec.weights.rule.target.rpartition(".")[2]
        found.append((f"{weights}" if spec.mask else "dense", spec.level))
    return found


def test_the_longest_chain_goes_first() -> None:
    packer = Packer(graph(seeds=1, levels=3), jobs=1, cap="auto")
    first = packer.by_priority(ready_in(packer, set()))[0]
    assert rules(packer, [first]) == [("dense", 0)]
    done = {first}
    second = packer.by_priority(ready_in(packer, done))[0]
    assert rules(packer, [second]) == [("rewound", 1)], "the ladder before its controls"


def test_ticket_and_controls_of_a_level_go_side_by_side() -> None:
    packer = Packer(graph(seeds=2, levels=2), jobs=1, cap="auto")
    ready = ready_in(packer, {key for key, s in packer.stages.items() if s.spec.level == 0})
    first = packer.by_priority(ready)[0]
    pack = [first, *packer.companions(first, ready)][: packer.size(first, len(ready))]
    assert sorted(rules(packer, pack)) == [("fresh", 1)] * 4 + [("rewound", 1)] * 2


def test_ladders_go_side_by_side_wherever_they_stand() -> None:
    packer = Packer(graph(seeds=2, levels=3), jobs=1, cap="auto")
    ladders = [key for key, stage in packer.stages.items() if stage.is_ladder]
    ready = ready_in(packer, ladders[:2])  # seed 0 is at level 2, seed 1 at its dense training
    first = packer.by_priority(ready)[0]
    beside = rules(packer, [first, *packer.companions(first, ready)])
    assert beside == [("dense", 0), ("rewound", 2)], "and no control, which can wait"


def test_what_nothing_waits_for_goes_together_over_all_levels() -> None:
    stages = graph(seeds=1, levels=4)
    packer = Packer(stages, jobs=2, cap="auto")
    done = {key for key, stage in stages.items() if stage.is_ladder}
    ready = ready_in(packer, done)
    first = packer.by_priority(ready)[0]
    companions = packer.companions(first, ready)
    assert len(ready) == len(companions) + 1 == 8
    assert packer.size(first, len(ready)) == 4, "half of them for each job"


@pytest.mark.parametrize(("seeds", "jobs", "sizes"), [(6, 2, 3), (5, 2, 3), (6, 4, 2), (1, 2, 1)])
def test_auto_makes_at_least_as_many_packs_as_jobs(seeds: int, jobs: int, sizes: int) -> None:
    packer = Packer(graph(seeds, levels=1), jobs=jobs, cap="auto")
    dense = next(key for key, stage in packer.stages.items() if stage.spec.level == 0)
    assert packer.size(dense) == sizes


def test_pack_caps() -> None:
    packer = Packer(graph(seeds=6, levels=1), jobs=1, cap=4)
    assert packer.size(packer.by_priority(ready_in(packer, set()))[0]) == 4


@pytest.mark.parametrize(
    ("train", "together"),
    [
        (training(lr=0.5), True),
        (training(batch_size=32), False),
        (training(total=50), False),
    ],
    ids=["another learning rate", "another batch size", "another length"],
)
def test_only_compatible_stages_share_a_pack(train: object, together: bool) -> None:
    stages = graph(1, 0) | graph(1, 0, train)  # type: ignore[arg-type]
    packer = Packer(stages, jobs=1, cap="auto")
    first, other = packer.by_priority(ready_in(packer, set()))
    assert (packer.companions(first, [first, other]) == [other]) is together


@pytest.mark.parametrize("jobs", [1, 2, 3, 7])
def test_packs_cover_every_stage_once_and_parents_first(jobs: int) -> None:
    stages: dict[str, PlannedStage] = graph(seeds=3, levels=4)
    packer = Packer(stages, jobs=jobs, cap="auto")
    done: list[str] = []
    while ready := ready_in(packer, set(done)):
        first = packer.by_priority(ready)[0]
        pack = [first, *packer.companions(first, ready)][: packer.size(first, len(ready))]
        for key in pack:
            assert key not in done
            assert set(stages[key].spec.parents) <= set(done)
        done += pack
    assert sorted(done) == sorted(stages)
    assert packer.count_packs() >= min(jobs, 3)


def count_slowly(packer: Packer) -> int:
    """In each step every job takes a pack of those stages that were ready when it began."""
    done: set[str] = set()
    packs = 0
    while ready := ready_in(packer, done):
        taken: set[str] = set()
        for _ in range(packer.jobs):
            if left := [key for key in packer.by_priority(ready) if key not in taken]:
                first = left[0]
                companions = packer.companions(first, ready)
                free = [key for key in companions if key not in taken]
                taken |= {first, *free[: packer.size(first, len(companions) + 1) - 1]}
                packs += 1
        done |= taken
    return packs


@pytest.mark.parametrize("draw", range(20))
def test_packs_are_counted_as_they_would_be_taken(draw: int) -> None:
    chance = random.Random(draw)
    stages: dict[str, PlannedStage] = {}
    for lr in (0.1, 0.2):
        train = training(lr=lr, batch_size=chance.choice([32, 64]))
        stages |= graph(chance.randint(1, 5), chance.randint(0, 4), train)
    left = {key: stage for key, stage in stages.items() if chance.random() < 0.8}
    packer = Packer(left, jobs=chance.randint(1, 5), cap=chance.choice(["auto", 1, 2, 3]))
    assert packer.count_packs() == count_slowly(packer)
