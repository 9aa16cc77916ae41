"""Tests the estimate of device-hours on stores whose records are made up."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from ltsweep.launch import estimate as module
from ltsweep.launch.estimate import Estimate, dense_work, estimate
from ltsweep.plan.plan import Plan
from ltsweep.plan.stage import PlannedStage
from ltsweep.store.store import Store

from ..records import closing_record
from .stages import graph, training

STEPS = 40
Stages = Mapping[str, PlannedStage]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "store")
    store.create()
    return store


def finish(
    store: Store,
    stages: Iterable[PlannedStage],
    seconds: float = 20.0,
    device: str = "cpu",
    pack_size: int = 1,
) -> None:
    for stage in stages:
        directory = store.stage(stage.key)
        directory.create(stage.spec.model_dump(mode="json"))
        end = closing_record(steps=STEPS, seconds=seconds, device=device, pack_size=pack_size)
        directory.append(end.stored())
        directory.finish("trained", [directory.records_path])


def hours(store: Store, stages: Stages, device: str = "cpu", pack_size: int = 1) -> Estimate:
    keys = store.keys()
    pending = {key: stage for key, stage in stages.items() if key not in keys}
    return estimate(
        Plan(stages=dict(stages)), pending, store, lambda _: device, lambda _: pack_size
    )


def test_nothing_is_known_without_records(store: Store) -> None:
    assert hours(store, graph(1, 1)) == Estimate(None, 0)


def test_nothing_to_train_takes_no_time(store: Store) -> None:
    stages = graph(1, 1)
    finish(store, stages.values())
    assert hours(store, stages) == Estimate(0.0, 0)


def test_seconds_per_step_times_steps(store: Store) -> None:
    stages = graph(seeds=1, levels=3)  # 1 + 3 * 3 stages of 40 steps
    dense, *others = stages.values()
    finish(store, [dense], seconds=20)
    assert hours(store, stages) == Estimate(pytest.approx(len(others) * 20 / 3600), 9)


def test_a_longer_training_of_another_plan_counts_by_its_steps(store: Store) -> None:
    finish(store, graph(1, 0).values(), seconds=20)
    longer = graph(1, 0, training(total=400, lr=0.7))
    assert hours(store, longer) == Estimate(pytest.approx(200 / 3600), 1)


@pytest.mark.parametrize("device", ["cuda", "cuda:0"])
def test_another_device_or_batch_size_tells_nothing(store: Store, device: str) -> None:
    finish(store, graph(1, 0).values(), device=device)
    finish(store, graph(1, 0, training(batch_size=32)).values())
    assert hours(store, graph(2, 0)) == Estimate(None, 0)
    assert hours(store, graph(2, 0), device="cuda").hours == pytest.approx(20 / 3600)


def test_what_is_not_known_is_left_out(store: Store) -> None:
    stages = graph(seeds=2, levels=0) | graph(1, 0, training(batch_size=32))
    finish(store, list(stages.values())[:1], seconds=36)
    assert hours(store, stages) == Estimate(pytest.approx(0.01), 1)


def test_records_of_the_nearest_pack_size_count_and_of_these_the_median(store: Store) -> None:
    stages = list(graph(seeds=8, levels=0).values())
    finish(store, stages[:3], seconds=1, pack_size=32)
    for stage, seconds in zip(stages[3:6], (5, 6, 90), strict=True):
        finish(store, [stage], seconds=seconds, pack_size=4)
    one = {stages[7].key: stages[7]}
    for pack_size, seconds in ((1, 6), (8, 6), (20, 1), (64, 1)):
        assert hours(store, one, pack_size=pack_size).hours == pytest.approx(seconds / 3600)


def test_damaged_and_unfinished_stages_are_passed_over(store: Store) -> None:
    stages = graph(seeds=4, levels=0)
    torn, open_, foreign, _ = stages.values()
    finish(store, [torn])
    (store.stage(torn.key).path / "spec.json").write_text("{")
    store.stage(open_.key).create(open_.spec.model_dump(mode="json"))
    store.stage(foreign.key).create({"of": "another kind"})
    assert hours(store, graph(1, 0, training(lr=0.7))) == Estimate(None, 0)


def test_a_big_store_is_not_read_through(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    finish(store, graph(seeds=40, levels=0, train=training(batch_size=32)).values())
    monkeypatch.setattr(module, "MOST_LOOKS", 10)
    reads: list[Path] = []
    read = module.StageDir.spec
    monkeypatch.setattr(module.StageDir, "spec", lambda self: reads.append(self.path) or read(self))
    assert hours(store, graph(1, 0)) == Estimate(None, 0)
    assert len(reads) == 10
    assert hours(store, graph(1, 0, training(batch_size=32, lr=0.7))).stages == 1


def test_work_is_three_dense_passes_a_step_of_all_stages():
    stages = [*graph(seeds=1, levels=1).values()]
    steps = sum(stage.spec.stop - stage.spec.start for stage in stages)

    def with_net(multiply_adds):
        means = stages[0].means.model_copy(update={"multiply_adds": multiply_adds})
        return [stage.model_copy(update={"means": means}) for stage in stages]

    assert dense_work(with_net(50_200)) == 3 * 50_200 * 64 * steps
    assert dense_work([*with_net(50_200), *with_net(None)]) is None
    assert dense_work([]) == 0
