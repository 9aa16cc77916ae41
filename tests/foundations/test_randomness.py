"""Tests the generators: one per purpose, given by their names alone."""

import random

import numpy as np
import pytest
import torch

from ltsweep.foundations.randomness import generator, permutation, seeded, torch_seeded


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


def drawn():
    """A number from each of the global generators."""
    return torch.rand(1).item(), np.random.rand(), random.random()


def test_global_generators_start_from_a_seed_inside_and_go_on_outside():
    first = drawn()
    states = torch.get_rng_state(), random.getstate()
    with seeded(3, "a purpose"):
        inside = drawn()
    assert torch.equal(torch.get_rng_state(), states[0]) and random.getstate() == states[1]
    assert len({*first, *inside}) == 6
    with seeded(3, "a purpose"):
        assert drawn() == inside
    with seeded(3, "another"):
        assert all(one != other for one, other in zip(drawn(), inside, strict=True))


def test_they_go_on_after_an_error_too():
    before = torch.get_rng_state(), random.getstate()
    with pytest.raises(ZeroDivisionError), seeded(0, "a purpose"):
        drawn()
        raise ZeroDivisionError
    assert torch.equal(torch.get_rng_state(), before[0]) and random.getstate() == before[1]


def test_dropout_follows_from_the_seed_alone():
    def dropped(*parts):
        with torch_seeded(torch.device("cpu"), *parts):
            return torch.nn.functional.dropout(torch.ones(64), 0.5)

    assert torch.equal(dropped(0, "module", 1, 7), dropped(0, "module", 1, 7))
    for parts in ((1, "module", 1, 7), (0, "module", 1, 8), (0, "module", 2, 7)):
        assert not torch.equal(dropped(*parts), dropped(0, "module", 1, 7))
