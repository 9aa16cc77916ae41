"""Tests that the benchmarks run and count what they say; how fast is for `make bench` to tell."""

from dataclasses import replace

import pytest

from benchmarks import big_store, delivery, dynamics, norm_statistics, safety, scoring, trainings
from benchmarks.__main__ import options_of
from benchmarks.cases import CONV2, LENET, RESNET20, random_mask
from benchmarks.gpu import steps_of_a_timing
from benchmarks.small_nets import CASES
from benchmarks.steps import USUAL, Row, measured
from ltsweep.foundations.components import bind
from ltsweep.store.store import Store
from ltsweep.views.records import read_curves

SMALL = replace(
    RESNET20,
    model=bind("ltsweep.models.resnet", {"blocks": (1,), "width": 4}),
    shape=(3, 8, 8),
    steps=1,
    batch_size=32,
)


def test_operations_of_one_example():
    products = 784 * 300 + 300 * 100 + 100 * 10
    assert LENET.flops() == 2 * (3 * products - 784 * 300) == 1_126_800
    stem, last = 3 * 16 * 9 * 32 * 32, 64 * 10
    assert RESNET20.flops() == pytest.approx(246e6, rel=0.01)
    assert RESNET20.flops() > 2 * (2 * stem + 3 * last)
    assert CONV2.flops() > LENET.flops()


def test_masks_have_exactly_their_density():
    layers = LENET.net.layers
    assert random_mask(layers, 1.0) == {}
    kept = [int(part.sum()) for part in random_mask(layers, 0.05).values()]
    assert kept == [11_760, 1_500, 50]


@pytest.mark.parametrize(("epoch", "steps"), [(16, 208), (200, 200), (391, 391), (7, 203)])
def test_a_timing_on_a_gpu_is_whole_epochs_and_at_least_200_steps(epoch, steps):
    assert steps_of_a_timing(epoch) == steps


@pytest.mark.parametrize(
    "case", [replace(LENET, steps=1, batch_size=32), SMALL], ids=lambda case: case.name
)
def test_every_way_of_training_is_measured_beside_the_usual_loop(case):
    rows = list(measured(2, (case,)))
    assert rows[0].way == USUAL
    assert len(rows) == 1 + 2 * 2 * len(case.densities)
    assert all(len(row.rates) == 2 and row.median > 0 for row in rows)


@pytest.mark.parametrize(
    ("rates", "median", "spread"),
    [([7.0], 7.0, "–"), ([9.0, 11.0], 10.0, "± 15%"), ([8.0, 10.0, 12.0], 10.0, "± 20%")],
)
def test_a_spread_needs_two_rates(rates, median, spread):
    row = Row(LENET, USUAL, 1.0, lambda steps: steps, 1, rates)
    assert (row.median, row.spread) == (median, spread)


@pytest.mark.parametrize("number", ["0", "-1", "1.5", "many", ""])
def test_what_cannot_be_measured_is_refused_at_once(number, capsys):
    with pytest.raises(SystemExit) as ended:
        options_of([f"--repetitions={number}"])
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert told.endswith(f"--repetitions: {number} must be a whole number of at least 1\n")


def test_one_repetition_is_enough():
    assert options_of(["--repetitions", "1"]).repetitions == 1


def test_recalibration_is_measured_in_steps():
    step, recalibration, images = norm_statistics.measured(SMALL, "fp32", 3)
    assert images == 1024
    assert min(step, recalibration) > 0


def test_a_mask_that_changes_is_measured_beside_one_that_stays():
    for density, strategy in ((0.3, "stacked"), (0.05, "sparse")):
        name, fixed, moving = dynamics.measured(LENET, density, repetitions=2, every=2)
        assert name == strategy
        assert len(fixed) == len(moving) == 2
        assert min(fixed + moving) > 0


def test_whole_trainings_are_measured_beside_a_plain_loop():
    cases = [replace(case, steps=3, replicates=2) for case in CASES]
    found = trainings.table(2, cases)
    nets, _, precisions, ways, seconds, _, ratios = (list(c.cells) for c in found.columns)
    assert nets == ["conv_gap"] * 4 + ["lenet_300_100"] * 8
    assert precisions == ["fp32", "fp32", "bf16", "bf16"] + ["fp32"] * 8
    assert ways == ["plain loop", "pack of 2"] * 6
    assert all(float(time) > 0 for time in seconds)
    assert ratios[::2] == ["1.00x"] * 6


def test_every_criterion_at_initialisation_is_measured_beside_a_training_step():
    table = scoring.table(1, (SMALL,))
    ways = list(table.columns[1].cells)
    assert ways == ["a training step", "magnitude", "snip", "grasp", "synflow"]
    assert all(float(steps) > 0 for steps in table.columns[4].cells)


def test_what_keeps_files_safe_is_counted_in_one_quickstart():
    total, disk, digests, index = safety.measured(levels=1, seeds=1, length="40it")
    assert total.startswith("5 stages: ")
    assert [line.partition(":")[0] for line in (disk, digests, index)] == [
        "waiting for the disk",
        "digests",
        "the index",
    ]
    assert int(disk.split()[4]) >= 5 * 5, "records, ticket, two directories, and DONE's"
    assert int(digests.split()[1]) >= 5 + 2, "when each ends, in the plan and in the report"


def test_a_sweep_without_wandb_offline_and_live_takes_turns(monkeypatch):
    times = {"disabled": [40.0, 20.0, 30.0], "offline": [33.0, 30.0, 36.0], "online": [60.0] * 3}
    turns = []

    def sweep(store, settings, environment):
        assert settings == ("levels=1",)
        turns.append(environment["WANDB_MODE"])
        return times[turns[-1]][turns.count(turns[-1]) - 1]

    monkeypatch.setattr(delivery, "_sweep", sweep)
    assert delivery.measured(3, ("levels=1",)) == [
        "without W&B: 30.0 s (40.0, 20.0, 30.0), 1.000 times",
        "offline: 33.0 s (33.0, 30.0, 36.0), 1.100 times",
        "live: 60.0 s (60.0, 60.0, 60.0), 2.000 times",
    ]
    assert turns == ["disabled", "offline", "online"] * 3


def test_the_store_that_commands_are_timed_on_is_finished(tmp_path):
    big_store.make_store(("method=imp", "levels=2", f"store={tmp_path / 'store'}"))
    store = Store(tmp_path / "store")
    (point,) = store.points()
    assert set(store.sound(store.keys())) == {*point.stages}
    (curve,) = read_curves(store)
    assert [level.state for level in curve.levels] == ["trained"] * 3
