"""Tests gradual pruning, SET and RigL: literal tables, exact counts, what moves and what stays."""

from itertools import pairwise
from math import cos, pi

import pytest
import torch

from ltsweep.methods.dynamics import gradual, rigl, sparse_evolution


def mask_of(*rows):
    return {f"layer {k}": torch.tensor(row, dtype=torch.bool) for k, row in enumerate(rows)}


def values(*rows):
    return {f"layer {k}": torch.tensor(row, dtype=torch.float32) for k, row in enumerate(rows)}


def shown(mask):
    assert all(part.dtype == torch.bool for part in mask.values())
    return [part.int().tolist() for part in mask.values()]


@pytest.mark.parametrize(
    ("progress", "pruned"),
    [(0.0, 0), (0.1, 2.439), (0.25, 5.203), (0.5, 7.875), (0.75, 8.859), (1.0, 9)],
)
def test_gradual_pruning_follows_the_cubic(progress, pruned):
    """Of 10 weights 9 are pruned in the end: s_t = 0.9 - 0.9 (1 - progress)^3."""
    assert pruned == pytest.approx(9 - 9 * (1 - progress) ** 3, abs=1e-3)
    weights, mask = values(list(range(10, 0, -1))), mask_of([1] * 10)
    (kept,) = shown(gradual(weights, mask, progress, {("layer 0",): 1}))
    assert kept == [1] * (10 - round(pruned)) + [0] * round(pruned)


def test_gradual_pruning_takes_the_smallest_of_each_group_of_layers():
    weights = values([[0.1, -5], [4, 0.2]], [3, -0.3, 2])
    mask = mask_of([[1, 1], [1, 1]], [1, 1, 1])
    both = {("layer 0", "layer 1"): 4}
    assert shown(gradual(weights, mask, 1.0, both)) == [[[0, 1], [1, 0]], [1, 0, 1]]
    each = {("layer 0",): 3, ("layer 1",): 1}
    assert shown(gradual(weights, mask, 1.0, each)) == [[[0, 1], [1, 1]], [1, 0, 0]]
    equal = values([[1, 1], [1, 1]], [1, 1, 1])
    assert shown(gradual(equal, mask, 1.0, both)) == [[[1, 1], [1, 1]], [0, 0, 0]]


@pytest.mark.parametrize("final", [0, 1, 37, 199, 200])
def test_gradual_pruning_never_grows_and_ends_at_the_count(final):
    random = torch.Generator().manual_seed(final)
    mask, counts = mask_of([1] * 200), []
    for step in range(1, 34):
        weights = {"layer 0": torch.randn(200, generator=random) * mask["layer 0"]}
        after = gradual(weights, mask, step / 33, {("layer 0",): final})
        assert not (after["layer 0"] & ~mask["layer 0"]).any()
        mask = after
        counts.append(int(mask["layer 0"].sum()))
    wanted = [200 - (200 - final) * (1 - (1 - step / 33) ** 3) for step in range(1, 34)]
    assert counts == pytest.approx(wanted, abs=0.5)
    assert counts[-1] == final


# 9 kept, of which numbers 7, 1 and 4 are the smallest
WEIGHTS = [9, -0.2, 8, 0, -0.3, 7, 6, 0.1, -5, 0, 0, 4]
KEPT = [1, 1, 1, 0, 1, 1, 1, 1, 1, 0, 0, 1]


@pytest.mark.parametrize(
    ("step", "gradients", "expected"),
    [
        # at step 0, the share is drop: floor(0.3 * 9) = 2 go, and the largest gradients grow
        (0, [0, 0, 0, 3, 0, 0, 0, 0, 0, -4, 1, 0], [1, 0, 1, 1, 1, 1, 1, 0, 1, 1, 0, 1]),
        # gradients of what is kept do not count; those of what was just dropped do
        (0, [99, 5, 99, 3, 99, 0, 0, 0, 0, -4, 1, 0], [1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 0, 1]),
        (0, [0, 5, 0, 3, 0, 0, 0, -6, 0, -4, 1, 0], KEPT),
        # of equal gradients the first grow
        (0, [2] * 12, [1, 1, 1, 1, 1, 1, 1, 0, 1, 0, 0, 1]),
        # half-way the share is half as large: floor(0.15 * 9) = 1
        (50, [0, 0, 0, 3, 0, 0, 0, 0, 0, -4, 1, 0], [1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 0, 1]),
        # close to the end none is left to move
        (90, [0, 0, 0, 3, 0, 0, 0, 0, 0, -4, 1, 0], KEPT),
    ],
)
def test_rigl_drops_small_weights_and_grows_large_gradients(step, gradients, expected):
    made = rigl(values(WEIGHTS), mask_of(KEPT), values(gradients), step, until=100, drop=0.3)
    assert shown(made) == [expected]


def test_set_drops_small_weights_and_grows_at_random():
    def made(seed):
        random = torch.Generator().manual_seed(seed)
        (row,) = shown(sparse_evolution(values(WEIGHTS), mask_of(KEPT), random, drop=0.3))
        return row

    rows = [made(seed) for seed in range(30)]
    assert rows == [made(seed) for seed in range(30)]
    large = [number for number, kept in enumerate(KEPT) if kept and number not in (1, 7)]
    for row in rows:
        assert sum(row) == sum(KEPT)
        assert all(row[number] for number in large)
    grown = {number for row in rows for number, kept in enumerate(row) if kept} - set(large)
    assert grown == {1, 3, 7, 9, 10}  # anything that is not kept, what was just dropped included


@pytest.mark.parametrize("seed", range(20))
def test_counts_of_layers_stay_and_no_more_moves_than_the_share(seed):
    random = torch.Generator().manual_seed(seed)
    sizes = torch.randint(1, 400, (3,), generator=random).tolist()
    density, drop = torch.rand(2, generator=random).tolist()
    mask = {f"{n}": torch.rand(n, generator=random) < density for n in sizes}
    weights = {name: torch.randn(len(m), generator=random) * m for name, m in mask.items()}
    gradients = {name: torch.randn(len(m), generator=random) for name, m in mask.items()}
    for step, made in (
        (40, rigl(weights, mask, gradients, 40, 100, drop=drop)),
        (0, sparse_evolution(weights, mask, random, drop=drop)),
    ):
        for name, part in made.items():
            kept, share = int(mask[name].sum()), drop * (1 + cos(pi * step / 100)) / 2
            assert int(part.sum()) == kept
            assert int((part & ~mask[name]).sum()) <= share * kept
            lost, stayed = mask[name] & ~part, mask[name] & part
            if lost.any():  # what is kept is at least as large as what was dropped
                regrown = stayed & (weights[name].abs() < weights[name].abs()[lost].max())
                assert int(regrown.sum()) + int(lost.sum()) <= share * kept


def test_a_training_that_diverges_keeps_its_counts():
    weights = values([torch.nan] * 6 + [0] * 6)
    mask = mask_of([1] * 6 + [0] * 6)
    made = rigl(weights, mask, values([torch.nan] * 12), 0, 100, drop=0.5)
    assert sum(*shown(made)) == 6
    assert sum(*shown(gradual(weights, mask, 1.0, {("layer 0",): 2}))) == 2


def test_gradual_pruning_prunes_less_and_less():
    mask, weights, kept = mask_of([1] * 1000), values(list(range(1000))), [1000]
    for step in range(1, 11):
        mask = gradual(weights, mask, step / 10, {("layer 0",): 100})
        kept.append(int(mask["layer 0"].sum()))
    pruned = [before - after for before, after in pairwise(kept)]
    assert pruned == [244, 195, 152, 115, 82, 54, 34, 17, 6, 1]
