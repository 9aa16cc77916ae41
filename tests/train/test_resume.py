"""Tests that a training goes on where a checkpoint stands, bit by bit, whoever is beside it."""

import pytest
import torch

from ltsweep.foundations.components import bind
from ltsweep.train.replicate import Replicate

ADAM = bind("ltsweep.train.adam", {"lr": 1e-3, "weight_decay": 1e-3})
COSINE = bind("ltsweep.train.cosine", {})


def interrupted(ground, step, precision="fp32", **settings) -> Replicate:
    """A replicate as it is restored from the checkpoint that it wrote at a step."""
    before = ground.replicate(**settings)
    events = ground.events(save_after=step, stop_after=step)
    ground.train([before], precision, events)
    at, state, optimizer_state = events.checkpoints["seed 0"]
    assert at == before.step == step
    after = ground.replicate(**settings | {"step": step})
    after.state, after.optimizer_state = state, optimizer_state
    after.validation = before.validation
    return after


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("optimizer", [None, ADAM], ids=["sgd", "adam"])
@pytest.mark.parametrize("net", ["lenet", "small"])
def test_going_on_after_any_step_changes_nothing(net, optimizer, precision, request):
    ground = request.getfixturevalue(net)
    settings = {"optimizer": optimizer, "factor": COSINE}
    whole = ground.train([ground.replicate(**settings)], precision)["seed 0"]
    for step in range(1, 10):
        rest = interrupted(ground, step, precision, **settings)
        result = ground.train([rest], precision)["seed 0"]
        result.assert_same(whole)
        assert [point.step for point in result.validation] == [4, 8, 10]


@pytest.mark.parametrize("optimizer", [None, ADAM], ids=["sgd", "adam"])
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_going_on_beside_others_that_stand_elsewhere(lenet, optimizer, precision):
    settings = {"optimizer": optimizer, "factor": COSINE}
    whole = lenet.train([lenet.replicate(**settings)], precision)["seed 0"]
    rest = interrupted(lenet, 4, precision, **settings)
    partner = lenet.train([lenet.replicate(1, **settings)], precision)["seed 1"]
    both = [lenet.replicate(1, **settings), rest, *lenet.company(6)]
    result = lenet.train(both, precision)
    result["seed 0"].assert_same(whole)
    result["seed 1"].assert_same(partner)


@pytest.mark.parametrize("optimizer", [None, ADAM], ids=["sgd", "adam"])
@pytest.mark.parametrize("net", ["conv2", "resnet"])
def test_modules_of_their_own_go_on_too(net, optimizer, request):
    ground = request.getfixturevalue(net)
    settings = {"optimizer": optimizer, "stop": 5}
    whole = ground.train([ground.replicate(**settings)])["seed 0"]
    rest = interrupted(ground, 3, **settings)
    result = ground.train([ground.replicate(1, **settings), rest])["seed 0"]
    result.assert_same(whole)


def test_those_who_stand_at_one_step_with_and_without_a_past(lenet):
    """A ticket starts afresh at its reset step; beside it another goes on from a checkpoint."""
    whole = lenet.train([lenet.replicate()])["seed 0"]
    ticket = lenet.train([lenet.replicate(1, step=4)])["seed 1"]
    result = lenet.train([lenet.replicate(1, step=4), interrupted(lenet, 4)])
    result["seed 0"].assert_same(whole)
    result["seed 1"].assert_same(ticket)


def test_a_ticket_sees_the_rates_and_the_data_of_its_steps(lenet):
    """It goes on at its reset step: the whole training, without momentum, from that state."""
    plain = bind("ltsweep.train.sgd", {"lr": 0.1})
    settings = {"optimizer": plain, "factor": COSINE}
    whole = lenet.replicate(**settings, snapshots=(6,))
    events = lenet.events()
    expected = lenet.train([whole], events=events)["seed 0"]
    ticket = lenet.replicate(**settings, step=6)
    ticket.state = events.snapshots["seed 0", 6]
    result = lenet.train([ticket])["seed 0"]
    assert all(torch.equal(result.state[name], expected.state[name]) for name in result.state)
    other_data = lenet.replicate(**settings, step=6, level=2)
    other_data.state = events.snapshots["seed 0", 6]
    other = lenet.train([other_data])["seed 0"]
    assert not torch.equal(other.state["fc1.weight"], expected.state["fc1.weight"])


def test_two_runs_of_one_training_are_equal(lenet, conv2):
    for ground in (lenet, conv2):
        first, again = (ground.train([ground.replicate(stop=5)])["seed 0"] for _ in range(2))
        first.assert_same(again)
