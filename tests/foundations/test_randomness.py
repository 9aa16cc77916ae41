"""Tests the generators: one per purpose, given by their names alone."""

import torch

from ltsweep.foundations.randomness import generator, permutation


def draw(*name):
    return torch.randn(5, generator=generator(*name)).tolist()


def test_golden_states():
    """Fixed for ever: every result depends on them."""
    assert generator(0, "init", "1.weight").initial_seed() == 3359499171336665258
    assert generator(3, "data order", 2, 17).initial_seed() == 669347654605855955


def test_the_same_names_give_the_same_draws():
    assert draw(0, "init", "1.weight") == draw(0, "init", "1.weight")


def test_seed_purpose_and_every_part_matter():
    names = [(0, "init"), (1, "init"), (0, "control init"), (0, "init", "a"), (0, "init", "a", 0)]
    assert len({tuple(draw(*name)) for name in names}) == len(names)


def test_draws_do_not_depend_on_draws_before_them_nor_on_global_seeds():
    torch.manual_seed(1)
    first = draw(0, "init")
    torch.manual_seed(2)
    draw(0, "something else")
    state = torch.random.get_rng_state()
    assert draw(0, "init") == first
    assert torch.equal(torch.random.get_rng_state(), state)


def test_permutations():
    order = permutation(0, "data order", 100, 1, 2)
    assert order.dtype == torch.int64
    assert sorted(order.tolist()) == list(range(100))
    assert torch.equal(order, permutation(0, "data order", 100, 1, 2))
    assert not torch.equal(order, permutation(0, "data order", 100, 1, 3))
    assert permutation(0, "data order", 0).tolist() == []
