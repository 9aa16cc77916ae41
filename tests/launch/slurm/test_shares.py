"""How a cluster's jobs are made: ladders side by side, cut into levels, nothing waiting in turn."""

from collections.abc import Callable, Mapping
from typing import Any, Literal

import pytest

from ltsweep.config.clusters import Resources, Slurm, Training
from ltsweep.launch.slurm.shares import Share, Sharing, share_out
from ltsweep.plan.stage import PlannedStage

from ...points import request
from ..stages import graph, training


def asking(**settings: Any) -> Resources:
    """The resources of a cluster's jobs where these settings differ from the defaults."""
    lines = [f"cluster.{name}={value}" for name, value in settings.items()]
    cluster = request("cluster=slurm", *lines).run.cluster
    assert isinstance(cluster, Slurm)
    return cluster.resources(Training("digits", "lenet", "fp32", dense=False))


def shares(
    stages: Mapping[str, PlannedStage],
    chains: int | Literal["auto"],
    levels: int | None = None,
    resources: Callable[[PlannedStage], Resources] = lambda _: asking(),
) -> list[Share]:
    """The shares of a graph whose curves are those of its random masks alone."""
    curves: dict[tuple[int, int], list[str]] = {}
    for key, stage in stages.items():
        if stage.spec.level > 0 and not stage.spec.parents:
            cell = stage.spec.seed, stage.spec.train.batch_size
            curves.setdefault(cell, []).append(key)
    needs = {key: stage.spec.parents for key, stage in stages.items()}
    asked = {key: resources(stage) for key, stage in stages.items()}
    return share_out(stages, needs, curves.values(), Sharing(chains, levels, asked))


def contents(stages: Mapping[str, PlannedStage], share: Share) -> dict[tuple[int, int], int]:
    """How many stages a share has, by seed and level."""
    found: dict[tuple[int, int], int] = {}
    for key in share.keys:
        spec = stages[key].spec
        found[spec.seed, spec.level] = found.get((spec.seed, spec.level), 0) + 1
    return found


def test_one_chain_has_everything() -> None:
    stages = graph(seeds=3, levels=4)
    assert shares(stages, chains=1) == [Share(keys=tuple(stages), resources=asking(), after=())]


def test_chains_have_whole_seeds_with_their_controls() -> None:
    stages = graph(seeds=4, levels=2)
    found = shares(stages, chains=2)
    of_seed = {(0, 0): 1, (0, 1): 3, (0, 2): 3}
    wanted = [{(seed + s, level): n for (seed, level), n in of_seed.items()} for s in range(4)]
    assert [contents(stages, share) for share in found] == [
        {**wanted[0], **wanted[1]},
        {**wanted[2], **wanted[3]},
    ]
    assert [share.after for share in found] == [(), ()]


def test_a_chain_is_cut_into_levels_that_wait_for_those_before() -> None:
    stages = graph(seeds=2, levels=4)
    found = shares(stages, chains=2, levels=2)
    levels = [sorted({level for _, level in contents(stages, share)}) for share in found]
    assert levels == [[0, 1], [0, 1], [2, 3], [2, 3], [4], [4]]
    # rewound weights come from the dense training: the last job needs the first one too
    assert [share.after for share in found] == [(), (), (0,), (1,), (0, 2), (1, 3)]


def test_a_dense_training_of_several_chains_is_a_job_of_its_own() -> None:
    stages = graph(seeds=1, levels=2)
    dense = next(iter(stages))
    found = shares(stages, chains=9)
    assert found[0] == Share(keys=(dense,), resources=asking(), after=())
    assert all(share.after in ((0,), ()) for share in found[1:])
    assert sorted(key for share in found for key in share.keys) == sorted(stages)


@pytest.mark.parametrize(
    ("seeds", "workers", "jobs"),
    [(1, 1, 1), (3, 1, 2), (6, 1, 3), (6, 2, 2), (6, 4, 1)],
    ids=["3 wide", "9 wide", "18 wide", "two workers", "four workers"],
)
def test_auto_makes_a_chain_for_every_eight_trainings_of_a_level(
    seeds: int, workers: int, jobs: int
) -> None:
    stages = graph(seeds=seeds, levels=1)
    wide = asking(cpus_per_job=workers)
    assert len(shares(stages, chains="auto", resources=lambda _: wide)) == jobs


def test_stages_that_cannot_share_packs_do_not_share_chains() -> None:
    small, large = graph(2, 1, training(batch_size=8)), graph(2, 1, training(batch_size=64))
    mixed = [pair for pairs in zip(small.items(), large.items(), strict=True) for pair in pairs]
    for share in shares(dict(mixed), chains=2):
        assert set(share.keys) in (set(small), set(large))


def test_what_is_done_already_is_nobodys_concern() -> None:
    stages = graph(seeds=1, levels=3)
    pending = {key: stage for key, stage in stages.items() if stage.spec.level > 1}
    (share,) = shares(pending, chains=1)
    assert share == Share(keys=tuple(pending), resources=asking(), after=())


def test_stages_that_ask_for_something_else_have_jobs_of_their_own() -> None:
    stages = graph(seeds=2, levels=2) | graph(seeds=1, levels=2, train=training(batch_size=8))
    gpu, long, small = asking(gpus_per_job=1), asking(minutes=900), asking()

    def resources(stage: PlannedStage) -> Resources:
        if stage.spec.train.batch_size == 8:
            return long
        return gpu if stage.spec.level == 0 else small

    found = shares(stages, chains=1, levels=1, resources=resources)
    asked = [("gpu", "small", "long")[[gpu, small, long].index(s.resources)] for s in found]
    levels = [{stages[key].spec.level for key in share.keys} for share in found]
    assert sorted(zip(asked, levels, strict=True)) == [
        ("gpu", {0}),
        *(("long", {level}) for level in range(3)),
        ("small", {1}),
        ("small", {2}),
    ]
    for number, share in enumerate(found):
        parents = {p for key in share.keys for p in stages[key].spec.parents}
        earlier = {key for other in share.after for key in found[other].keys}
        assert parents <= earlier | set(share.keys)
        assert all(other < number for other in share.after)
