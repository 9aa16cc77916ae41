"""Tests a replicate's start and its own order of the training data."""

from itertools import pairwise
from types import SimpleNamespace

import pytest
import torch

from ltsweep.train.replicate import Batches, DataOrder, Replicate

from .. import specs

SIZES = [(150, 64), (150, 60), (150, 128), (150, 150), (150, 151), (150, 75), (7, 1), (1, 5)]


def batch(order, step):
    return Batches([SimpleNamespace(order=order)]).at(step, 1).indices[0]


def draws(order, step):
    seen = Batches([SimpleNamespace(order=order)]).at(step, 1)
    return [None if part is None else part[0] for part in (seen.flips, seen.shifts)]


def epoch(order, number):
    steps = order.steps_per_epoch
    return torch.cat([batch(order, step) for step in range(number * steps, (number + 1) * steps)])


@pytest.mark.parametrize(("examples", "batch_size"), SIZES)
def test_every_epoch_sees_every_example_once(examples, batch_size):
    order = DataOrder(0, 0, examples, batch_size)
    for number in range(4):
        assert sorted(epoch(order, number).tolist()) == list(range(examples))


@pytest.mark.parametrize(
    ("examples", "batch_size", "sizes"),
    [
        (150, 64, [64, 64, 22, 64, 64, 22, 64]),
        (150, 60, [60, 60, 30, 60, 60, 30, 60]),
        (150, 128, [128, 22, 128, 22, 128, 22, 128]),
        (150, 75, [75] * 7),
        (150, 151, [150] * 7),
    ],
)
def test_the_last_batch_of_an_epoch_is_short_and_never_dropped(examples, batch_size, sizes):
    order = DataOrder(0, 0, examples, batch_size)
    assert [len(batch(order, step)) for step in range(7)] == sizes
    assert order.steps_per_epoch == -(-examples // batch_size)


@pytest.mark.parametrize(("examples", "batch_size"), SIZES)
def test_examples_before_a_step_are_counted_exactly(examples, batch_size):
    order = DataOrder(0, 0, examples, batch_size)
    counted = 0
    for step in range(3 * order.steps_per_epoch + 2):
        assert order.examples_before(step) == counted
        counted += len(batch(order, step))


def test_epochs_levels_and_seeds_have_orders_of_their_own():
    orders = [
        epoch(DataOrder(seed, level, 150, 64), number).tolist()
        for seed in range(3)
        for level in range(3)
        for number in range(3)
    ]
    assert len(set(map(tuple, orders))) == 27


def test_an_order_is_given_by_seed_and_level_alone():
    assert torch.equal(epoch(DataOrder(3, 2, 150, 64), 1), epoch(DataOrder(3, 2, 150, 64), 1))
    sizes = [epoch(DataOrder(3, 2, 150, size), 1) for size in (64, 60, 128)]
    assert all(torch.equal(a, b) for a, b in pairwise(sizes))


def test_any_step_can_be_reached_without_those_before_it():
    order = DataOrder(0, 0, 150, 64)
    forwards = [batch(order, step) for step in range(12)]
    fresh = DataOrder(0, 0, 150, 64)
    for step in (11, 0, 7, 3, 4, 10, 2):
        assert torch.equal(batch(fresh, step), forwards[step])


def test_every_example_of_an_epoch_has_draws_of_its_own():
    order = DataOrder(0, 0, 6000, 64, flip=True, crop=2)
    epochs = []
    for number in range(2):
        steps = range(number * order.steps_per_epoch, (number + 1) * order.steps_per_epoch)
        flips, shifts = map(torch.cat, zip(*(draws(order, step) for step in steps), strict=True))
        assert (flips.dtype, flips.shape) == (torch.bool, (6000,))
        assert (shifts.dtype, shifts.shape) == (torch.int64, (6000, 2))
        assert flips.double().mean().item() == pytest.approx(0.5, abs=0.03)
        counts = torch.bincount(shifts[:, 0] * 5 + shifts[:, 1])
        assert len(counts) == 25 and (counts - 240).abs().max() < 80
        epochs.append((flips, shifts))
    for first, second in zip(*epochs, strict=True):
        assert not torch.equal(first, second)


def test_flips_crops_and_the_order_are_drawn_apart():
    both = DataOrder(0, 0, 150, 64, flip=True, crop=2)
    for step in (0, 2, 4):
        flips, shifts = draws(both, step)
        assert torch.equal(draws(DataOrder(0, 0, 150, 64, flip=True), step)[0], flips)
        assert torch.equal(draws(DataOrder(0, 0, 150, 64, crop=2), step)[1], shifts)
        assert torch.equal(batch(DataOrder(0, 0, 150, 64), step), batch(both, step))
    assert draws(DataOrder(0, 0, 150, 64), 0) == [None, None]


def test_seeds_and_levels_have_draws_of_their_own():
    orders = [DataOrder(seed, level, 150, 64, True, 4) for seed in (0, 1) for level in (0, 1)]
    assert len({tuple(draws(order, 0)[0].tolist()) for order in orders}) == 4
    assert len({tuple(draws(order, 0)[1].flatten().tolist()) for order in orders}) == 4


def test_draws_of_any_step_can_be_had_without_those_before_it():
    order = DataOrder(0, 0, 150, 64, True, 2)
    forwards = [draws(order, step) for step in range(12)]
    fresh = DataOrder(0, 0, 150, 64, True, 2)
    for step in (11, 0, 7, 3, 4, 10, 2):
        flips, shifts = draws(fresh, step)
        assert len(flips) == len(shifts) == len(batch(fresh, step))
        assert torch.equal(flips, forwards[step][0]) and torch.equal(shifts, forwards[step][1])


@pytest.mark.parametrize(("flip", "crop"), [(False, 0), (True, 0), (False, 3), (True, 3)])
def test_a_batch_stacks_what_each_replicate_sees(flip, crop):
    pack = [SimpleNamespace(order=DataOrder(seed, 1, 150, 64, flip, crop)) for seed in range(3)]
    batches = Batches(pack)
    for step, active in ((2, 3), (2, 2), (3, 2), (5, 3)):  # another epoch, or more who take part
        seen = batches.at(step, active)
        assert seen.indices.shape == (active, 22 if step % 3 == 2 else 64)
        assert (seen.flips is not None, seen.shifts is not None) == (flip, crop > 0)
        for k, replicate in enumerate(pack[:active]):
            alone = Batches([replicate]).at(step, 1)
            parts = ((seen.indices, alone.indices), (seen.flips, alone.flips))
            for mine, expected in (*parts, (seen.shifts, alone.shifts)):
                assert mine is expected is None or torch.equal(mine[k], expected[0])


def test_a_replicate_starts_as_its_stage_says_with_pruned_weights_at_zero():
    train = specs.training(total=9, data=specs.data(flip=True, crop=2))
    spec = specs.stage(train, seed=5, level=2, weights=specs.fresh(), start=4)
    state = {"w": torch.tensor([1.0, -2.0, 3.0]), "b": torch.tensor([1.0])}
    mask = {"w": torch.tensor([True, False, True])}
    replicate = Replicate.of(spec, "the key", state, mask, examples=150)
    assert replicate.state["w"].tolist() == [1, 0, 3]
    assert replicate.state["b"].tolist() == [1]
    assert state["w"].tolist() == [1, -2, 3]
    assert (replicate.key, replicate.step, replicate.stop) == ("the key", 4, 9)
    assert replicate.optimizer == spec.train.optimizer
    assert replicate.schedule == spec.train.schedule
    order = DataOrder(5, 2, 150, 64, flip=True, crop=2)
    assert torch.equal(batch(replicate.order, 4), batch(order, 4))
    for mine, expected in zip(draws(replicate.order, 4), draws(order, 4), strict=True):
        assert torch.equal(mine, expected)
    assert replicate.optimizer_state is None
